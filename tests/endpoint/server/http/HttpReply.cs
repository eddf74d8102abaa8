// An HTTP answer and the ways in which it can go wrong on purpose.
using System.Globalization;
using System.Text;

namespace Winch.Endpoint.Http;

sealed class HttpReply(int status, byte[] body, string? contentType = null)
{
    public int Status => status;
    public byte[] Body { get; set; } = body;
    public string? ContentType { get; set; } = contentType;
    public List<string> Authenticate { get; } = [];
    public bool Close { get; set; }

    /// <summary>The whole message. Windows leaves the reason phrase empty.</summary>
    public byte[] Bytes()
    {
        var head = new StringBuilder("HTTP/1.1 ").Append(status).Append(" \r\n");
        if (ContentType != null)
        {
            head.Append("Content-Type: ").Append(ContentType).Append("\r\n");
        }
        head.Append("Server: Microsoft-HTTPAPI/2.0\r\n");
        foreach (string value in Authenticate)
        {
            head.Append("WWW-Authenticate: ").Append(value).Append("\r\n");
        }
        head.Append("Date: ").Append(DateTime.UtcNow.ToString("R", CultureInfo.InvariantCulture)).Append("\r\n");
        if (Close)
        {
            head.Append("Connection: close\r\n");
        }
        head.Append("Content-Length: ").Append(Body.Length).Append("\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. Body];
    }
}
