// Who may come in. NTLM passwords are checked by gss-ntlmssp, which reads them from a file in its own format.
using System.Text;

namespace Winch.Endpoint.Auth;

sealed class Accounts
{
    const string Machine = "WINCH";
    readonly Options options;

    /// <summary>Writes the user file and points gss-ntlmssp to it: it reads the environment of the process, not .NET's copy.</summary>
    public Accounts(Options options, string folder)
    {
        this.options = options;
        string file = Path.Combine(folder, "users");
        var text = new StringBuilder();
        foreach (var user in options.Users)
        {
            // A local account has no domain, or one of the machine's names: clients send any of these.
            string[] domains = user.Domain != "" ? [user.Domain] : ["", ".", Machine, "WORKGROUP", Environment.MachineName];
            foreach (string domain in domains)
            {
                text.Append($"{domain}:{user.Name}:{user.Password}\n");
            }
        }
        File.WriteAllText(file, text.ToString(), new UTF8Encoding(false));
        Gssapi.setenv("NTLM_USER_FILE", file, 1);
        Gssapi.setenv("NETBIOS_COMPUTER_NAME", Machine, 1);
        Gssapi.setenv("NETBIOS_DOMAIN_NAME", Machine, 1);
        Gssapi.setenv("LM_COMPAT_LEVEL", "5", 1);
        // It compares names in the locale's encoding, and .NET leaves that at C.
        const int all = 6;
        Gssapi.setlocale(all, "C.UTF-8");
        // Without a keytab there is no Kerberos; the library would look for the machine's own.
        Gssapi.setenv("KRB5_KTNAME", options.Keytab ?? Path.Combine(folder, "no.keytab"), 1);
        Gssapi.setenv("KRB5RCACHENAME", "none:", 1);
    }

    /// <summary>The user that Basic names, or null.</summary>
    public string? CheckBasic(string base64)
    {
        string text;
        try
        {
            text = Encoding.UTF8.GetString(Convert.FromBase64String(base64));
        }
        catch (FormatException)
        {
            return null;
        }
        int colon = text.IndexOf(':');
        if (colon < 0)
        {
            return null;
        }
        var (domain, name) = Split(text[..colon]);
        var found = options.Users.Find(u => Same(u.Name, name) && (u.Domain == "" || Same(u.Domain, domain)));
        return found != null && found.Password == text[(colon + 1)..] ? Owner(found) : null;
    }

    /// <summary>The account a security context named, as MACHINE\user.</summary>
    public string? Resolve(string displayName)
    {
        var (domain, name) = Split(displayName);
        var found = options.Users.Find(u => Same(u.Name, name) && Same(u.Domain, domain))
            ?? options.Users.Find(u => Same(u.Name, name));
        return found == null ? null : Owner(found);
    }

    /// <summary>The account that a delegated password is of: domain and name as they came, a name with @ whole if there is such a one.</summary>
    public string? Resolve(string domain, string name)
    {
        var whole = options.Users.Find(u => u.Domain == "" && domain == "" && Same(u.Name, name));
        return whole != null ? Owner(whole) : Resolve(domain == "" ? name : $"{domain}\\{name}");
    }

    public bool IsAdmin(string owner)
    {
        var (domain, name) = Split(owner);
        return options.Admins.Contains(owner) || options.Admins.Contains(name) && (domain == Machine || !options.Admins.Contains(owner));
    }

    static string Owner(User user) => (user.Domain == "" ? Machine : user.Domain) + "\\" + user.Name;

    static (string Domain, string Name) Split(string name)
    {
        int slash = name.IndexOf('\\');
        if (slash >= 0)
        {
            return (name[..slash], name[(slash + 1)..]);
        }
        int at = name.LastIndexOf('@');
        return at > 0 ? (name[(at + 1)..], name[..at]) : ("", name);
    }

    static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
