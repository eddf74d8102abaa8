// One shell inside an engine process: the engine's server session and its commands.
using System.Management.Automation.Remoting;
using System.Text;
using System.Text.Json;

namespace Winch.Endpoint.Engine;

/// <summary>What the server tells the engine of a new shell.</summary>
sealed record ShellStart(
    string User, string Mechanism, string ResourceUri, string Url, string InitParameters,
    string? ConfigurationFile, int FragmentSize, byte[] CreationXml);

sealed class EngineShell
{
    const string Stdin = "stdin";

    readonly FrameWriter writer;
    readonly uint number;
    readonly Channel channel;
    readonly SessionTransport transport;
    readonly ServerRemoteSession session;
    readonly Lock gate = new();
    readonly Dictionary<Guid, (Channel Channel, CommandTransport Transport)> commands = [];

    public EngineShell(FrameWriter writer, uint number, ShellStart start)
    {
        this.writer = writer;
        this.number = number;
        channel = new Channel(writer, number, Guid.Empty);
        transport = new SessionTransport(start.FragmentSize, new System.Management.Automation.Internal.PSRemotingCryptoHelperServer(), channel);
        transport.WSManTransportErrorOccured += (_, e) => transport.Close(e.Exception);
        var identity = new PSIdentity(start.Mechanism, true, start.User, null);
        session = ServerRemoteSession.CreateServerRemoteSession(
            new PSSenderInfo(new PSPrincipal(identity, null), start.Url),
            start.ResourceUri, start.InitParameters, transport,
            initialCommand: null, configurationName: null, start.ConfigurationFile, initialLocation: null);
        session.Closed += (_, e) => transport.Close(e?.Reason!);
    }

    public static ShellStart Parse(byte[] payload) => JsonSerializer.Deserialize<ShellStart>(payload)!;

    public void Start(uint request, byte[] creationXml)
        => channel.Enqueue(request, () => transport.ProcessRawData(creationXml, Stdin));

    public void Handle(Frame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Command: RunCommand(frame); break;
            case FrameKind.Send: Send(frame); break;
            case FrameKind.Connect: Connect(frame); break;
            case FrameKind.Credit: Find(frame.Command)?.Channel.AddCredit(frame.Number); break;
            case FrameKind.Stop: OnThread(() => Find(frame.Command)?.Transport?.Stop()); break;
            case FrameKind.CloseCommand: OnThread(() => Find(frame.Command)?.Transport?.Close(null)); break;
            case FrameKind.CloseShell: OnThread(() => transport.Close(null!)); break;
        }
    }

    void RunCommand(Frame frame)
    {
        var mine = new Channel(writer, number, frame.Command);
        var command = new CommandTransport(transport, mine);
        session.ApplyQuotaOnCommandTransportManager(command);
        command.WSManTransportErrorOccured += (_, e) => command.Close(e.Exception);
        command.Closed += () => Forget(frame.Command);
        lock (gate)
        {
            commands[frame.Command] = (mine, command);
        }
        mine.Enqueue(frame.Number, () => command.ProcessRawData(frame.Payload, Stdin));
    }

    void Send(Frame frame)
    {
        var target = Find(frame.Command);
        if (target == null)
        {
            writer.Write(Frame.To(FrameKind.Refused, number, frame.Command, frame.Number));
            return;
        }
        string stream = frame.Flags == 1 ? "pr" : Stdin;
        var (to, command) = target.Value;
        if (frame.Flags == 1)
        {
            // a host's answer must get past a thread that waits for it
            OnThread(() =>
            {
                Feed(command, frame.Payload, stream);
                writer.Write(Frame.To(FrameKind.Accepted, number, frame.Command, frame.Number));
            });
            return;
        }
        to.Enqueue(frame.Number, () => Feed(command, frame.Payload, stream));
    }

    void Feed(CommandTransport? command, byte[] data, string stream)
    {
        if (command != null)
        {
            command.ProcessRawData(data, stream);
        }
        else
        {
            transport.ProcessRawData(data, stream);
        }
    }

    void Connect(Frame frame) => OnThread(() =>
    {
        try
        {
            session.ExecuteConnect(frame.Payload, out var reply);
            writer.Write(Frame.To(FrameKind.Accepted, number, frame.Command, frame.Number, reply));
        }
        catch (Exception e)
        {
            writer.Write(Frame.To(FrameKind.Refused, number, frame.Command, frame.Number, Encoding.UTF8.GetBytes(e.Message)));
        }
    });

    (Channel Channel, CommandTransport? Transport)? Find(Guid command)
    {
        if (command == Guid.Empty)
        {
            return (channel, null);
        }
        lock (gate)
        {
            return commands.TryGetValue(command, out var found) ? found : null;
        }
    }

    void Forget(Guid command)
    {
        lock (gate)
        {
            commands.Remove(command);
        }
    }

    static void OnThread(Action work) => new Thread(() => work()) { IsBackground = true, Name = "request" }.Start();
}
