// The faults that happen on the wire.
using System.Text;
using System.Text.RegularExpressions;
using Winch.Endpoint.Control;

namespace Winch.Endpoint.Http;

static partial class Mischief
{
    /// <summary>What happens before the request is acted on.</summary>
    public static async Task Before(ArmedFault? armed)
    {
        if (armed?.Do == "drop-before")
        {
            throw new DropException();
        }
        if (armed?.Do == "delay")
        {
            await Task.Delay(armed.Ms);
        }
    }

    public static async Task Write(Stream stream, HttpReply reply, ArmedFault? armed)
    {
        if (armed?.Do == "bad-seal" && reply.Body.Length > 300)
        {
            // near the end there is sealed data, whatever the length of the part's head
            reply.Body[^40] ^= 0x55;
        }
        var bytes = reply.Bytes();
        switch (armed?.Do)
        {
            case "truncate":
                await stream.WriteAsync(bytes.AsMemory(0, bytes.Length - Math.Max(1, reply.Body.Length / 2)));
                await stream.FlushAsync();
                throw new DropException();
            case "garbage":
                var junk = armed.Body != null ? Encoding.UTF8.GetBytes(armed.Body) : Junk(bytes.Length);
                await stream.WriteAsync(junk);
                await stream.FlushAsync();
                throw new DropException();
            case "drip":
                await Drip(stream, bytes, armed.Ms);
                return;
            case "delay-after":
                await Task.Delay(armed.Ms);
                break;
        }
        await stream.WriteAsync(bytes);
        await stream.FlushAsync();
    }

    /// <summary>In at most a hundred pieces, the first ones a byte each, ms in all.</summary>
    static async Task Drip(Stream stream, byte[] bytes, int ms)
    {
        int pieces = Math.Min(bytes.Length, 100);
        int at = 0;
        for (int i = 0; i < pieces; i++)
        {
            int left = pieces - i;
            int length = i < 50 && bytes.Length - at > left ? 1 : Math.Max(1, (bytes.Length - at) / left);
            await stream.WriteAsync(bytes.AsMemory(at, length));
            await stream.FlushAsync();
            at += length;
            await Task.Delay(Math.Max(1, ms / pieces));
        }
        await stream.WriteAsync(bytes.AsMemory(at));
        await stream.FlushAsync();
    }

    static byte[] Junk(int length)
    {
        var junk = new byte[length];
        new Random(4).NextBytes(junk);
        return junk;
    }

    public static string? FaultCode(byte[] body)
    {
        var match = CodeAttribute().Match(Encoding.UTF8.GetString(body));
        return match.Success ? match.Groups[1].Value : null;
    }

    [GeneratedRegex("WSManFault[^>]* Code=\"(\\d+)\"")]
    private static partial Regex CodeAttribute();
}
