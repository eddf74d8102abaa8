// The line between the server and an engine process: length, kind, shell, command, number, flags, payload.
using System.Buffers.Binary;

namespace Winch.Endpoint.Engine;

enum FrameKind : byte
{
    // to the engine
    Create, Command, Send, Stop, CloseCommand, CloseShell, Credit, Connect,
    // from the engine
    Ready, Accepted, Refused, Data, Running, Done,
}

[Flags]
enum DataFlags : byte { None = 0, Flush = 1, Pending = 2, Boundary = 4 }

/// <summary>Number is the request that Accepted and Refused answer; in Credit it is a count of bytes.</summary>
readonly record struct Frame(FrameKind Kind, uint Shell, Guid Command, uint Number, byte Flags, byte[] Payload)
{
    public const int HeaderLength = 4 + 1 + 1 + 4 + 4 + 16;

    public static Frame To(FrameKind kind, uint shell, Guid command, uint number = 0, byte[]? payload = null, byte flags = 0)
        => new(kind, shell, command, number, flags, payload ?? []);

    public void WriteHeader(Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, HeaderLength - 4 + Payload.Length);
        to[4] = (byte)Kind;
        to[5] = Flags;
        BinaryPrimitives.WriteUInt32LittleEndian(to[6..], Shell);
        BinaryPrimitives.WriteUInt32LittleEndian(to[10..], Number);
        Command.TryWriteBytes(to[14..]);
    }

    /// <summary>Reads one frame; null at the end of the stream.</summary>
    public static Frame? Read(Stream from)
    {
        Span<byte> head = stackalloc byte[HeaderLength];
        if (from.ReadAtLeast(head, HeaderLength, throwOnEndOfStream: false) < HeaderLength)
        {
            return null;
        }
        int rest = BinaryPrimitives.ReadInt32LittleEndian(head) - (HeaderLength - 4);
        var payload = rest == 0 ? [] : new byte[rest];
        if (from.ReadAtLeast(payload, rest, throwOnEndOfStream: false) < rest)
        {
            return null;
        }
        return new Frame(
            (FrameKind)head[4],
            BinaryPrimitives.ReadUInt32LittleEndian(head[6..]),
            new Guid(head.Slice(14, 16)),
            BinaryPrimitives.ReadUInt32LittleEndian(head[10..]),
            head[5],
            payload);
    }
}

/// <summary>Gathers frames while the socket is busy, so that ten thousand small messages are not as many system calls.</summary>
sealed class FrameWriter
{
    readonly Stream stream;
    readonly Lock gate = new();
    readonly AutoResetEvent filled = new(false);
    MemoryStream waiting = new();
    MemoryStream leaving = new();

    public FrameWriter(Stream stream)
    {
        this.stream = stream;
        new Thread(Run) { IsBackground = true, Name = "frames out" }.Start();
    }

    public bool Broken { get; private set; }

    public void Write(Frame frame)
    {
        Span<byte> head = stackalloc byte[Frame.HeaderLength];
        frame.WriteHeader(head);
        bool first;
        lock (gate)
        {
            first = waiting.Length == 0;
            waiting.Write(head);
            waiting.Write(frame.Payload);
        }
        if (first)
        {
            filled.Set();
        }
    }

    void Run()
    {
        try
        {
            while (true)
            {
                filled.WaitOne();
                lock (gate)
                {
                    (waiting, leaving) = (leaving, waiting);
                }
                if (leaving.Length > 0)
                {
                    stream.Write(leaving.GetBuffer(), 0, (int)leaving.Length);
                    leaving.SetLength(0);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            Broken = true;
        }
    }
}
