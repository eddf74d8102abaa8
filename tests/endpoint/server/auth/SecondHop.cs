// Whether a password that came by delegation works: a logon by NTLM with it, to an acceptor of gss-ntlmssp that knows nothing of the first.
using System.Text;

namespace Winch.Endpoint.Auth;

static unsafe class SecondHop
{
    static readonly byte[] NtlmOid = [0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a];
    static readonly byte[] UserNameOid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x01];
    static readonly byte[] ServiceOid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04];
    const int Initiate = 1;

    /// <summary>"ok", or what the library said; the account is DOMAIN\user.</summary>
    public static string Try(string account, string password)
    {
        lock (Acceptor.Library)
        {
            nint user = 0;
            nint target = 0;
            nint credential = 0;
            try
            {
                user = Name(account, UserNameOid);
                target = Name("host@second-hop", ServiceOid);
                credential = Credential(user, password);
                return Hop(credential, target);
            }
            catch (GssException e)
            {
                return e.Message;
            }
            finally
            {
                Gssapi.gss_release_cred(out _, ref credential);
                Gssapi.gss_release_name(out _, ref target);
                Gssapi.gss_release_name(out _, ref user);
            }
        }
    }

    static nint Name(string text, byte[] kind)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* at = bytes)
        fixed (byte* kindAt = kind)
        {
            var input = new Gssapi.Buffer { Length = (nuint)bytes.Length, Value = at };
            var oid = new Gssapi.Oid { Length = (uint)kind.Length, Elements = kindAt };
            uint major = Gssapi.gss_import_name(out uint minor, ref input, &oid, out nint name);
            return Gssapi.Failed(major) ? throw Gssapi.Error("gss_import_name", major, minor) : name;
        }
    }

    static nint Credential(nint user, string password)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        fixed (byte* at = bytes)
        fixed (byte* oidAt = NtlmOid)
        {
            var input = new Gssapi.Buffer { Length = (nuint)bytes.Length, Value = at };
            var oid = new Gssapi.Oid { Length = (uint)NtlmOid.Length, Elements = oidAt };
            var set = new Gssapi.OidSet { Count = 1, Elements = &oid };
            uint major = Gssapi.gss_acquire_cred_with_password(out uint minor, user, ref input, 0, &set, Initiate, out nint credential, 0, 0);
            return Gssapi.Failed(major) ? throw Gssapi.Error("gss_acquire_cred_with_password", major, minor) : credential;
        }
    }

    static string Hop(nint credential, nint target)
    {
        nint context = 0;
        using var acceptor = new Acceptor("none", null, "Negotiate");
        byte[] token = [];
        try
        {
            for (int leg = 0; leg < 4 && !acceptor.Established; leg++)
            {
                token = acceptor.Step(Initiator(credential, ref context, target, token));
            }
            return acceptor.Established ? "ok" : "it does not end";
        }
        finally
        {
            Gssapi.gss_delete_sec_context(out _, ref context, 0);
        }
    }

    static byte[] Initiator(nint credential, ref nint context, nint target, byte[] token)
    {
        fixed (byte* at = token)
        fixed (byte* oidAt = NtlmOid)
        {
            var input = new Gssapi.Buffer { Length = (nuint)token.Length, Value = at };
            var oid = new Gssapi.Oid { Length = (uint)NtlmOid.Length, Elements = oidAt };
            uint major = Gssapi.gss_init_sec_context(out uint minor, credential, ref context, target, &oid, 0, 0, 0, ref input, 0, out var output, 0, 0);
            return Gssapi.Failed(major) ? throw Gssapi.Error("gss_init_sec_context", major, minor) : Gssapi.Take(ref output);
        }
    }
}
