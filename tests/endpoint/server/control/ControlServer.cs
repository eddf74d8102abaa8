// The control port: plain HTTP and JSON, for the tests only.
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Winch.Endpoint.Auth;
using Winch.Endpoint.Http;
using Winch.Endpoint.Shells;

namespace Winch.Endpoint.Control;

sealed class ControlServer(FaultPlan plan, Journal journal, ShellTable shells, EnginePool engines, CredSsp? credSsp)
{
    public async Task Serve(Socket socket)
    {
        using var stream = new NetworkStream(socket, ownsSocket: true);
        var reader = new HttpReader(stream);
        try
        {
            while (await reader.Read(TimeSpan.FromMinutes(10), 1 << 20) is { } request)
            {
                var (status, body) = Answer(request);
                var reply = new HttpReply(status, Encoding.UTF8.GetBytes(body.ToJsonString() + "\n"), "application/json");
                await stream.WriteAsync(reply.Bytes());
            }
        }
        catch (Exception e) when (e is IOException or HttpException)
        {
            // the tester went away
        }
    }

    (int Status, JsonNode Body) Answer(HttpRequest request)
    {
        switch (request.Method + " " + request.Path)
        {
            case "POST /fault":
                return Arm(request.Body);
            case "POST /reset":
                plan.Clear();
                journal.Clear();
                credSsp?.Clear();
                return (200, new JsonObject { ["ok"] = true });
            case "POST /close-shells":
                foreach (var shell in shells.All)
                {
                    shells.Close(shell);
                }
                return (200, new JsonObject { ["ok"] = true });
            case "GET /state":
                return (200, State());
            case "GET /log":
                return (200, journal.Log());
            default:
                return (404, new JsonObject { ["error"] = "POST /fault, POST /reset, POST /close-shells, GET /state, GET /log" });
        }
    }

    (int Status, JsonNode Body) Arm(byte[] json)
    {
        try
        {
            plan.Arm(ArmedFault.Parse(json));
            return (200, new JsonObject { ["ok"] = true, ["armed"] = plan.Armed.Count });
        }
        catch (JsonException e)
        {
            return (400, new JsonObject { ["error"] = e.Message });
        }
    }

    JsonObject State()
    {
        var list = new JsonArray();
        foreach (var shell in shells.All)
        {
            list.Add(new JsonObject
            {
                ["id"] = shell.Id, ["resourceUri"] = shell.ResourceUri, ["owner"] = shell.Owner, ["state"] = shell.State.ToString(),
                ["idleTimeOut"] = shell.IdleTimeout.TotalSeconds, ["inactivity"] = Math.Round(shell.Inactivity.TotalSeconds, 1),
                ["processId"] = shell.ProcessId, ["queued"] = shell.Output.Queued, ["receiving"] = shell.Output.Receiving,
                ["commands"] = new JsonArray([.. shell.Commands.Select(c => (JsonNode)new JsonObject
                {
                    ["id"] = c.Id, ["line"] = c.Line, ["done"] = c.Output.Done, ["queued"] = c.Output.Queued, ["receiving"] = c.Output.Receiving,
                })]),
            });
        }
        var state = new JsonObject { ["shells"] = list, ["processes"] = engines.ProcessCount, ["faultsArmed"] = plan.Armed.Count };
        journal.WriteState(state);
        if (credSsp != null)
        {
            state["credssp"] = credSsp.State();
        }
        return state;
    }
}
