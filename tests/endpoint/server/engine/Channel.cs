// One direction of bytes out of the engine: the pool's, or one command's.
// It blocks the engine until the client has asked and has taken what was sent before, as WinRM does.
namespace Winch.Endpoint.Engine;

sealed class Channel(FrameWriter writer, uint shell, Guid command)
{
    readonly Lock turn = new();
    readonly object gate = new();
    long credit;
    bool asked;
    bool closed;
    Task tail = Task.CompletedTask;
    TaskCompletionSource? current;

    public Guid Command => command;

    public bool Asked { get { lock (gate) { return asked; } } }

    public void AddCredit(uint bytes)
    {
        lock (gate)
        {
            asked = true;
            credit += bytes;
            Monitor.PulseAll(gate);
        }
    }

    public void Send(byte[] data, DataFlags flags)
    {
        lock (gate)
        {
            while (!closed && credit <= 0)
            {
                Monitor.Wait(gate);
            }
            if (closed)
            {
                return;
            }
            credit -= data.Length;
            writer.Write(Frame.To(FrameKind.Data, shell, command, 0, data, (byte)flags));
        }
    }

    public void ReportRunning()
    {
        lock (gate)
        {
            if (!closed)
            {
                writer.Write(Frame.To(FrameKind.Running, shell, command));
            }
        }
    }

    /// <summary>True for the one caller that closed it.</summary>
    public bool Close()
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }
            closed = true;
            Monitor.PulseAll(gate);
            return true;
        }
    }

    public void ReportDone(Exception? reason)
        => writer.Write(Frame.To(FrameKind.Done, shell, command, 0, reason == null ? [] : Text(reason)));

    /// <summary>
    /// Runs the requests of one channel in the order in which they came, each on its own thread: the engine may keep
    /// the thread that brings data to run a pipeline on it, and says so by calling Release.
    /// </summary>
    public void Enqueue(uint number, Action work)
    {
        var mine = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Task before;
        lock (turn)
        {
            before = tail;
            tail = mine.Task;
        }
        new Thread(() =>
        {
            before.Wait();
            mine.Task.ContinueWith(
                _ => writer.Write(Frame.To(FrameKind.Accepted, shell, command, number)),
                TaskContinuationOptions.ExecuteSynchronously);
            current = mine;
            work();
            mine.TrySetResult();
        })
        { IsBackground = true, Name = "request" }.Start();
    }

    public void Release() => current?.TrySetResult();

    static byte[] Text(Exception e) => System.Text.Encoding.UTF8.GetBytes(e.Message);
}
