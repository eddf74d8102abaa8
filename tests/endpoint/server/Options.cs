// The command line: one property an option, with what Windows has as its default where Windows has one.
using System.Globalization;
using System.Net;
using Winch.Endpoint.Auth;

namespace Winch.Endpoint;

sealed class UsageException(string message) : Exception(message);

sealed record User(string Domain, string Name, string Password);

sealed class Options
{
    int? envelopeKb;

    public IPAddress Bind { get; private set; } = IPAddress.Loopback;
    public bool BindAllLoopback { get; private set; }
    public int Port { get; private set; }
    public int HttpsPort { get; private set; }
    public int ControlPort { get; private set; }
    public List<User> Users { get; } = [];
    public HashSet<string> Admins { get; } = new(StringComparer.OrdinalIgnoreCase);
    public bool AllowUnencrypted { get; private set; }
    public bool NoAuth { get; private set; }
    public string? Keytab { get; private set; }
    public string? Certificate { get; private set; }
    public string? ClientCa { get; private set; }
    public Dictionary<string, string> CertificateUsers { get; } = [];
    public string? Tls { get; private set; }
    public string Cbt { get; private set; } = "relaxed";
    public int CredSspVersion { get; private set; }
    public string? CredSspTls { get; private set; }
    public CredSspMischief? CredSspMischief { get; private set; }
    public bool StrictFirstBody { get; private set; }
    public int Warm { get; private set; } = 2;
    public int ShellsPerProcess { get; private set; } = 1;
    public int MaxEnvelopeBytes => (envelopeKb ?? (Protocol == "2.1" ? 150 : 500)) * 1024;
    public int MaxShellsPerUser { get; private set; } = 30;
    public int MaxCommandsPerShell { get; private set; } = 25;
    public TimeSpan IdleTimeout { get; private set; } = TimeSpan.FromSeconds(7200);
    public string MaxReceivedPerCommandMb { get; private set; } = "50";
    public string MaxReceivedObjectMb { get; private set; } = "10";
    public TimeSpan OperationTimeoutMax { get; private set; } = TimeSpan.FromSeconds(60);
    public TimeSpan IdleConnection { get; private set; } = TimeSpan.FromSeconds(120);
    public string? Protocol { get; private set; }
    public int Seed { get; private set; }
    public bool UntilEof { get; private set; }
    public bool Verbose { get; private set; }

    public static Options Parse(string[] args)
    {
        var options = new Options();
        var rest = new Queue<string>(args);
        while (rest.TryDequeue(out var name))
        {
            options.Read(name, () => rest.TryDequeue(out var value) ? value : throw new UsageException($"{name} wants a value"));
        }
        if (options.Users.Count == 0)
        {
            options.AddUser("vagrant:vagrant");
        }
        return options;
    }

    void Read(string name, Func<string> value)
    {
        switch (name)
        {
            case "--bind": SetBind(value()); break;
            case "--port": Port = Int(value()); break;
            case "--https-port": HttpsPort = Int(value()); break;
            case "--control-port": ControlPort = Int(value()); break;
            case "--user": AddUser(value()); break;
            case "--admin": Admins.Add(value()); break;
            case "--allow-unencrypted": AllowUnencrypted = true; break;
            case "--no-auth": NoAuth = true; break;
            case "--keytab": Keytab = Path.GetFullPath(value()); break;
            case "--certificate": Certificate = Path.GetFullPath(value()); break;
            case "--client-ca": ClientCa = Path.GetFullPath(value()); break;
            case "--map-certificate": MapCertificate(value()); break;
            case "--tls": Tls = OneOf(value(), "1.2", "1.3"); break;
            case "--cbt": Cbt = OneOf(value(), "strict", "relaxed", "none"); break;
            case "--strict-first-body": StrictFirstBody = true; break;
            case "--warm": Warm = Int(value()); break;
            case "--shells-per-process": ShellsPerProcess = Math.Max(1, Int(value())); break;
            case "--until-eof": UntilEof = true; break;
            case "--verbose": Verbose = true; break;
            case "--credssp": CredSspVersion = Int(OneOf(value(), "2", "3", "4", "5", "6")); break;
            case "--credssp-tls": CredSspTls = OneOf(value(), "1.2", "1.3"); break;
            case "--credssp-misbehave": SetMischief(value()); break;
            default: ReadLimit(name, value); break;
        }
    }

    void ReadLimit(string name, Func<string> value)
    {
        switch (name)
        {
            case "--max-envelope": envelopeKb = Int(value()); break;
            case "--max-shells-per-user": MaxShellsPerUser = Int(value()); break;
            case "--max-processes":
            case "--max-commands": MaxCommandsPerShell = Int(value()); break;
            case "--idle-timeout": IdleTimeout = Seconds(value()); break;
            case "--max-received-per-command": MaxReceivedPerCommandMb = value(); break;
            case "--max-received-object": MaxReceivedObjectMb = value(); break;
            case "--operation-timeout-max": OperationTimeoutMax = Seconds(value()); break;
            case "--idle-connection": IdleConnection = Seconds(value()); break;
            case "--protocol": Protocol = OneOf(value(), "2.1", "2.2", "2.3", "2.4"); break;
            case "--seed": Seed = Int(value()); break;
            default: throw new UsageException($"unknown option {name}");
        }
    }

    void SetBind(string text)
    {
        BindAllLoopback = text == "127.0.0.0/8";
        Bind = BindAllLoopback ? IPAddress.Any : IPAddress.Parse(text);
        if (!BindAllLoopback && !IPAddress.IsLoopback(Bind))
        {
            throw new UsageException($"--bind {text}: only loopback addresses");
        }
    }

    void AddUser(string text)
    {
        int colon = text.IndexOf(':');
        if (colon < 1)
        {
            throw new UsageException("--user wants NAME:PASSWORD");
        }
        string name = text[..colon];
        string password = text[(colon + 1)..];
        if (password.Contains(':'))
        {
            throw new UsageException("--user: the user file of gss-ntlmssp has no way to hold a colon in a password");
        }
        int slash = name.IndexOf('\\');
        Users.Add(slash < 0 ? new User("", name, password) : new User(name[..slash], name[(slash + 1)..], password));
    }

    void MapCertificate(string text)
    {
        int equals = text.LastIndexOf('=');
        if (equals < 1)
        {
            throw new UsageException("--map-certificate wants SUBJECT=USER");
        }
        CertificateUsers[text[..equals]] = text[(equals + 1)..];
    }

    void SetMischief(string text)
        => CredSspMischief = CredSspMischief.Parse(text) ?? throw new UsageException($"{text}: one of {string.Join(", ", CredSspMischief.Kinds)}");

    static int Int(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    static TimeSpan Seconds(string text) => TimeSpan.FromSeconds(double.Parse(text, CultureInfo.InvariantCulture));

    static string OneOf(string text, params string[] allowed)
        => allowed.Contains(text) ? text : throw new UsageException($"{text}: one of {string.Join(", ", allowed)}");
}
