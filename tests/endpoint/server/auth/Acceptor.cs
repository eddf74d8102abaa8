// One security context: tokens in, tokens out, then sealing. It belongs to one TCP connection.
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Winch.Endpoint.Auth;

sealed unsafe class Acceptor(string cbt, X509Certificate2? certificate, string scheme) : IAcceptor
{
    /// <summary>gss-ntlmssp's libraries are not known to be safe when contexts are made at once.</summary>
    public static readonly Lock Library = new();
    static readonly byte[] KerberosOid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02];
    nint context;
    bool kerberos;

    public int MostInPart => 0;

    public string Protocol { get; } = scheme == "Kerberos" ? "application/HTTP-Kerberos-session-encrypted" : "application/HTTP-SPNEGO-session-encrypted";

    public string? User { get; private set; }

    public bool Established => User != null;

    public byte[] Step(byte[] token)
    {
        lock (Library)
        {
            return Accept(token);
        }
    }

    byte[] Accept(byte[] token)
    {
        uint major;
        uint minor;
        uint flags;
        nint name;
        nint mechanism;
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
                out name, out mechanism, out output, out flags, out _, 0);
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
            var oid = (Gssapi.Oid*)mechanism;
            kerberos = new ReadOnlySpan<byte>(oid->Elements, (int)oid->Length).SequenceEqual(KerberosOid);
            User = DisplayName(name);
        }
        return reply;
    }

    public (int Signature, byte[] Sealed, int Length) Wrap(byte[] plain)
    {
        if (kerberos)
        {
            return WrapParts(plain);
        }
        fixed (byte* at = plain)
        {
            var input = new Gssapi.Buffer { Length = (nuint)plain.Length, Value = at };
            uint major = Gssapi.gss_wrap(out uint minor, context, 1, 0, ref input, out int state, out var output);
            if (Gssapi.Failed(major) || state == 0)
            {
                throw Gssapi.Error("gss_wrap", major, minor);
            }
            return (NtlmSignature, Gssapi.Take(ref output), plain.Length);
        }
    }

    const int NtlmSignature = 16;

    /// <summary>gss-ntlmssp knows no parts; of Kerberos Windows wants header, data and padding, and no trailer.</summary>
    (int Signature, byte[] Sealed, int Length) WrapParts(byte[] plain)
    {
        var data = (byte[])plain.Clone();
        fixed (byte* at = data)
        {
            var parts = stackalloc Gssapi.Iov[3];
            parts[0].Type = Gssapi.Iov.Header | Gssapi.Iov.Allocate;
            parts[1].Type = Gssapi.Iov.Data;
            parts[1].Buffer = new Gssapi.Buffer { Length = (nuint)data.Length, Value = at };
            parts[2].Type = Gssapi.Iov.Padding | Gssapi.Iov.Allocate;
            uint major = Gssapi.gss_wrap_iov(out uint minor, context, 1, 0, out int state, parts, 3);
            if (Gssapi.Failed(major) || state == 0)
            {
                throw Gssapi.Error("gss_wrap_iov", major, minor);
            }
            var header = Bytes(parts[0].Buffer);
            // Length counts the padding too, where a mechanism pads
            byte[] rest = [.. data, .. Bytes(parts[2].Buffer)];
            Gssapi.gss_release_iov_buffer(out _, parts, 3);
            return (header.Length, [.. header, .. rest], rest.Length);
        }
    }

    static byte[] Bytes(Gssapi.Buffer buffer) => new ReadOnlySpan<byte>(buffer.Value, (int)buffer.Length).ToArray();

    public byte[] Unwrap(ReadOnlySpan<byte> token, int signature)
    {
        if (kerberos)
        {
            return UnwrapParts(token.ToArray(), signature);
        }
        if (signature != NtlmSignature)
        {
            throw new SealException($"a signature of {signature} bytes");
        }
        return Open(token);
    }

    /// <summary>Opens a token that is whole, whatever the mechanism.</summary>
    public byte[] Open(ReadOnlySpan<byte> token)
    {
        fixed (byte* at = token)
        {
            var input = new Gssapi.Buffer { Length = (nuint)token.Length, Value = at };
            uint major = Gssapi.gss_unwrap(out uint minor, context, ref input, out var output, out int state, out _);
            if (Gssapi.Failed(major) || state == 0)
            {
                throw Gssapi.Error("gss_unwrap", major, minor);
            }
            return Gssapi.Take(ref output);
        }
    }

    byte[] UnwrapParts(byte[] token, int signature)
    {
        if (signature < 1 || signature > token.Length)
        {
            throw new SealException($"a signature of {signature} bytes");
        }
        fixed (byte* at = token)
        {
            var parts = stackalloc Gssapi.Iov[3];
            parts[0].Type = Gssapi.Iov.Header;
            parts[0].Buffer = new Gssapi.Buffer { Length = (nuint)signature, Value = at };
            parts[1].Type = Gssapi.Iov.Data;
            parts[1].Buffer = new Gssapi.Buffer { Length = (nuint)(token.Length - signature), Value = at + signature };
            parts[2].Type = Gssapi.Iov.Padding;
            uint major = Gssapi.gss_unwrap_iov(out uint minor, context, out int state, out _, parts, 3);
            if (Gssapi.Failed(major) || state == 0)
            {
                throw Gssapi.Error("gss_unwrap_iov", major, minor);
            }
            return Bytes(parts[1].Buffer);
        }
    }

    byte[] BindingData() => cbt == "none" || certificate == null ? [] : EndPointBinding.Of(certificate.RawData);

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
