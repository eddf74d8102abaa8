// What every shell has, whatever runs in it.
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Shells;

enum ShellState { Connected, Disconnected }

sealed class Command(string id, string line, OutputChannel output)
{
    public string Id => id;
    public string Line => line;
    public OutputChannel Output => output;

    /// <summary>The input stream has had its end (cmd), or nothing may be sent any more.</summary>
    public bool InputEnded { get; set; }

    /// <summary>False from Disconnect until this command is reconnected or connected.</summary>
    public bool Attached { get; set; } = true;

    /// <summary>What runs, for the kind of shell that started it.</summary>
    public object? Job { get; set; }
}

abstract class Shell(string id, string resourceUri, string owner, string clientIp, ShellRequest request)
{
    readonly Lock gate = new();
    readonly Dictionary<string, Command> commands = new(StringComparer.OrdinalIgnoreCase);
    long lastUse = Environment.TickCount64;
    int busy;

    public string Id => id;
    public string ResourceUri => resourceUri;
    public string Owner => owner;
    public string ClientIp => clientIp;
    public ShellRequest Request => request;
    public TimeSpan IdleTimeout { get; set; } = request.IdleTimeout;
    public ShellState State { get; set; }
    public string? SessionId { get; set; } = request.SessionId;
    public string BufferMode { get; set; } = "Block";
    public abstract int ProcessId { get; }
    public abstract OutputChannel Output { get; }

    public abstract Task<string> RunCommand(string? proposedId, string line, IReadOnlyList<string> arguments, OptionSet options);
    public abstract Task Send(Command? command, string stream, byte[] data, bool end);
    public abstract Task Signal(Command command, string code);
    public abstract Task<byte[]?> Connect(byte[]? connectData);
    public abstract void Close();

    public virtual bool CanDisconnect => false;

    /// <summary>A Receive asked for this output: what waited for that may go on.</summary>
    public virtual void Asked(Command? command)
    {
    }

    public List<Command> Commands
    {
        get
        {
            lock (gate)
            {
                return [.. commands.Values];
            }
        }
    }

    public Command Find(string commandId)
    {
        lock (gate)
        {
            return commands.TryGetValue(commandId, out var command) ? command : throw Fault.NoCommand().Thrown();
        }
    }

    protected void Add(Command command, int limit)
    {
        lock (gate)
        {
            if (commands.ContainsKey(command.Id))
            {
                throw Fault.CommandIdTaken().Thrown();
            }
            if (commands.Count >= limit)
            {
                throw Fault.QuotaCommands().Thrown();
            }
            commands.Add(command.Id, command);
        }
    }

    protected void Remove(Command command)
    {
        lock (gate)
        {
            commands.Remove(command.Id);
        }
    }

    /// <summary>Idle is a shell that no request is on and none has been for the idle time.</summary>
    public bool IsIdle
    {
        get
        {
            lock (gate)
            {
                return busy == 0 && Environment.TickCount64 - lastUse > IdleTimeout.TotalMilliseconds;
            }
        }
    }

    /// <summary>Waits until no request is on the shell any more, but not for ever.</summary>
    public async Task Quiet(TimeSpan longest)
    {
        var until = DateTime.UtcNow + longest;
        while (Busy > 0 && DateTime.UtcNow < until)
        {
            await Task.Delay(5);
        }
    }

    int Busy
    {
        get
        {
            lock (gate)
            {
                return busy;
            }
        }
    }

    public TimeSpan Inactivity => TimeSpan.FromMilliseconds(Environment.TickCount64 - Interlocked.Read(ref lastUse));

    public void Enter()
    {
        lock (gate)
        {
            busy++;
            lastUse = Environment.TickCount64;
        }
    }

    public void Leave()
    {
        lock (gate)
        {
            busy--;
            lastUse = Environment.TickCount64;
        }
    }
}

/// <summary>What Create asked for.</summary>
sealed record ShellRequest(
    string? ProposedId, string InputStreams, string OutputStreams, TimeSpan IdleTimeout, string? Name, string? SessionId,
    string Locale, string DataLocale, string? WorkingDirectory, IReadOnlyDictionary<string, string> Environment,
    OptionSet Options, byte[] CreationXml, string BufferMode);
