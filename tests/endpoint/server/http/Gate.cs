// Authentication of one connection: what a client must send, and who it is then.
using System.Security.Cryptography.X509Certificates;
using Winch.Endpoint.Auth;

namespace Winch.Endpoint.Http;

sealed class Gate(Options options, Accounts accounts, X509Certificate2? certificate, CredSsp? credSsp) : IDisposable
{
    IAcceptor? acceptor;
    string? owner;
    string scheme = "Negotiate";

    public IAcceptor? Acceptor => acceptor;

    /// <summary>Of the handshake: "Negotiate", "Kerberos" or "CredSSP".</summary>
    public string Scheme => scheme;

    /// <summary>Owner: who is in. Reply: what must be answered instead of acting. Token: goes out with the answer.</summary>
    public readonly record struct Verdict(string? Owner, string Mechanism, HttpReply? Reply, byte[] Token, bool Fresh);

    /// <summary>The handshake that this request was a step of, if it was CredSSP.</summary>
    public CredSspAcceptor? LastCredSsp { get; private set; }

    public Verdict Check(string authorization)
    {
        LastCredSsp = null;
        var words = authorization.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        string asked = words.Length > 0 ? words[0].ToUpperInvariant() : "";
        // who has nothing to say in the middle of TLS says so by a token of no bytes
        bool empty = words.Length == 1 && asked == "CREDSSP" && acceptor is CredSspAcceptor { Established: false };
        if ((words.Length == 2 || empty) && Offered(asked) is { } offered)
        {
            if (offered != scheme)
            {
                Forget();
            }
            scheme = offered;
            return Handshake(empty ? "" : words[1]);
        }
        if (asked == "BASIC" && words.Length == 2 && BasicAllowed)
        {
            string? user = accounts.CheckBasic(words[1]);
            return user != null ? new Verdict(user, "Basic", null, [], false) : Refuse();
        }
        if (asked == "" && owner != null)
        {
            return new Verdict(owner, scheme, null, [], false);
        }
        if (options.NoAuth)
        {
            return new Verdict("WINCH\\anybody", "None", null, [], false);
        }
        return Refuse();
    }

    string? Offered(string asked) => asked switch
    {
        "NEGOTIATE" => "Negotiate",
        "KERBEROS" when options.Keytab != null => "Kerberos",
        "CREDSSP" when credSsp != null => "CredSSP",
        _ => null,
    };

    /// <summary>Whom a client's certificate stands for, by its subject's common name.</summary>
    public Verdict CheckCertificate(X509Certificate2? shown)
    {
        string name = shown?.GetNameInfo(X509NameType.SimpleName, false) ?? "";
        bool known = options.CertificateUsers.TryGetValue(name, out string? user);
        return known ? new Verdict(accounts.Resolve(user!), "Certificate", null, [], false) : Refuse();
    }

    public bool BasicAllowed => certificate != null || options.AllowUnencrypted;

    Verdict Handshake(string base64)
    {
        try
        {
            if (acceptor == null || acceptor.Established)
            {
                Forget();
                acceptor = scheme == "CredSSP" ? credSsp!.Start() : new Acceptor(options.Cbt, certificate, scheme);
            }
            LastCredSsp = acceptor as CredSspAcceptor;
            var token = acceptor.Step(Convert.FromBase64String(base64));
            if (!acceptor.Established)
            {
                var more = new HttpReply(401, []);
                more.Authenticate.Add(scheme + " " + Convert.ToBase64String(token));
                return new Verdict(null, scheme, more, token, false);
            }
            owner = accounts.Resolve(acceptor.User!);
            return owner != null ? new Verdict(owner, scheme, null, token, true) : Refuse();
        }
        catch (Exception e) when (e is GssException or CredSspException or FormatException)
        {
            if (options.Verbose)
            {
                Console.Error.WriteLine($"{scheme}: {e.Message}");
            }
            return Refuse();
        }
    }

    /// <summary>A 401 that offers what there is, and forgets who was here.</summary>
    public Verdict Refuse()
    {
        Forget();
        var reply = new HttpReply(401, []) { Close = true };
        reply.Authenticate.Add("Negotiate");
        if (options.Keytab != null)
        {
            reply.Authenticate.Add("Kerberos");
        }
        if (BasicAllowed)
        {
            reply.Authenticate.Add("Basic realm=\"WSMAN\"");
        }
        if (certificate != null && options.ClientCa != null)
        {
            reply.Authenticate.Add(LateCertificate.Scheme);
        }
        if (credSsp != null)
        {
            reply.Authenticate.Add("CredSSP");
        }
        return new Verdict(null, "", reply, [], false);
    }

    void Forget()
    {
        acceptor?.Dispose();
        acceptor = null;
        owner = null;
    }

    public void Dispose() => Forget();
}
