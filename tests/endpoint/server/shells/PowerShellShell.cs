// A shell whose other end is the engine.
using System.Collections.Concurrent;
using System.Text.Json;
using Winch.Endpoint.Engine;
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Shells;

sealed class PowerShellShell : Shell
{
    // What the engine may send ahead of the client's Receives. WinRM's own number is not known.
    const uint Window = 1 << 20;

    readonly EnginePool pool;
    readonly EngineProcess process;
    readonly uint number;
    readonly Options options;
    readonly OutputChannel output;
    readonly Random? cuts;
    readonly Lock gate = new();
    readonly HashSet<string> asked = [];
    readonly ConcurrentDictionary<Guid, Command> byId = new();
    bool closed;

    public PowerShellShell(string id, string resourceUri, string owner, string clientIp, ShellRequest request, Options options,
        EnginePool pool, EngineProcess process, uint number)
        : base(id, resourceUri, owner, clientIp, request)
    {
        this.pool = pool;
        this.process = process;
        this.number = number;
        this.options = options;
        cuts = options.Seed == 0 ? null : new Random(options.Seed + (int)number);
        output = NewOutput(Guid.Empty);
        BufferMode = request.BufferMode;
        process.Register(number, OnFrame);
    }

    public override int ProcessId => process.Id;
    public override OutputChannel Output => output;
    public override bool CanDisconnect => options.Protocol != "2.1";
    public event Action? Ended;

    /// <summary>Hands the first messages over. The runspace opens after Create has been answered.</summary>
    public void Start(string mechanism, string url, Configurations configurations)
    {
        string name = ResourceUri[Names.PowerShellPrefix.Length..];
        var start = new ShellStart(Owner, mechanism, ResourceUri, url, configurations.InitParameters(name),
            configurations.ConfigurationFile(name), cuts?.Next(200, 32769) ?? 32768, Older(Request.CreationXml));
        var answer = process.Ask(FrameKind.Create, number, Guid.Empty, JsonSerializer.SerializeToUtf8Bytes(start));
        answer.ContinueWith(t => output.Finish(0, (t.Exception?.InnerException as FaultException)?.Fault ?? Fault.Aborted()),
            TaskContinuationOptions.OnlyOnFaulted);
    }

    /// <summary>
    /// To look older than it is, the engine is told that the client is: it repeats a client's version, and then behaves
    /// as one of that version would. The text has the same length, so nothing else changes.
    /// </summary>
    byte[] Older(byte[] data)
    {
        int at = data.AsSpan().IndexOf("N=\"protocolversion\">2."u8);
        if (options.Protocol == null || at < 0)
        {
            return data;
        }
        var older = (byte[])data.Clone();
        int digit = at + "N=\"protocolversion\">2.".Length;
        older[digit] = Math.Min(older[digit], (byte)options.Protocol[^1]);
        return older;
    }

    OutputChannel NewOutput(Guid command) => new(bytes => process.Tell(FrameKind.Credit, number, command, (uint)bytes));

    void OnFrame(Frame frame)
    {
        var target = frame.Command == Guid.Empty ? output : Channel(frame.Command);
        switch (frame.Kind)
        {
            case FrameKind.Data when target != null:
                Deliver(target, frame);
                break;
            case FrameKind.Running:
                target?.Running();
                break;
            case FrameKind.Done when frame.Command == Guid.Empty:
                EndAll(frame);
                break;
            case FrameKind.Done:
                target?.Finish(0, Reason(frame));
                break;
        }
    }

    void Deliver(OutputChannel target, Frame frame)
    {
        var flags = (DataFlags)frame.Flags;
        var data = frame.Payload;
        bool pending = flags.HasFlag(DataFlags.Pending);
        // With a seed, pieces do not end where fragments end.
        if (cuts != null && data.Length > 1 && cuts.Next(4) == 0)
        {
            int at = cuts.Next(1, data.Length);
            target.Add("stdout", data[..at], cuts.Next(2) == 0, pending);
            data = data[at..];
        }
        target.Add("stdout", data, flags.HasFlag(DataFlags.Flush), pending);
    }

    static Fault? Reason(Frame frame) => frame.Payload.Length == 0 ? null
        : Fault.Plugin(PluginCode.ManagedException, System.Text.Encoding.UTF8.GetString(frame.Payload));

    void EndAll(Frame frame)
    {
        // Number 1: the process is gone, not only the session
        var reason = frame.Number == 1 ? Fault.Aborted() : Reason(frame);
        foreach (var command in Commands)
        {
            command.Output.Finish(0, reason ?? Fault.Aborted());
        }
        output.Finish(0, reason ?? Fault.Aborted());
        Ended?.Invoke();
    }

    OutputChannel? Channel(Guid command) => byId.TryGetValue(command, out var found) ? found.Output : null;

    public override void Asked(Command? command)
    {
        lock (gate)
        {
            if (!asked.Add(command?.Id ?? ""))
            {
                return;
            }
        }
        process.Tell(FrameKind.Credit, number, command?.Job is Guid id ? id : Guid.Empty, Window);
    }

    public override async Task<string> RunCommand(string? proposedId, string line, IReadOnlyList<string> arguments, OptionSet optionSet)
    {
        byte[] data;
        if (arguments.Count != 1)
        {
            throw Fault.Plugin(PluginCode.InvalidArgSet, "The Command request has a wrong number of arguments.").Thrown();
        }
        try
        {
            data = Convert.FromBase64String(arguments[0]);
        }
        catch (FormatException e)
        {
            throw Fault.Plugin(PluginCode.ManagedException, e.Message).Thrown();
        }
        var id = Guid.TryParse(proposedId, out var proposed) && options.Protocol != "2.1" ? proposed : Guid.NewGuid();
        var command = new Command(id.ToString().ToUpperInvariant(), line, NewOutput(id)) { Job = id };
        Add(command, options.MaxCommandsPerShell);
        byId[id] = command;
        await process.Ask(FrameKind.Command, number, id, data);
        if (command.Output.Failure is { } failure)
        {
            Remove(command);
            byId.TryRemove(id, out _);
            throw failure.Thrown();
        }
        return command.Id;
    }

    public override async Task Send(Command? command, string stream, byte[] data, bool end)
    {
        if (stream is not ("stdin" or "pr"))
        {
            throw Fault.Plugin(PluginCode.InvalidInputStream, "The input streams are stdin and pr.").Thrown();
        }
        if (command is { Output.Done: true })
        {
            throw Fault.NoCommand().Thrown();
        }
        if (data.Length > 0)
        {
            await process.Ask(FrameKind.Send, number, command?.Job is Guid id ? id : Guid.Empty, data, stream == "pr" ? (byte)1 : (byte)0);
        }
    }

    public override Task Signal(Command command, string code)
    {
        var id = (Guid)command.Job!;
        if (code == Names.PowerShellStop)
        {
            process.Tell(FrameKind.Stop, number, id);
            return Task.CompletedTask;
        }
        // every other code closes the command: its last words are lost
        process.Tell(FrameKind.CloseCommand, number, id);
        command.Output.Finish(0, null);
        Remove(command);
        byId.TryRemove(id, out _);
        lock (gate)
        {
            asked.Remove(command.Id);
        }
        return Task.CompletedTask;
    }

    public override async Task<byte[]?> Connect(byte[]? connectData)
    {
        if (connectData == null)
        {
            throw Fault.Plugin(PluginCode.ConnectNoNegotiationData, "Connect has no negotiation data.").Thrown();
        }
        try
        {
            return await process.Ask(FrameKind.Connect, number, Guid.Empty, Older(connectData));
        }
        catch (FaultException e) when (e.Fault.Code == PluginCode.ManagedException)
        {
            throw Fault.Plugin(PluginCode.ConnectOperationFailed, e.Fault.Message).Thrown();
        }
    }

    public override void Close()
    {
        lock (gate)
        {
            if (closed)
            {
                return;
            }
            closed = true;
        }
        process.Tell(FrameKind.CloseShell, number, Guid.Empty);
        EndAll(Frame.To(FrameKind.Done, number, Guid.Empty));
        pool.GiveBack(process, number);
    }
}
