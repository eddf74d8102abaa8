// Faults on demand: which operation, the how-manieth, and what happens to it.
using System.Text.Json;
using System.Text.Json.Serialization;
using Winch.Endpoint.Auth;

namespace Winch.Endpoint.Control;

/// <summary>As it comes with POST /fault.</summary>
sealed record ArmedFault
{
    static readonly string[] Actions =
        ["drop-before", "drop-after", "delay", "delay-after", "truncate", "garbage", "401", "drip", "unsealed", "bad-seal", "status", "fault",
        .. CredSspMischief.Kinds];

    [JsonPropertyName("op")] public string Op { get; init; } = "*";
    [JsonPropertyName("nth")] public int Nth { get; init; } = 1;
    [JsonPropertyName("times")] public int Times { get; init; } = 1;
    [JsonPropertyName("do")] public string Do { get; init; } = "";
    [JsonPropertyName("ms")] public int Ms { get; init; } = 100;
    [JsonPropertyName("status")] public int Status { get; init; } = 500;
    [JsonPropertyName("body")] public string? Body { get; init; }
    [JsonPropertyName("code")] public uint Code { get; init; } = 2150858793;
    [JsonPropertyName("value")] public uint? Value { get; init; }
    [JsonPropertyName("keep")] public bool Keep { get; init; }
    [JsonIgnore] public int Seen { get; set; }

    public static ArmedFault Parse(byte[] json)
    {
        var fault = JsonSerializer.Deserialize<ArmedFault>(json) ?? throw new JsonException("null");
        return Actions.Contains(fault.Do) ? fault : throw new JsonException($"do: one of {string.Join(", ", Actions)}");
    }
}

sealed class FaultPlan
{
    readonly Lock gate = new();
    readonly List<ArmedFault> armed = [];

    public void Arm(ArmedFault fault)
    {
        lock (gate)
        {
            armed.Add(fault);
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            armed.Clear();
        }
    }

    public List<ArmedFault> Armed
    {
        get
        {
            lock (gate)
            {
                return [.. armed];
            }
        }
    }

    /// <summary>What is to happen to this request; every fault that waits for such a one counts it.</summary>
    public ArmedFault? Next(string op)
    {
        lock (gate)
        {
            ArmedFault? hit = null;
            foreach (var fault in armed)
            {
                if (fault.Op == op || (fault.Op == "*" && op is not ("Negotiate" or "CredSSP")))
                {
                    fault.Seen++;
                    hit ??= fault.Seen >= fault.Nth ? fault : null;
                }
            }
            armed.RemoveAll(f => f.Seen >= f.Nth + f.Times - 1);
            return hit;
        }
    }
}
