// Command, Send, Receive, Signal.
using System.Text;
using System.Xml.Linq;
using Winch.Endpoint.Shells;

namespace Winch.Endpoint.Wsman;

sealed class Traffic(Options options, ShellTable shells)
{
    public async Task<Reply> Command(Request request, Caller caller)
    {
        var shell = Find(request, caller);
        var body = request.Body.Element(Names.Rsp + "CommandLine") ?? throw Fault.BadXml("there is no rsp:CommandLine").Thrown();
        string line = body.Element(Names.Rsp + "Command")?.Value ?? throw Fault.BadXml("there is no rsp:Command").Thrown();
        var arguments = body.Elements(Names.Rsp + "Arguments").Select(a => a.Value).ToList();
        foreach (var (name, _, mustComply) in request.Options.All)
        {
            if (mustComply && !name.StartsWith("WINRS_", StringComparison.OrdinalIgnoreCase))
            {
                throw Fault.BadOption(name).Thrown();
            }
        }
        string id = await On(shell, () => shell.RunCommand(body.Attribute("CommandId")?.Value.Trim(), line, arguments, request.Options));
        return Reply.Of(request, $"<rsp:CommandResponse><rsp:CommandId>{id}</rsp:CommandId></rsp:CommandResponse>");
    }

    public async Task<Reply> Send(Request request, Caller caller)
    {
        var shell = Find(request, caller);
        var body = request.Body.Element(Names.Rsp + "Send") ?? throw Fault.BadXml("there is no rsp:Send").Thrown();
        var streams = body.Elements(Names.Rsp + "Stream").ToList();
        if (streams.Count == 0)
        {
            throw Fault.BadXml("there is no rsp:Stream").Thrown();
        }
        foreach (var stream in streams)
        {
            var command = stream.Attribute("CommandId")?.Value is { } id ? Attached(shell.Find(id)) : null;
            string name = stream.Attribute("Name")?.Value ?? throw Fault.BadXml("a Stream has no Name").Thrown();
            bool end = stream.Attribute("End")?.Value is { } text && text.Equals("true", StringComparison.OrdinalIgnoreCase);
            var data = Data(stream);
            await On(shell, async () =>
            {
                await shell.Send(command, name, data, end);
                return "";
            });
        }
        return Reply.Of(request, "<rsp:SendResponse/>");
    }

    static byte[] Data(XElement stream)
    {
        try
        {
            return Convert.FromBase64String(stream.Value);
        }
        catch (FormatException)
        {
            throw Fault.BadXml("a Stream is not base64").Thrown();
        }
    }

    public async Task<Reply> Signal(Request request, Caller caller)
    {
        var shell = Find(request, caller);
        var body = request.Body.Element(Names.Rsp + "Signal") ?? throw Fault.BadXml("there is no rsp:Signal").Thrown();
        string code = body.Element(Names.Rsp + "Code")?.Value.Trim() ?? throw Fault.BadXml("there is no rsp:Code").Thrown();
        if (body.Attribute("CommandId")?.Value is { } id)
        {
            await shell.Signal(shell.Find(id), code);
        }
        return Reply.Of(request, "<rsp:SignalResponse/>");
    }

    public async Task<Reply> Receive(Request request, Caller caller)
    {
        var shell = Find(request, caller);
        var desired = request.Body.Element(Names.Rsp + "Receive")?.Element(Names.Rsp + "DesiredStream")
            ?? throw Fault.BadXml("there is no rsp:DesiredStream").Thrown();
        var command = desired.Attribute("CommandId")?.Value is { } id ? Attached(shell.Find(id)) : null;
        CheckStreams(shell, command, desired.Value);
        shell.Asked(command);
        var timeout = request.OperationTimeout is { } asked && asked < options.OperationTimeoutMax ? asked : options.OperationTimeoutMax;
        int limit = Math.Min(request.MaxEnvelopeSize, options.MaxEnvelopeBytes);
        // the state at the end is less than 300 bytes, and every stream element counts itself
        int room = limit - Reply.Overhead(request) - 300;
        string of = command == null ? "" : $" CommandId=\"{command.Id}\"";
        var output = await On(shell, () => (command?.Output ?? shell.Output).Receive(timeout, room,
            item => (item.Data.Length + 2) / 3 * 4 + of.Length + 60));
        return Reply.Of(request, Write(output, shell, command, of));
    }

    static void CheckStreams(Shell shell, Command? command, string desired)
    {
        if (shell is CmdShell)
        {
            var wanted = desired.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (command == null || wanted.Length == 0 || wanted.Any(w => !shell.Request.OutputStreams.Split(' ').Contains(w)))
            {
                throw Fault.CmdParameter().Thrown();
            }
        }
        else if (desired.Trim() != "stdout")
        {
            throw Fault.Plugin(PluginCode.InvalidOutputStream, "The output stream is stdout.").Thrown();
        }
    }

    static string Write(Output output, Shell shell, Command? command, string of)
    {
        var text = new StringBuilder("<rsp:ReceiveResponse>");
        foreach (var item in output.Items)
        {
            text.Append("<rsp:Stream Name=\"").Append(item.Stream).Append('"').Append(of).Append(item.End ? " End=\"true\">" : ">")
                .Append(Convert.ToBase64String(item.Data)).Append("</rsp:Stream>");
        }
        string? state = output.Done ? "Done" : output.Pending ? "Pending" : shell is CmdShell ? "Running" : null;
        if (command != null && state != null)
        {
            text.Append("<rsp:CommandState").Append(of).Append(" State=\"").Append(Names.Shell).Append("/CommandState/").Append(state).Append("\">");
            if (output.Done)
            {
                text.Append("<rsp:ExitCode>").Append(output.ExitCode).Append("</rsp:ExitCode>");
            }
            text.Append("</rsp:CommandState>");
        }
        return text.Append("</rsp:ReceiveResponse>").ToString();
    }

    static Command Attached(Command command) => command.Attached ? command : throw Fault.Disconnected().Thrown();

    Shell Find(Request request, Caller caller)
    {
        var shell = shells.Find(request.ShellId ?? throw Fault.NoSelector().Thrown(), caller.Owner);
        Lifecycle.CheckSession(shell, request);
        if (!shell.ResourceUri.Equals(request.ResourceUri, StringComparison.OrdinalIgnoreCase))
        {
            throw Fault.NoShell(shell.Id).Thrown();
        }
        return shell.State == ShellState.Connected ? shell : throw Fault.Disconnected().Thrown();
    }

    static async Task<T> On<T>(Shell shell, Func<Task<T>> work)
    {
        shell.Enter();
        try
        {
            return await work();
        }
        finally
        {
            shell.Leave();
        }
    }
}
