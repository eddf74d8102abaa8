// What a shell or a command has to say, until a Receive takes it.
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Shells;

readonly record struct OutputItem(string Stream, byte[] Data, bool End);

/// <summary>What a Receive got. Done: nothing more will come. Pending: a host call waits for its answer.</summary>
sealed record Output(List<OutputItem> Items, bool Done, bool Pending, int ExitCode);

sealed class OutputChannel(Action<int> taken)
{
    static readonly TimeSpan GatherTime = TimeSpan.FromMilliseconds(10);
    readonly Lock gate = new();
    readonly LinkedList<OutputItem> items = [];
    long queued;
    bool flush;
    bool pending;
    bool done;
    int exitCode;
    Fault? failure;
    Fault? interruption;
    TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    bool receiving;
    int wanted;

    public bool Done { get { lock (gate) { return done; } } }

    /// <summary>Why it ended, if it did not end well.</summary>
    public Fault? Failure { get { lock (gate) { return failure; } } }

    public long Queued { get { lock (gate) { return queued; } } }

    /// <summary>A Receive stands here.</summary>
    public bool Receiving { get { lock (gate) { return receiving; } } }

    public void Add(string stream, byte[] data, bool flushNow, bool isPending)
    {
        lock (gate)
        {
            items.AddLast(new OutputItem(stream, data, false));
            queued += data.Length;
            flush |= flushNow;
            pending = isPending;
            // a Receive that gathers is woken when that is over, not for every item
            if (receiving && (flush || items.Count == 1 || queued * 4 / 3 >= wanted))
            {
                Signal();
            }
        }
    }

    public void Running()
    {
        lock (gate)
        {
            pending = false;
        }
    }

    /// <summary>An end of stream, as the cmd plugin reports it.</summary>
    public void End(string stream)
    {
        lock (gate)
        {
            items.AddLast(new OutputItem(stream, [], true));
            Signal();
        }
    }

    public void Finish(int code, Fault? reason)
    {
        lock (gate)
        {
            if (!done)
            {
                done = true;
                exitCode = code;
                failure = reason;
                Signal();
            }
        }
    }

    /// <summary>Ends a Receive that waits now, and none later.</summary>
    public void Interrupt(Fault reason)
    {
        lock (gate)
        {
            if (receiving)
            {
                interruption = reason;
                Signal();
            }
        }
    }

    /// <summary>Waits for output; cost says what an item takes of room, and room is what the reply may hold.</summary>
    public async Task<Output> Receive(TimeSpan timeout, int room, Func<OutputItem, int> cost)
    {
        lock (gate)
        {
            if (receiving)
            {
                throw Fault.ReceiveInProgress().Thrown();
            }
            receiving = true;
            wanted = room;
        }
        try
        {
            await WaitForSomething(timeout, room);
            return Take(room, cost);
        }
        finally
        {
            lock (gate)
            {
                receiving = false;
                interruption = null;
            }
        }
    }

    async Task WaitForSomething(TimeSpan timeout, int room)
    {
        var deadline = DateTime.UtcNow + timeout;
        DateTime? gatherUntil = null;
        while (true)
        {
            Task change;
            lock (gate)
            {
                if (interruption != null)
                {
                    throw interruption.Thrown();
                }
                if (done || (items.Count > 0 && (flush || queued * 4 / 3 >= room)))
                {
                    return;
                }
                if (items.Count > 0)
                {
                    gatherUntil ??= DateTime.UtcNow + GatherTime;
                }
                change = changed.Task;
            }
            var now = DateTime.UtcNow;
            if (gatherUntil <= now)
            {
                return;
            }
            if (deadline <= now)
            {
                throw Fault.TimedOut().Thrown();
            }
            var until = gatherUntil is { } soon && soon < deadline ? soon : deadline;
            await Task.WhenAny(change, Task.Delay(until - now));
        }
    }

    Output Take(int room, Func<OutputItem, int> cost)
    {
        int bytes = 0;
        var list = new List<OutputItem>();
        Output output;
        lock (gate)
        {
            while (items.First is { } first)
            {
                int need = cost(first.Value);
                if (need > room)
                {
                    if (list.Count == 0)
                    {
                        list.Add(Cut(first, room - cost(first.Value with { Data = [] })));
                        bytes += list[0].Data.Length;
                    }
                    break;
                }
                items.RemoveFirst();
                list.Add(first.Value);
                bytes += first.Value.Data.Length;
                room -= need;
            }
            queued -= bytes;
            flush &= items.Count > 0;
            bool last = done && items.Count == 0;
            if (last && failure != null && list.Count == 0)
            {
                throw failure.Thrown();
            }
            output = new Output(list, last && failure == null, pending && items.Count == 0, exitCode);
        }
        if (bytes > 0)
        {
            taken(bytes);
        }
        return output;
    }

    /// <summary>An item that does not fit into any reply of this size is cut; the rest stays first in the queue.</summary>
    static OutputItem Cut(LinkedListNode<OutputItem> node, int room)
    {
        int part = Math.Clamp(room / 4 * 3, 1, node.Value.Data.Length);
        var head = node.Value with { Data = node.Value.Data[..part] };
        node.Value = node.Value with { Data = node.Value.Data[part..] };
        return head;
    }

    void Signal()
    {
        var old = changed;
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
        old.TrySetResult();
    }
}
