// multipart/encrypted of MS-WSMV 2.2.9.1: one part that says what the plain content is, one with signature and data.
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Winch.Endpoint.Auth;

sealed class SealException(string message) : Exception(message);

static class Sealing
{
    const string Boundary = "Encrypted Boundary";

    public static string ContentType(Acceptor acceptor) => $"multipart/encrypted;protocol=\"{acceptor.Protocol}\";boundary=\"{Boundary}\"";

    public static bool IsSealed(string contentType)
        => contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            && contentType.Contains("encrypted", StringComparison.OrdinalIgnoreCase);

    /// <summary>The header as MS-WSMV 2.2.9.1.1.1 has it.</summary>
    public static bool IsRight(Acceptor acceptor, string contentType)
        => contentType.StartsWith("multipart/encrypted;", StringComparison.Ordinal) && contentType.Contains($"protocol=\"{acceptor.Protocol}\"")
            && contentType.Contains($"boundary=\"{Boundary}\"");

    public static byte[] Seal(Acceptor acceptor, byte[] plain, string plainType)
    {
        var (signature, token) = acceptor.Wrap(plain);
        // Length counts the padding too, where a mechanism pads
        var head = Encoding.ASCII.GetBytes(
            $"--{Boundary}\r\n\tContent-Type: {acceptor.Protocol}\r\n\tOriginalContent: type={plainType};Length={token.Length}\r\n"
            + $"--{Boundary}\r\n\tContent-Type: application/octet-stream\r\n");
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, signature.Length);
        return [.. head, .. length, .. signature, .. token, .. Encoding.ASCII.GetBytes($"--{Boundary}--\r\n")];
    }

    /// <summary>The plain body and its type. Throws SealException for a form, GssException for a seal that is not right.</summary>
    public static (byte[] Plain, string Type) Unseal(Acceptor acceptor, ReadOnlySpan<byte> body)
    {
        var mark = "--Encrypted Boundary\r\n"u8;
        var tail = "--Encrypted Boundary--"u8;
        if (!body.StartsWith(mark))
        {
            throw new SealException("the body does not begin with the boundary");
        }
        body = body[mark.Length..];
        int second = body.IndexOf(mark);
        if (second < 0)
        {
            throw new SealException("there is no second part");
        }
        var (type, length) = ReadHead(acceptor.Protocol, Encoding.ASCII.GetString(body[..second]));
        body = body[(second + mark.Length)..];
        var content = "\tContent-Type: application/octet-stream\r\n"u8;
        if (!body.StartsWith(content))
        {
            throw new SealException("the second part is not application/octet-stream");
        }
        body = body[content.Length..];
        int end = body.LastIndexOf(tail);
        if (end < 4)
        {
            throw new SealException("there is no end");
        }
        body = body[..end];
        var plain = acceptor.Unwrap(body[4..], BinaryPrimitives.ReadInt32LittleEndian(body));
        return plain.Length == length ? (plain, type) : throw new SealException($"Length says {length}, the content has {plain.Length}");
    }

    /// <summary>Names and values are case-sensitive, a tab comes before each name (MS-WSMV 2.2.9.1.2.2.1).</summary>
    static (string Type, int Length) ReadHead(string protocol, string head)
    {
        var lines = head.Split("\r\n");
        if (lines.Length != 3 || lines[0] != "\tContent-Type: " + protocol || lines[2] != "")
        {
            throw new SealException("the first part is not " + protocol);
        }
        const string mark = "\tOriginalContent: type=";
        int length = lines[1].LastIndexOf(";Length=", StringComparison.Ordinal);
        if (!lines[1].StartsWith(mark, StringComparison.Ordinal) || length < mark.Length
            || !int.TryParse(lines[1][(length + 8)..], NumberStyles.None, CultureInfo.InvariantCulture, out int bytes))
        {
            throw new SealException("OriginalContent is not as it must be");
        }
        return (lines[1][mark.Length..length], bytes);
    }
}
