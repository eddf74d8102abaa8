// What came in: for GET /log and the counters of GET /state.
using System.Text.Json.Nodes;

namespace Winch.Endpoint.Control;

sealed class Entry
{
    public long Connection { get; init; }
    public string Op { get; set; } = "";
    public bool Sealed { get; set; }
    public bool Tls { get; init; }
    public string Auth { get; set; } = "";
    public string? Owner { get; set; }
    public string? MessageId { get; set; }
    public string? ShellId { get; set; }
    public string? CommandId { get; set; }
    public string? IdleTimeOut { get; set; }
    public string? SessionId { get; set; }
    public string? OperationTimeout { get; set; }
    public int? MaxEnvelopeSize { get; set; }
    public string? Fault { get; set; }

    /// <summary>Of CredSSP: how far the handshake is, whose password came, whether a logon with it succeeds.</summary>
    public string? Stage { get; set; }
    public string? Delegated { get; set; }
    public string? SecondHop { get; set; }
    public int Status { get; set; }
    public long RequestBytes { get; set; }
    public long ReplyBytes { get; set; }
    public double Ms { get; set; }
    public DateTime At { get; } = DateTime.UtcNow;

    public JsonObject ToJson() => new()
    {
        ["at"] = At.ToString("O"), ["connection"] = Connection, ["op"] = Op, ["sealed"] = Sealed, ["tls"] = Tls, ["auth"] = Auth, ["owner"] = Owner,
        ["messageId"] = MessageId, ["shellId"] = ShellId, ["commandId"] = CommandId, ["idleTimeOut"] = IdleTimeOut, ["sessionId"] = SessionId,
        ["operationTimeout"] = OperationTimeout, ["maxEnvelopeSize"] = MaxEnvelopeSize, ["fault"] = Fault, ["status"] = Status,
        ["stage"] = Stage, ["delegated"] = Delegated, ["secondHop"] = SecondHop,
        ["requestBytes"] = RequestBytes, ["replyBytes"] = ReplyBytes, ["ms"] = Math.Round(Ms, 1),
    };
}

sealed class Journal
{
    const int Most = 20_000;
    readonly Lock gate = new();
    readonly Queue<Entry> entries = new();
    readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);
    long bytesIn;
    long bytesOut;
    long connectionsEver;
    int connectionsOpen;

    public long ConnectionOpened()
    {
        Interlocked.Increment(ref connectionsOpen);
        return Interlocked.Increment(ref connectionsEver);
    }

    public void ConnectionClosed() => Interlocked.Decrement(ref connectionsOpen);

    /// <summary>Written when the request has been read, so that one that gets no answer is there too.</summary>
    public void Add(Entry entry)
    {
        lock (gate)
        {
            entries.Enqueue(entry);
            if (entries.Count > Most)
            {
                entries.Dequeue();
            }
            counts[entry.Op] = counts.GetValueOrDefault(entry.Op) + 1;
            bytesIn += entry.RequestBytes;
        }
    }

    public void Answered(Entry entry, int status, long bytes, TimeSpan took)
    {
        lock (gate)
        {
            entry.Status = status;
            entry.ReplyBytes = bytes;
            entry.Ms = took.TotalMilliseconds;
            bytesOut += bytes;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            entries.Clear();
            counts.Clear();
            bytesIn = bytesOut = 0;
        }
    }

    public JsonArray Log()
    {
        lock (gate)
        {
            return new JsonArray([.. entries.Select(e => (JsonNode)e.ToJson())]);
        }
    }

    public void WriteState(JsonObject state)
    {
        lock (gate)
        {
            var ops = new JsonObject();
            foreach (var (op, count) in counts)
            {
                ops[op] = count;
            }
            state["requests"] = ops;
            state["bytesIn"] = bytesIn;
            state["bytesOut"] = bytesOut;
            state["connectionsOpen"] = connectionsOpen;
            state["connectionsEver"] = connectionsEver;
        }
    }
}
