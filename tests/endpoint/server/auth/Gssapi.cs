// The few calls of libgssapi_krb5 that an acceptor needs.
using System.Runtime.InteropServices;
using System.Text;

namespace Winch.Endpoint.Auth;

sealed class GssException(string call, uint major, uint minor, string text) : Exception($"{call}: {text} ({major:x8} {minor})")
{
    public uint Major => major;
    public uint Minor => minor;
}

static unsafe partial class Gssapi
{
    const string Library = "libgssapi_krb5.so.2";
    public const uint ContinueNeeded = 1;
    public const uint ChannelBound = 2048;

    [StructLayout(LayoutKind.Sequential)]
    public struct Buffer
    {
        public nuint Length;
        public byte* Value;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct ChannelBindings
    {
        public uint InitiatorType;
        public Buffer InitiatorAddress;
        public uint AcceptorType;
        public Buffer AcceptorAddress;
        public Buffer ApplicationData;
    }

    [LibraryImport(Library)]
    public static partial uint gss_accept_sec_context(
        out uint minor, ref nint context, nint credential, ref Buffer input, ChannelBindings* bindings,
        out nint name, out nint mechanism, out Buffer output, out uint flags, out uint time, nint delegated);

    [StructLayout(LayoutKind.Sequential)]
    public struct Oid
    {
        public uint Length;
        public byte* Elements;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct OidSet
    {
        public nuint Count;
        public Oid* Elements;
    }

    [LibraryImport(Library)]
    public static partial uint gss_import_name(out uint minor, ref Buffer text, Oid* kind, out nint name);

    [LibraryImport(Library)]
    public static partial uint gss_acquire_cred_with_password(
        out uint minor, nint user, ref Buffer password, uint time, OidSet* mechanisms, int usage, out nint credential, nint actual, nint until);

    [LibraryImport(Library)]
    public static partial uint gss_init_sec_context(
        out uint minor, nint credential, ref nint context, nint target, Oid* mechanism, uint flags, uint time, nint bindings,
        ref Buffer input, nint actual, out Buffer output, nint gotFlags, nint until);

    [LibraryImport(Library)]
    public static partial uint gss_release_cred(out uint minor, ref nint credential);

    /// <summary>A part of a message that is wrapped in place. Type: 1 data, 2 header, 9 padding; the flag lets the library allocate.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Iov
    {
        public const uint Data = 1;
        public const uint Header = 2;
        public const uint Padding = 9;
        public const uint Allocate = 0x10000;
        public uint Type;
        public Buffer Buffer;
    }

    [LibraryImport(Library)]
    public static partial uint gss_wrap_iov(out uint minor, nint context, int confidential, uint qop, out int state, Iov* parts, int count);

    [LibraryImport(Library)]
    public static partial uint gss_unwrap_iov(out uint minor, nint context, out int state, out uint qop, Iov* parts, int count);

    [LibraryImport(Library)]
    public static partial uint gss_release_iov_buffer(out uint minor, Iov* parts, int count);

    [LibraryImport(Library)]
    public static partial uint gss_wrap(out uint minor, nint context, int confidential, uint qop, ref Buffer input, out int state, out Buffer output);

    [LibraryImport(Library)]
    public static partial uint gss_unwrap(out uint minor, nint context, ref Buffer input, out Buffer output, out int state, out uint qop);

    [LibraryImport(Library)]
    public static partial uint gss_display_name(out uint minor, nint name, out Buffer text, nint type);

    [LibraryImport(Library)]
    public static partial uint gss_display_status(out uint minor, uint status, int type, nint mechanism, ref uint context, out Buffer text);

    [LibraryImport(Library)]
    public static partial uint gss_release_buffer(out uint minor, ref Buffer buffer);

    [LibraryImport(Library)]
    public static partial uint gss_release_name(out uint minor, ref nint name);

    [LibraryImport(Library)]
    public static partial uint gss_delete_sec_context(out uint minor, ref nint context, nint token);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int setenv(string name, string value, int overwrite);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint setlocale(int category, string locale);

    public static bool Failed(uint major) => (major & 0xffff0000) != 0;

    /// <summary>Copies a buffer of the library's into our memory, and gives it back.</summary>
    public static byte[] Take(ref Buffer buffer)
    {
        var bytes = new ReadOnlySpan<byte>(buffer.Value, (int)buffer.Length).ToArray();
        gss_release_buffer(out _, ref buffer);
        return bytes;
    }

    public static GssException Error(string call, uint major, uint minor)
    {
        var text = new StringBuilder();
        foreach (var (status, type) in new[] { (major, 1), (minor, 2) })
        {
            uint more = 0;
            if (status != 0 && !Failed(gss_display_status(out _, status, type, 0, ref more, out var part)))
            {
                text.Append(text.Length > 0 ? "; " : "").Append(Encoding.UTF8.GetString(Take(ref part)));
            }
        }
        return new GssException(call, major, minor, text.ToString());
    }
}
