// The engine's transport managers, over a channel: what PowerShell's own WSMan plugin gives the engine on Windows.
using System.Management.Automation.Internal;
using System.Management.Automation.Remoting;
using System.Management.Automation.Remoting.Server;

namespace Winch.Endpoint.Engine;

sealed class SessionTransport(int fragmentSize, PSRemotingCryptoHelper crypto, Channel channel)
    : AbstractServerSessionTransportManager(fragmentSize, crypto)
{
    readonly Lock gate = new();
    readonly Dictionary<Guid, CommandTransport> commands = [];

    public event Action<Exception?>? Closed;

    public override void Close(Exception reasonForClose)
    {
        if (!channel.Close())
        {
            return;
        }
        RaiseClosingEvent();
        List<CommandTransport> left;
        lock (gate)
        {
            left = [.. commands.Values];
            commands.Clear();
        }
        foreach (var command in left)
        {
            command.Close(reasonForClose);
        }
        channel.ReportDone(reasonForClose);
        Closed?.Invoke(reasonForClose);
    }

    public override void ReportExecutionStatusAsRunning() => channel.ReportRunning();

    protected override void SendDataToClient(byte[] data, bool flush, bool reportAsPending, bool reportAsDataBoundary)
        => channel.Send(data, Transport.Flags(flush, reportAsPending, reportAsDataBoundary));

    public override void Prepare()
    {
        base.Prepare();
        channel.Release();
    }

    public override AbstractServerTransportManager GetCommandTransportManager(Guid powerShellCmdId)
    {
        lock (gate)
        {
            return commands[powerShellCmdId];
        }
    }

    public override void RemoveCommandTransportManager(Guid powerShellCmdId)
    {
        lock (gate)
        {
            commands.Remove(powerShellCmdId);
        }
    }

    public void Add(Guid pipeline, CommandTransport command)
    {
        lock (gate)
        {
            commands.TryAdd(pipeline, command);
        }
    }
}

sealed class CommandTransport : AbstractServerTransportManager
{
    readonly SessionTransport session;
    readonly Channel channel;

    public CommandTransport(SessionTransport session, Channel channel)
        : base(session.Fragmentor.FragmentSize, session.CryptoHelper)
    {
        this.session = session;
        this.channel = channel;
        TypeTable = session.TypeTable;
        PowerShellGuidObserver += OnPipelineId;
        MigrateDataReadyEventHandlers(session);
    }

    public event Action? Closed;

    /// <summary>The pipeline's id is known with its first message; it need not be the CommandId.</summary>
    void OnPipelineId(object? sender, EventArgs args)
    {
        PowerShellGuidObserver -= OnPipelineId;
        session.Add((Guid)sender!, this);
    }

    public override void Close(Exception? reasonForClose)
    {
        if (!channel.Close())
        {
            return;
        }
        RaiseClosingEvent();
        channel.ReportDone(reasonForClose);
        Closed?.Invoke();
    }

    /// <summary>Stopping lets the pipeline's last messages through, if anybody asked for them.</summary>
    public void Stop()
    {
        if (channel.Asked)
        {
            RaiseClosingEvent();
        }
        else
        {
            Close(null);
        }
    }

    public override void ReportExecutionStatusAsRunning() => channel.ReportRunning();

    protected override void SendDataToClient(byte[] data, bool flush, bool reportAsPending, bool reportAsDataBoundary)
        => channel.Send(data, Transport.Flags(flush, reportAsPending, reportAsDataBoundary));

    public override void Prepare()
    {
        base.Prepare();
        channel.Release();
    }
}

static class Transport
{
    public static DataFlags Flags(bool flush, bool pending, bool boundary)
        => (flush ? DataFlags.Flush : 0) | (pending ? DataFlags.Pending : 0) | (boundary ? DataFlags.Boundary : 0);
}
