// An engine process: connects to the server that started it, warms the engine up, and runs shells until the line ends.
using System.Management.Automation;
using System.Management.Automation.Runspaces;
using System.Net.Sockets;
using System.Text;

namespace Winch.Endpoint.Engine;

static class EngineMain
{
    public static int Run(string socketPath, uint process)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        var stream = new NetworkStream(socket);
        var writer = new FrameWriter(stream);
        // The server learns who this is first, so that a process that dies while it warms up is missed.
        writer.Write(Frame.To(FrameKind.Running, process, Guid.Empty, (uint)Environment.ProcessId));
        WarmUp();
        writer.Write(Frame.To(FrameKind.Ready, process, Guid.Empty, (uint)Environment.ProcessId));
        Serve(new BufferedStream(stream, 65536), writer);
        // Nothing may hold the process up: pipelines may still run on threads of their own.
        Environment.Exit(0);
        return 0;
    }

    static void Serve(Stream input, FrameWriter writer)
    {
        var shells = new Dictionary<uint, EngineShell>();
        try
        {
            while (Frame.Read(input) is { } frame)
            {
                if (frame.Kind == FrameKind.Create)
                {
                    Create(shells, writer, frame);
                }
                else if (shells.TryGetValue(frame.Shell, out var shell))
                {
                    shell.Handle(frame);
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // the server is gone
        }
    }

    static void Create(Dictionary<uint, EngineShell> shells, FrameWriter writer, Frame frame)
    {
        try
        {
            var start = EngineShell.Parse(frame.Payload);
            var shell = new EngineShell(writer, frame.Shell, start);
            shells[frame.Shell] = shell;
            shell.Start(frame.Number, start.CreationXml);
        }
        catch (Exception e)
        {
            writer.Write(Frame.To(FrameKind.Refused, frame.Shell, Guid.Empty, frame.Number, Encoding.UTF8.GetBytes(e.Message)));
        }
    }

    /// <summary>The first runspace of a process costs about a second: it is spent before a client waits for it.</summary>
    static void WarmUp()
    {
        using var runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
        runspace.Open();
        for (int i = 0; i < 2; i++)
        {
            using var shell = PowerShell.Create();
            shell.Runspace = runspace;
            shell.AddScript("1 | ForEach-Object { $_ }; Get-Variable PSVersionTable | Out-Null").Invoke();
        }
    }
}
