// TLS whose records travel in tokens and bodies: .NET's SslStream over memory instead of a socket.
using System.Net.Security;
using System.Security.Authentication;

namespace Winch.Endpoint.Auth;

sealed class CredSspTls : IDisposable
{
    readonly Wire wire = new();
    readonly SslStream tls;
    readonly byte[] buffer = new byte[32 * 1024];
    Task? handshake;
    Task<int>? reading;

    readonly SslServerAuthenticationOptions options;

    public CredSspTls(SslStreamCertificateContext certificate, string? version)
    {
        tls = new SslStream(wire);
        options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate,
            EnabledSslProtocols = version switch
            {
                "1.2" => SslProtocols.Tls12, "1.3" => SslProtocols.Tls13, _ => SslProtocols.Tls12 | SslProtocols.Tls13,
            },
        };
        if (OperatingSystem.IsLinux())
        {
            options.CipherSuitesPolicy = new CipherSuitesPolicy(Suites);
        }
    }

    /// <summary>What Schannel offers with an RSA certificate; it has no ChaCha20.</summary>
    static readonly TlsCipherSuite[] Suites =
    [
        TlsCipherSuite.TLS_AES_256_GCM_SHA384, TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384, TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
    ];

    public bool Done => handshake is { IsCompletedSuccessfully: true };

    public string Version => tls.SslProtocol == SslProtocols.Tls13 ? "1.3" : "1.2";

    /// <summary>Takes records in; the plain bytes that they held. What TLS answers by itself waits in Out.</summary>
    public byte[] In(ReadOnlySpan<byte> records)
    {
        wire.Feed(records);
        handshake ??= tls.AuthenticateAsServerAsync(options);
        if (!Finished(handshake))
        {
            return [];
        }
        var plain = new MemoryStream();
        while (true)
        {
            reading ??= tls.ReadAsync(buffer, 0, buffer.Length);
            if (!Finished(reading))
            {
                return plain.ToArray();
            }
            int count = reading.GetAwaiter().GetResult();
            reading = null;
            if (count == 0)
            {
                throw new IOException("the peer has ended TLS");
            }
            plain.Write(buffer, 0, count);
        }
    }

    /// <summary>Waits until it is done, or has used up what came; throws what it threw.</summary>
    bool Finished(Task task)
    {
        Task.WhenAny(task, wire.Starved).GetAwaiter().GetResult();
        if (!task.IsCompleted)
        {
            return false;
        }
        task.GetAwaiter().GetResult();
        return true;
    }

    public void Write(ReadOnlySpan<byte> plain) => tls.Write(plain);

    public byte[] Out() => wire.TakeOut();

    /// <summary>How long a record's trailer is: tag, or MAC and padding; in TLS 1.3 the content's type too.</summary>
    public int Trailer(int plain)
    {
        if (tls.SslProtocol == SslProtocols.Tls13)
        {
            return 17;
        }
        int mac = tls.NegotiatedCipherSuite switch
        {
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384 => 48,
            TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256 => 32,
            _ => 0,
        };
        return mac == 0 ? 16 : mac + 16 - (plain + mac) % 16;
    }

    public void Dispose()
    {
        wire.End();
        tls.Dispose();
    }

    /// <summary>Both directions in memory. A read with nothing there waits, and says that it does.</summary>
    sealed class Wire : Stream
    {
        readonly Lock gate = new();
        readonly Queue<byte> incoming = new();
        readonly MemoryStream outgoing = new();
        TaskCompletionSource starved = new();
        TaskCompletionSource<int>? waiting;
        Memory<byte> room;
        bool ended;

        public Task Starved
        {
            get
            {
                lock (gate)
                {
                    return starved.Task;
                }
            }
        }

        public void Feed(ReadOnlySpan<byte> records)
        {
            TaskCompletionSource<int>? reader = null;
            int count = 0;
            lock (gate)
            {
                foreach (byte b in records)
                {
                    incoming.Enqueue(b);
                }
                if (waiting != null && incoming.Count > 0)
                {
                    (reader, waiting) = (waiting, null);
                    starved = new TaskCompletionSource();
                    count = Take(room.Span);
                }
            }
            reader?.SetResult(count);
        }

        public void End()
        {
            TaskCompletionSource<int>? reader;
            lock (gate)
            {
                ended = true;
                (reader, waiting) = (waiting, null);
            }
            reader?.SetResult(0);
        }

        int Take(Span<byte> target)
        {
            int count = Math.Min(target.Length, incoming.Count);
            for (int i = 0; i < count; i++)
            {
                target[i] = incoming.Dequeue();
            }
            return count;
        }

        public override ValueTask<int> ReadAsync(Memory<byte> target, CancellationToken cancel = default)
        {
            TaskCompletionSource hungry;
            Task<int> later;
            lock (gate)
            {
                if (target.Length == 0 || incoming.Count > 0 || ended)
                {
                    return ValueTask.FromResult(Take(target.Span));
                }
                room = target;
                waiting = new TaskCompletionSource<int>();
                later = waiting.Task;
                hungry = starved;
            }
            hungry.TrySetResult();
            return new ValueTask<int>(later);
        }

        public override Task<int> ReadAsync(byte[] target, int offset, int count, CancellationToken cancel)
            => ReadAsync(target.AsMemory(offset, count), cancel).AsTask();

        public byte[] TakeOut()
        {
            lock (gate)
            {
                var bytes = outgoing.ToArray();
                outgoing.SetLength(0);
                return bytes;
            }
        }

        public override void Write(byte[] source, int offset, int count)
        {
            lock (gate)
            {
                outgoing.Write(source, offset, count);
            }
        }

        public override Task WriteAsync(byte[] source, int offset, int count, CancellationToken cancel)
        {
            Write(source, offset, count);
            return Task.CompletedTask;
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancel = default)
        {
            lock (gate)
            {
                outgoing.Write(source.Span);
            }
            return ValueTask.CompletedTask;
        }

        public override bool CanRead => true;
        public override bool CanWrite => true;
        public override bool CanSeek => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] target, int offset, int count) => ReadAsync(target, offset, count, default).GetAwaiter().GetResult();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
