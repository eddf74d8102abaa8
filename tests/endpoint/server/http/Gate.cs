// Authentication of one connection: what a client must send, and who it is then.
using System.Security.Cryptography.X509Certificates;
using Winch.Endpoint.Auth;

namespace Winch.Endpoint.Http;

sealed class Gate(Options options, Accounts accounts, X509Certificate2? certificate) : IDisposable
{
    static readonly Lock Library = new();
    Acceptor? acceptor;
    string? owner;
    string scheme = "Negotiate";

    public Acceptor? Acceptor => acceptor;

    /// <summary>Of the handshake: "Negotiate" or "Kerberos".</summary>
    public string Scheme => scheme;

    /// <summary>Owner: who is in. Reply: what must be answered instead of acting. Token: goes out with the answer.</summary>
    public readonly record struct Verdict(string? Owner, string Mechanism, HttpReply? Reply, byte[] Token, bool Fresh);

    public Verdict Check(string authorization)
    {
        var words = authorization.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries);
        string asked = words.Length > 0 ? words[0].ToUpperInvariant() : "";
        if (words.Length == 2 && (asked == "NEGOTIATE" || (asked == "KERBEROS" && options.Keytab != null)))
        {
            scheme = asked == "KERBEROS" ? "Kerberos" : "Negotiate";
            return Handshake(words[1]);
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
                acceptor = new Acceptor(options.Cbt, certificate, scheme);
            }
            byte[] token;
            // gss-ntlmssp's libraries are not known to be safe when contexts are made at once
            lock (Library)
            {
                token = acceptor.Step(Convert.FromBase64String(base64));
            }
            if (!acceptor.Established)
            {
                var more = new HttpReply(401, []);
                more.Authenticate.Add(scheme + " " + Convert.ToBase64String(token));
                return new Verdict(null, scheme, more, token, false);
            }
            owner = accounts.Resolve(acceptor.User!);
            return owner != null ? new Verdict(owner, scheme, null, token, true) : Refuse();
        }
        catch (Exception e) when (e is GssException or FormatException)
        {
            if (options.Verbose)
            {
                Console.Error.WriteLine("negotiate: " + e.Message);
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
