// One security context: tokens in, tokens out, then sealing. It belongs to one TCP connection.
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Winch.Endpoint.Auth;

sealed unsafe class Acceptor(string cbt, X509Certificate2? certificate) : IDisposable
{
    nint context;

    public string? User { get; private set; }

    public bool Established => User != null;

    /// <summary>Takes a step; the token to send back, empty if there is none.</summary>
    public byte[] Step(byte[] token)
    {
        uint major;
        uint minor;
        uint flags;
        nint name;
        Gssapi.Buffer output;
        var data = BindingData();
        fixed (byte* at = token)
        fixed (byte* bindingAt = data)
        {
            var bindings = new Gssapi.ChannelBindings();
            bindings.ApplicationData.Length = (nuint)data.Length;
            bindings.ApplicationData.Value = bindingAt;
            var input = new Gssapi.Buffer { Length = (nuint)token.Length, Value = at };
            major = Gssapi.gss_accept_sec_context(out minor, ref context, 0, ref input, data.Length > 0 ? &bindings : null,
                out name, out _, out output, out flags, out _, 0);
        }
        var reply = Gssapi.Take(ref output);
        if (Gssapi.Failed(major))
        {
            throw Gssapi.Error("gss_accept_sec_context", major, minor);
        }
        if ((major & Gssapi.ContinueNeeded) == 0)
        {
            if (cbt == "strict" && data.Length > 0 && (flags & Gssapi.ChannelBound) == 0)
            {
                throw new GssException("channel binding", 0, 0, "the client sent none");
            }
            User = DisplayName(name);
        }
        return reply;
    }

    /// <summary>The signature (always 16 bytes with NTLM) and the sealed data, in one piece.</summary>
    public byte[] Wrap(byte[] plain)
    {
        fixed (byte* at = plain)
        {
            var input = new Gssapi.Buffer { Length = (nuint)plain.Length, Value = at };
            uint major = Gssapi.gss_wrap(out uint minor, context, 1, 0, ref input, out int sealedState, out var output);
            if (Gssapi.Failed(major) || sealedState == 0)
            {
                throw Gssapi.Error("gss_wrap", major, minor);
            }
            return Gssapi.Take(ref output);
        }
    }

    public byte[] Unwrap(ReadOnlySpan<byte> token)
    {
        fixed (byte* at = token)
        {
            var input = new Gssapi.Buffer { Length = (nuint)token.Length, Value = at };
            uint major = Gssapi.gss_unwrap(out uint minor, context, ref input, out var output, out int sealedState, out _);
            if (Gssapi.Failed(major) || sealedState == 0)
            {
                throw Gssapi.Error("gss_unwrap", major, minor);
            }
            return Gssapi.Take(ref output);
        }
    }

    /// <summary>tls-server-end-point of RFC 5929: the hash of the certificate, SHA-256 if its own is weaker.</summary>
    byte[] BindingData()
    {
        if (cbt == "none" || certificate == null)
        {
            return [];
        }
        var hash = SHA256.HashData(certificate.RawData);
        return [.. Encoding.ASCII.GetBytes("tls-server-end-point:"), .. hash];
    }

    static string DisplayName(nint name)
    {
        uint major = Gssapi.gss_display_name(out uint minor, name, out var text, 0);
        if (Gssapi.Failed(major))
        {
            throw Gssapi.Error("gss_display_name", major, minor);
        }
        Gssapi.gss_release_name(out _, ref name);
        // gss-ntlmssp counts the NUL at the end
        return Encoding.UTF8.GetString(Gssapi.Take(ref text)).TrimEnd('\0');
    }

    public void Dispose()
    {
        if (context != 0)
        {
            Gssapi.gss_delete_sec_context(out _, ref context, 0);
        }
    }
}
