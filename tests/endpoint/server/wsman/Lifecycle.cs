// Create, Delete, Disconnect, Reconnect, Connect.
using System.Xml.Linq;
using Winch.Endpoint.Shells;

namespace Winch.Endpoint.Wsman;

sealed class Lifecycle(Options options, ShellTable shells, EnginePool engines, Configurations configurations)
{
    public async Task<Reply> Create(Request request, Caller caller)
    {
        string uri = request.ResourceUri;
        bool cmd = uri.Equals(Names.CmdResource, StringComparison.OrdinalIgnoreCase);
        if (!cmd)
        {
            CheckConfiguration(uri);
        }
        var body = request.Body.Element(Names.Rsp + "Shell") ?? throw Fault.BadXml("there is no rsp:Shell").Thrown();
        var start = Read(request, body);
        if (cmd)
        {
            CheckCmd(start);
        }
        else
        {
            CheckPlugin(start, body);
        }
        shells.Reserve(caller.Owner, start.ProposedId);
        try
        {
            var shell = cmd
                ? new CmdShell(start.ProposedId ?? NewId(), caller.Owner, caller.ClientIp, start, options)
                : await StartPowerShell(start, request, caller);
            return Created(request, caller, shell);
        }
        finally
        {
            shells.Release(caller.Owner);
        }
    }

    static void CheckConfiguration(string uri)
    {
        if (!uri.StartsWith(Names.PowerShellPrefix, StringComparison.OrdinalIgnoreCase))
        {
            throw Fault.BadResource(uri).Thrown();
        }
        if (!Configurations.Exists(uri[Names.PowerShellPrefix.Length..]))
        {
            throw Fault.NoConfiguration(uri).Thrown();
        }
    }

    ShellRequest Read(Request request, XElement body)
    {
        string? proposed = body.Attribute("ShellId")?.Value.Trim();
        if (proposed != null && !Guid.TryParse(proposed, out _))
        {
            throw new Fault("Sender", "w:InvalidParameter", 2150859221, "The ShellId is not valid.").Thrown();
        }
        if (options.Protocol == "2.1")
        {
            proposed = null;
        }
        var environment = new Dictionary<string, string>();
        foreach (var variable in body.Element(Names.Rsp + "Environment")?.Elements(Names.Rsp + "Variable") ?? [])
        {
            string name = variable.Attribute("Name")?.Value ?? throw Fault.BadXml("a Variable has no Name").Thrown();
            environment[name] = variable.Value;
        }
        string Text(string name) => body.Element(Names.Rsp + name)?.Value.Trim() ?? "";
        return new ShellRequest(proposed?.ToUpperInvariant(), Text("InputStreams"), Text("OutputStreams"), IdleTime(body) ?? options.IdleTimeout,
            body.Attribute("Name")?.Value, request.SessionId, request.Locale, request.DataLocale,
            Text("WorkingDirectory") is { Length: > 0 } folder ? folder : null, environment, request.Options,
            Base64(body.Element(Names.Ps + "creationXml")) ?? [], Text("BufferMode") is { Length: > 0 } mode ? mode : "Block");
    }

    static TimeSpan? IdleTime(XElement body)
    {
        if (body.Element(Names.Rsp + "IdleTimeOut")?.Value is not { Length: > 0 } text)
        {
            return null;
        }
        return Request.Duration(text) is { } time && time > TimeSpan.Zero ? time
            : throw new Fault("Sender", "w:InvalidParameter", 2150859250, "The IdleTimeOut is out of bounds.").Thrown();
    }

    /// <summary>What PowerShell's plugin checks, in its order (WSManPlugin.cs, CreateShell and EnsureOptionsComply).</summary>
    static void CheckPlugin(ShellRequest start, XElement body)
    {
        if (start.InputStreams == "" || start.OutputStreams == "")
        {
            throw Fault.Plugin(PluginCode.NullInvalidStreamSets, "The streams are stdin pr and stdout.").Thrown();
        }
        bool declared = false;
        foreach (var (name, value, mustComply) in start.Options.All)
        {
            if (name == "protocolversion")
            {
                declared = true;
                if (!Version.TryParse(value, out var version) || version.Major != 2)
                {
                    throw Fault.Plugin(PluginCode.ProtocolVersionNotMatch, $"The protocol version {value} is not supported.").Thrown();
                }
            }
            if (mustComply && name.StartsWith("PS_", StringComparison.Ordinal))
            {
                throw Fault.Plugin(PluginCode.OptionNotUnderstood, $"The option {name} is not known.").Thrown();
            }
        }
        if (!declared)
        {
            throw Fault.Plugin(PluginCode.ProtocolVersionNotFound, "The option protocolversion is missing.").Thrown();
        }
        if (body.Element(Names.Ps + "creationXml") == null)
        {
            throw Fault.Plugin(PluginCode.ManagedException, "There is no creationXml.").Thrown();
        }
    }

    static void CheckCmd(ShellRequest start)
    {
        foreach (var (name, _, mustComply) in start.Options.All)
        {
            if (mustComply && !name.ToUpperInvariant().StartsWith("WINRS_", StringComparison.Ordinal))
            {
                throw Fault.BadOption(name).Thrown();
            }
        }
        if (start.WorkingDirectory is { } folder && !Directory.Exists(folder))
        {
            throw new Fault("Receiver", "w:InternalError", 267, "The directory name is invalid. ").Thrown();
        }
    }

    async Task<Shell> StartPowerShell(ShellRequest start, Request request, Caller caller)
    {
        var (process, number) = await engines.Take();
        var shell = new PowerShellShell(start.ProposedId ?? NewId(), request.ResourceUri, caller.Owner, caller.ClientIp, start,
            options, engines, process, number);
        shell.Ended += () => shells.Close(shell);
        shell.Start(caller.Mechanism, caller.Url, configurations);
        return shell;
    }

    Reply Created(Request request, Caller caller, Shell shell)
    {
        try
        {
            shells.Add(shell);
        }
        catch (FaultException)
        {
            shell.Close();
            throw;
        }
        return Reply.Of(request, $"<x:ResourceCreated><a:Address>{Reply.Escape(caller.Url)}</a:Address><a:ReferenceParameters>"
            + $"<w:ResourceURI>{Reply.Escape(shell.ResourceUri)}</w:ResourceURI><w:SelectorSet><w:Selector Name=\"ShellId\">{shell.Id}</w:Selector>"
            + "</w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>" + Describe.Shell(shell, listed: false));
    }

    static string NewId() => Guid.NewGuid().ToString().ToUpperInvariant();

    public Reply Delete(Request request, Caller caller)
    {
        var shell = Find(request, caller);
        shells.Close(shell);
        return Reply.Of(request, "");
    }

    /// <summary>What is under way ends first; a Receive that has nothing ends with a fault (MS-WSMV 3.1.4.15).</summary>
    public async Task<Reply> Disconnect(Request request, Caller caller)
    {
        var shell = Find(request, caller);
        if (!shell.CanDisconnect || shell.SessionId == null || shell.Request.ProposedId == null)
        {
            throw Fault.NoDisconnect().Thrown();
        }
        if (shell.State == ShellState.Disconnected)
        {
            throw Fault.CannotDisconnect().Thrown();
        }
        var body = request.Body.Element(Names.Rsp + "Disconnect");
        if (body != null && IdleTime(body) is { } idle)
        {
            shell.IdleTimeout = idle;
        }
        if (body?.Element(Names.Rsp + "BufferMode")?.Value is { Length: > 0 } mode)
        {
            shell.BufferMode = mode;
        }
        shell.State = ShellState.Disconnected;
        shell.Output.Interrupt(Fault.Disconnected());
        foreach (var command in shell.Commands)
        {
            command.Attached = false;
            command.Output.Interrupt(Fault.Disconnected());
        }
        await shell.Quiet(TimeSpan.FromSeconds(5));
        return Reply.Of(request, "");
    }

    /// <summary>Commands are reconnected one by one (MS-PSRP 3.1.5.3.18). A shell that is connected stays as it is (MS-WSMV 3.1.4.16).</summary>
    public Reply Reconnect(Request request, Caller caller)
    {
        var shell = FindAny(request, caller);
        if (shell.State == ShellState.Connected && !SameSession(shell, request))
        {
            throw Fault.CannotReconnect().Thrown();
        }
        CheckSession(shell, request);
        var body = request.Body.Element(Names.Rsp + "Reconnect");
        if ((body?.Attribute("CommandId")?.Value ?? body?.Element(Names.Rsp + "CommandId")?.Value) is { } commandId)
        {
            Connected(shell).Find(commandId).Attached = true;
            return Reply.Of(request, "");
        }
        if (body?.Element(Names.Rsp + "BufferMode")?.Value is { Length: > 0 } mode)
        {
            shell.BufferMode = mode;
        }
        shell.State = ShellState.Connected;
        return Reply.Of(request, "");
    }

    public async Task<Reply> Connect(Request request, Caller caller)
    {
        // ids are compared with their case here, and only here
        var shell = shells.Find(request.ShellId ?? throw Fault.NoSelector().Thrown(), caller.Owner, exactCase: true);
        var body = request.Body.Element(Names.Rsp + "Connect") ?? throw Fault.BadXml("there is no rsp:Connect").Thrown();
        if (body.Attribute("CommandId")?.Value is { } commandId)
        {
            CheckSession(shell, request);
            Connected(shell).Find(commandId).Attached = true;
            return Reply.Of(request, "<rsp:ConnectResponse/>");
        }
        if (!shell.CanDisconnect)
        {
            throw Fault.NoDisconnect().Thrown();
        }
        if (shell.State != ShellState.Disconnected)
        {
            throw Fault.OtherClient().Thrown();
        }
        var answer = await shell.Connect(Base64(body.Element(Names.Ps + "connectXml")));
        shell.State = ShellState.Connected;
        shell.SessionId = request.SessionId;
        return Reply.Of(request, $"<rsp:ConnectResponse><rsp:InputStreams>{shell.Request.InputStreams}</rsp:InputStreams>"
            + $"<rsp:OutputStreams>{shell.Request.OutputStreams}</rsp:OutputStreams><connectResponseXml xmlns=\"{Names.Ps}\">"
            + $"{Convert.ToBase64String(answer ?? [])}</connectResponseXml></rsp:ConnectResponse>");
    }

    static Shell Connected(Shell shell) => shell.State == ShellState.Connected ? shell : throw Fault.Disconnected().Thrown();

    Shell FindAny(Request request, Caller caller)
        => shells.Find(request.ShellId ?? throw Fault.NoSelector().Thrown(), caller.Owner);

    Shell Find(Request request, Caller caller)
    {
        var shell = FindAny(request, caller);
        CheckSession(shell, request);
        return shell;
    }

    static bool SameSession(Shell shell, Request request)
        => shell.SessionId == null || shell.SessionId.Equals(request.SessionId, StringComparison.OrdinalIgnoreCase);

    /// <summary>A shell that was created with a SessionId is for requests with that one (MS-PSRP 3.1.4.9: in all messages).</summary>
    public static void CheckSession(Shell shell, Request request)
    {
        if (!SameSession(shell, request))
        {
            throw Fault.OtherSession().Thrown();
        }
    }

    static byte[]? Base64(XElement? element)
    {
        try
        {
            return element == null ? null : Convert.FromBase64String(element.Value);
        }
        catch (FormatException)
        {
            throw Fault.BadXml(element!.Name.LocalName + " is not base64").Thrown();
        }
    }
}
