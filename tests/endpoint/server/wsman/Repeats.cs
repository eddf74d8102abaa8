// Only a Receive may be sent twice: the answer to its MessageID is kept, and given again to who asks again with the same one.
// While the first is still being worked on, the second gets fault 1359 (as PSWSMan's receive pump found with Windows).
// Any other operation with a MessageID that was used is refused: this is how a test sees that a client repeated a script.
namespace Winch.Endpoint.Wsman;

sealed class Repeats
{
    const int Kept = 256;
    readonly Lock gate = new();
    readonly Dictionary<string, Task<Reply>> receives = [];
    readonly Queue<string> order = new();
    readonly HashSet<string> seen = [];
    readonly Queue<string> seenOrder = new();

    public Task<Reply> Once(Request request, Caller caller, Func<Task<Reply>> work)
    {
        string key = caller.Owner + "|" + request.MessageId;
        TaskCompletionSource<Reply> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
        {
            if (request.Operation == "Receive" && receives.TryGetValue(key, out var before))
            {
                return before.IsCompletedSuccessfully ? before : throw Fault.StillRunning().Thrown();
            }
            if (!seen.Add(key))
            {
                throw Fault.StillRunning().Thrown();
            }
            Remember(seenOrder, key, 100_000, old => seen.Remove(old));
            if (request.Operation != "Receive")
            {
                return work();
            }
            receives.Add(key, answer.Task);
            Remember(order, key, Kept, old => receives.Remove(old));
        }
        _ = Run(key, answer, request, work);
        return answer.Task;
    }

    async Task Run(string key, TaskCompletionSource<Reply> answer, Request request, Func<Task<Reply>> work)
    {
        try
        {
            answer.SetResult(await work());
        }
        catch (FaultException e)
        {
            answer.SetResult(Reply.Of(e.Fault, request.MessageId));
        }
        catch (Exception e)
        {
            lock (gate)
            {
                receives.Remove(key);
            }
            answer.SetException(e);
        }
    }

    static void Remember(Queue<string> order, string key, int most, Action<string> forget)
    {
        order.Enqueue(key);
        if (order.Count > most)
        {
            forget(order.Dequeue());
        }
    }
}
