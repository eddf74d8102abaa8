// The server's end of one engine process.
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Winch.Endpoint.Engine;
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Shells;

sealed class EngineProcess
{
    readonly Process process;
    readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Lock gate = new();
    readonly Dictionary<uint, Action<Frame>> shells = [];
    readonly Dictionary<uint, TaskCompletionSource<byte[]>> requests = [];
    Socket? socket;
    FrameWriter? writer;
    uint lastRequest;
    bool dead;

    public EngineProcess(string socketPath, uint number)
    {
        Number = number;
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { typeof(EngineProcess).Assembly.Location, "--engine", socketPath, number.ToString() },
        };
        // An engine is killed at the end: what it keeps in the folder for temporary files goes with the endpoint's.
        start.Environment["TMPDIR"] = Path.GetDirectoryName(socketPath);
        process = Process.Start(start)!;
        process.StandardInput.Close();
        // What a script writes to the console itself goes nowhere, as in wsmprovhost.
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
    }

    public uint Number { get; }
    public int Id => process.Id;
    public int ShellsEver { get; set; }
    public bool Dead => dead;
    public Task Ready => ready.Task;

    public int Shells
    {
        get
        {
            lock (gate)
            {
                return shells.Count;
            }
        }
    }

    public void Attach(Socket accepted)
    {
        socket = accepted;
        var stream = new NetworkStream(accepted);
        writer = new FrameWriter(stream);
        new Thread(() => Run(new BufferedStream(stream, 65536))) { IsBackground = true, Name = "engine " + Number }.Start();
    }

    void Run(Stream input)
    {
        try
        {
            while (Frame.Read(input) is { } frame)
            {
                Dispatch(frame);
            }
        }
        catch (IOException)
        {
            // ends as if the process had
        }
        Died();
    }

    void Dispatch(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Ready:
                ready.TrySetResult();
                return;
            case FrameKind.Accepted:
                Pending(frame.Number)?.TrySetResult(frame.Payload);
                return;
            case FrameKind.Refused:
                Pending(frame.Number)?.TrySetException(
                    Fault.Plugin(PluginCode.ManagedException, Encoding.UTF8.GetString(frame.Payload)).Thrown());
                return;
        }
        Action<Frame>? shell;
        lock (gate)
        {
            shells.TryGetValue(frame.Shell, out shell);
        }
        shell?.Invoke(frame);
    }

    TaskCompletionSource<byte[]>? Pending(uint number)
    {
        lock (gate)
        {
            return requests.Remove(number, out var found) ? found : null;
        }
    }

    void Died()
    {
        List<Action<Frame>> left;
        List<TaskCompletionSource<byte[]>> waiting;
        lock (gate)
        {
            dead = true;
            left = [.. shells.Values];
            waiting = [.. requests.Values];
            requests.Clear();
        }
        ready.TrySetException(new IOException("the engine process ended before it was ready"));
        _ = ready.Task.Exception;
        foreach (var request in waiting)
        {
            request.TrySetException(Fault.Aborted().Thrown());
        }
        foreach (var shell in left)
        {
            shell(Frame.To(FrameKind.Done, 0, Guid.Empty, 1));
        }
    }

    public void Register(uint shell, Action<Frame> onFrame)
    {
        lock (gate)
        {
            shells[shell] = onFrame;
        }
    }

    public void Unregister(uint shell)
    {
        lock (gate)
        {
            shells.Remove(shell);
        }
    }

    public void Tell(FrameKind kind, uint shell, Guid command, uint number = 0) => writer?.Write(Frame.To(kind, shell, command, number));

    public Task<byte[]> Ask(FrameKind kind, uint shell, Guid command, byte[] payload, byte flags = 0)
    {
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        uint number;
        lock (gate)
        {
            if (dead)
            {
                throw Fault.Aborted().Thrown();
            }
            number = ++lastRequest;
            requests[number] = answer;
        }
        writer!.Write(Frame.To(kind, shell, command, number, payload, flags));
        return answer.Task;
    }

    public void Kill()
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // it has ended by itself
        }
        socket?.Dispose();
    }
}
