// multipart/encrypted of MS-WSMV 2.2.9.1: one part that says what the plain content is, one with signature and data.
using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Winch.Endpoint.Auth;

sealed class SealException(string message) : Exception(message);

static class Sealing
{
    const string Boundary = "Encrypted Boundary";

    public static string ContentType(IAcceptor acceptor, int plain)
        => $"multipart/{(Parts(acceptor, plain) > 1 ? "x-multi-encrypted" : "encrypted")};protocol=\"{acceptor.Protocol}\";boundary=\"{Boundary}\"";

    static int Parts(IAcceptor acceptor, int plain) => acceptor.MostInPart == 0 ? 1 : Math.Max(1, (plain + acceptor.MostInPart - 1) / acceptor.MostInPart);

    public static bool IsSealed(string contentType)
        => contentType.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase)
            && contentType.Contains("encrypted", StringComparison.OrdinalIgnoreCase);

    /// <summary>The header as MS-WSMV 2.2.9.1.1.1 has it; 2.2.9.1.3.2.1 for several parts.</summary>
    public static bool IsRight(IAcceptor acceptor, string contentType)
        => (contentType.StartsWith("multipart/encrypted;", StringComparison.Ordinal) || IsMulti(acceptor, contentType))
            && contentType.Contains($"protocol=\"{acceptor.Protocol}\"") && contentType.Contains($"boundary=\"{Boundary}\"");

    static bool IsMulti(IAcceptor acceptor, string contentType)
        => acceptor.MostInPart > 0 && contentType.StartsWith("multipart/x-multi-encrypted;", StringComparison.Ordinal);

    public static byte[] Seal(IAcceptor acceptor, byte[] plain, string plainType)
    {
        int parts = Parts(acceptor, plain.Length);
        int most = parts == 1 ? plain.Length : acceptor.MostInPart;
        var body = new MemoryStream();
        for (int i = 0; i < parts; i++)
        {
            WritePart(body, acceptor, plain[(i * most)..Math.Min(plain.Length, (i + 1) * most)], plainType);
        }
        body.Write(Encoding.ASCII.GetBytes($"--{Boundary}--\r\n"));
        return body.ToArray();
    }

    static void WritePart(MemoryStream body, IAcceptor acceptor, byte[] plain, string plainType)
    {
        var (signature, token, count) = acceptor.Wrap(plain);
        body.Write(Encoding.ASCII.GetBytes(
            $"--{Boundary}\r\n\tContent-Type: {acceptor.Protocol}\r\n\tOriginalContent: type={plainType};Length={count}\r\n"
            + $"--{Boundary}\r\n\tContent-Type: application/octet-stream\r\n"));
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, signature);
        body.Write(length);
        body.Write(token);
    }

    /// <summary>The plain body and its type. Throws SealException for a form, GssException for a seal that is not right.</summary>
    public static (byte[] Plain, string Type) Unseal(IAcceptor acceptor, ReadOnlySpan<byte> body, string contentType)
    {
        var plain = new MemoryStream();
        string type = "";
        bool last = false;
        while (!last)
        {
            (var part, type, last) = ReadPart(acceptor, ref body);
            plain.Write(part);
            if (!last && !IsMulti(acceptor, contentType))
            {
                throw new SealException("more than one part in multipart/encrypted");
            }
        }
        return (plain.ToArray(), type);
    }

    /// <summary>Takes one part off the front; Last: nothing but the end is behind it.</summary>
    static (byte[] Plain, string Type, bool Last) ReadPart(IAcceptor acceptor, ref ReadOnlySpan<byte> body)
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
        int next = acceptor.MostInPart > 0 ? body.IndexOf(mark) : -1;
        int end = next >= 0 ? next : body.LastIndexOf(tail);
        if (end < 4)
        {
            throw new SealException("there is no end");
        }
        var part = body[..end];
        body = body[end..];
        var plain = acceptor.Unwrap(part[4..], BinaryPrimitives.ReadInt32LittleEndian(part));
        return plain.Length == length ? (plain, type, next < 0) : throw new SealException($"Length says {length}, the content has {plain.Length}");
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
