// HTTP/1.1 requests from a stream, nothing more: a test server must know its bytes exactly.
using System.Globalization;
using System.Text;

namespace Winch.Endpoint.Http;

/// <summary>The request can't be read on: Status is what the client gets before the connection closes.</summary>
sealed class HttpException(int status) : Exception("HTTP " + status)
{
    public int Status => status;
}

sealed record HttpRequest(string Method, string Path, Dictionary<string, string> Headers, byte[] Body)
{
    public string Header(string name) => Headers.GetValueOrDefault(name, "");
}

sealed class HttpReader(Stream stream)
{
    const int MostHead = 64 * 1024;
    byte[] buffer = new byte[16 * 1024];
    int start;
    int end;

    public long BytesIn { get; private set; }

    /// <summary>The next request; null when the client closed, or sent nothing for the idle time.</summary>
    public async Task<HttpRequest?> Read(TimeSpan idle, int mostBody)
    {
        using var timer = new CancellationTokenSource(idle);
        int length;
        try
        {
            while ((length = HeadLength()) < 0)
            {
                if (end - start >= MostHead)
                {
                    throw new HttpException(400);
                }
                if (!await Fill(timer.Token))
                {
                    return null;
                }
            }
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        var lines = Encoding.Latin1.GetString(buffer, start, length).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        start += length;
        var words = lines[0].Split(' ');
        if (words.Length != 3 || !words[2].StartsWith("HTTP/1.", StringComparison.Ordinal))
        {
            throw new HttpException(400);
        }
        var headers = Headers(lines);
        CheckLength(headers, mostBody);
        if (headers.GetValueOrDefault("Expect", "").Equals("100-continue", StringComparison.OrdinalIgnoreCase))
        {
            await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray());
        }
        return new HttpRequest(words[0], words[1], headers, await Body(headers, mostBody));
    }

    static Dictionary<string, string> Headers(string[] lines)
    {
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (string line in lines.Skip(1))
        {
            int colon = line.IndexOf(':');
            if (colon < 1)
            {
                throw new HttpException(400);
            }
            headers[line[..colon]] = line[(colon + 1)..].Trim();
        }
        return headers;
    }

    static void CheckLength(Dictionary<string, string> headers, int most)
    {
        if (headers.TryGetValue("Content-Length", out var text))
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long length))
            {
                throw new HttpException(400);
            }
            if (length > most)
            {
                throw new HttpException(413);
            }
        }
    }

    /// <summary>
    /// Reads what a client still sends after its answer: closing before that would reset the connection, and the answer be lost.
    /// </summary>
    public async Task Drain(TimeSpan longest)
    {
        using var timer = new CancellationTokenSource(longest);
        try
        {
            start = end = 0;
            while (await Fill(timer.Token))
            {
                start = end = 0;
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // enough
        }
    }

    async Task<byte[]> Body(Dictionary<string, string> headers, int most)
    {
        if (headers.GetValueOrDefault("Transfer-Encoding", "").Equals("chunked", StringComparison.OrdinalIgnoreCase))
        {
            return await Chunks(most);
        }
        if (!headers.TryGetValue("Content-Length", out var text))
        {
            return [];
        }
        var body = new byte[long.Parse(text, CultureInfo.InvariantCulture)];
        await ReadExactly(body);
        return body;
    }

    async Task<byte[]> Chunks(int most)
    {
        var body = new MemoryStream();
        while (true)
        {
            string line = await ReadLine();
            if (!int.TryParse(line.Split(';')[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out int length) || length < 0)
            {
                throw new HttpException(400);
            }
            if (body.Length + length > most)
            {
                throw new HttpException(413);
            }
            if (length == 0)
            {
                while (await ReadLine() != "")
                {
                    // trailers
                }
                return body.ToArray();
            }
            var chunk = new byte[length];
            await ReadExactly(chunk);
            body.Write(chunk);
            await ReadLine();
        }
    }

    async Task<string> ReadLine()
    {
        while (true)
        {
            int at = buffer.AsSpan(start, end - start).IndexOf("\r\n"u8);
            if (at >= 0)
            {
                string line = Encoding.Latin1.GetString(buffer, start, at);
                start += at + 2;
                return line;
            }
            if (end - start > MostHead || !await Fill(CancellationToken.None))
            {
                throw new HttpException(400);
            }
        }
    }

    async Task ReadExactly(byte[] to)
    {
        int done = Math.Min(end - start, to.Length);
        buffer.AsSpan(start, done).CopyTo(to);
        start += done;
        while (done < to.Length)
        {
            int count = await stream.ReadAsync(to.AsMemory(done));
            if (count == 0)
            {
                throw new EndOfStreamException();
            }
            BytesIn += count;
            done += count;
        }
    }

    int HeadLength()
    {
        int at = buffer.AsSpan(start, end - start).IndexOf("\r\n\r\n"u8);
        return at < 0 ? -1 : at + 4;
    }

    async Task<bool> Fill(CancellationToken cancel)
    {
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
        }
        if (end == buffer.Length)
        {
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        int count = await stream.ReadAsync(buffer.AsMemory(end), cancel);
        BytesIn += count;
        end += count;
        return count > 0;
    }
}
