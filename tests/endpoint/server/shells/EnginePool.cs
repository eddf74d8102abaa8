// Engine processes: some kept warm, one for a shell (or for a few, where many shells matter more than likeness to Windows).
using System.Net.Sockets;
using Winch.Endpoint.Engine;

namespace Winch.Endpoint.Shells;

sealed class EnginePool : IDisposable
{
    readonly Options options;
    readonly string socketPath;
    readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    readonly Lock gate = new();
    readonly Dictionary<uint, EngineProcess> all = [];
    readonly List<EngineProcess> free = [];
    uint lastProcess;
    uint lastShell;
    bool disposed;

    public EnginePool(Options options, string folder)
    {
        this.options = options;
        socketPath = Path.Combine(folder, "engines");
        listener.Bind(new UnixDomainSocketEndPoint(socketPath));
        listener.Listen(64);
        new Thread(Accept) { IsBackground = true, Name = "engines" }.Start();
    }

    public int ProcessCount
    {
        get
        {
            lock (gate)
            {
                return all.Count;
            }
        }
    }

    public Task WarmUp()
    {
        lock (gate)
        {
            Fill();
            return Task.WhenAll(free.Select(p => p.Ready));
        }
    }

    void Fill()
    {
        free.RemoveAll(p => p.Dead);
        while (!disposed && free.Count < options.Warm)
        {
            free.Add(Start());
        }
    }

    EngineProcess Start()
    {
        var process = new EngineProcess(socketPath, ++lastProcess);
        all.Add(process.Number, process);
        return process;
    }

    void Accept()
    {
        try
        {
            while (true)
            {
                var accepted = listener.Accept();
                // the first frame says which process this is
                var hello = Frame.Read(new NetworkStream(accepted));
                lock (gate)
                {
                    if (hello is { } frame && all.TryGetValue(frame.Shell, out var process))
                    {
                        process.Attach(accepted);
                    }
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the end
        }
    }

    /// <summary>A process for a new shell, and the shell's number.</summary>
    public async Task<(EngineProcess Process, uint Shell)> Take()
    {
        EngineProcess process;
        uint shell;
        lock (gate)
        {
            free.RemoveAll(p => p.Dead);
            if (free.Count == 0)
            {
                free.Add(Start());
            }
            // the one that has been started first is the warmest
            process = free[0];
            if (++process.ShellsEver >= options.ShellsPerProcess)
            {
                free.RemoveAt(0);
            }
            shell = ++lastShell;
            Fill();
        }
        await process.Ready;
        return (process, shell);
    }

    /// <summary>A process dies with its last shell.</summary>
    public void GiveBack(EngineProcess process, uint shell)
    {
        process.Unregister(shell);
        lock (gate)
        {
            if (process.Shells > 0 || (free.Contains(process) && process.ShellsEver < options.ShellsPerProcess && !process.Dead))
            {
                return;
            }
            free.Remove(process);
        }
        // the engine gets a moment to close what runs
        Task.Delay(300).ContinueWith(_ => End(process));
    }

    void End(EngineProcess process)
    {
        process.Kill();
        lock (gate)
        {
            all.Remove(process.Number);
        }
    }

    public void Dispose()
    {
        List<EngineProcess> left;
        lock (gate)
        {
            disposed = true;
            left = [.. all.Values];
        }
        listener.Dispose();
        foreach (var process in left)
        {
            process.Kill();
        }
    }
}
