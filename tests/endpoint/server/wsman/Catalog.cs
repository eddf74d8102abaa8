// Identify, Get of the configuration and of a shell, Enumerate of shells and of a shell's commands.
using System.Text;
using System.Xml.Linq;
using Winch.Endpoint.Shells;

namespace Winch.Endpoint.Wsman;

sealed class Catalog(Options options, ShellTable shells)
{
    public static Reply Identify(bool anonymous)
    {
        // Who is not known learns no version of the system.
        string version = anonymous ? "OS: 0.0.0 SP: 0.0 Stack: 3.0" : "OS: 10.0.20348 SP: 0.0 Stack: 3.0";
        string body = $"<wsmid:IdentifyResponse xmlns:wsmid=\"{Names.Id}\"><wsmid:ProtocolVersion>{Names.W}</wsmid:ProtocolVersion>"
            + $"<wsmid:ProductVendor>Microsoft Corporation</wsmid:ProductVendor><wsmid:ProductVersion>{version}</wsmid:ProductVersion>"
            + "</wsmid:IdentifyResponse>";
        var text = $"<s:Envelope xml:lang=\"en-US\" xmlns:s=\"{Names.S}\"><s:Header/><s:Body>{body}</s:Body></s:Envelope>";
        return new Reply(200, Encoding.UTF8.GetBytes(text));
    }

    public Reply Get(Request request, Caller caller)
    {
        string uri = request.ResourceUri.TrimEnd('/');
        if (uri.Equals(Names.ConfigResource, StringComparison.OrdinalIgnoreCase))
        {
            return caller.Admin ? Reply.Of(request, Config()) : throw Fault.AccessDenied().Thrown();
        }
        if (uri.Equals(Names.Shell, StringComparison.OrdinalIgnoreCase))
        {
            var shell = shells.Find(request.ShellId ?? throw Fault.NoSelector().Thrown(), caller.Owner);
            return Reply.Of(request, Describe.Shell(shell, listed: true));
        }
        throw Fault.BadResource(request.ResourceUri).Thrown();
    }

    string Config() => $"<cfg:Config xmlns:cfg=\"{Names.Cfg}\">"
        + Setting("MaxEnvelopeSizekb", options.MaxEnvelopeBytes / 1024)
        + Setting("MaxTimeoutms", (long)options.OperationTimeoutMax.TotalMilliseconds)
        + Setting("MaxBatchItems", 32000) + Setting("MaxProviderRequests", uint.MaxValue)
        + "<cfg:Service>" + Setting("MaxConcurrentOperationsPerUser", 1500) + Setting("AllowUnencrypted", options.AllowUnencrypted)
        + "<cfg:Auth>" + Setting("Basic", true) + Setting("Kerberos", options.Keytab != null) + Setting("Negotiate", true)
        + Setting("Certificate", options.ClientCa != null) + Setting("CredSSP", false) + Setting("CbtHardeningLevel", options.Cbt) + "</cfg:Auth></cfg:Service>"
        + "<cfg:Winrs>" + Setting("AllowRemoteShellAccess", true) + Setting("IdleTimeout", (long)options.IdleTimeout.TotalMilliseconds)
        + Setting("MaxProcessesPerShell", options.MaxCommandsPerShell) + Setting("MaxShellsPerUser", options.MaxShellsPerUser)
        + "</cfg:Winrs></cfg:Config>";

    static string Setting(string name, object value)
        => $"<cfg:{name}>{(value is bool flag ? flag ? "true" : "false" : value)}</cfg:{name}>";

    public Reply Enumerate(Request request, Caller caller)
    {
        var body = request.Body.Element(Names.N + "Enumerate") ?? throw Fault.BadXml("there is no wsen:Enumerate").Thrown();
        bool optimized = body.Element(Names.W + "OptimizeEnumeration") != null;
        string items = request.ResourceUri switch
        {
            Names.Shell => Shells(body, caller),
            Names.CommandResource => Commands(body, caller),
            _ => throw Fault.BadResource(request.ResourceUri).Thrown(),
        };
        if (!optimized)
        {
            // Pull is not there: no client of a shell is known to enumerate without the optimization.
            throw new Fault("Sender", "w:UnsupportedFeature", 2150858818, "Only optimized enumeration is supported.").Thrown();
        }
        var reply = Reply.Of(request, "<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>" + items
            + "</w:Items><w:EndOfSequence/></n:EnumerateResponse>");
        int limit = Math.Min(request.MaxEnvelopeSize, options.MaxEnvelopeBytes);
        return reply.Body.Length <= limit ? reply : throw Fault.ReplyTooLarge(reply.Body.Length, limit).Thrown();
    }

    string Shells(XElement body, Caller caller)
    {
        var filter = Filter(body);
        var text = new StringBuilder();
        foreach (var shell in shells.All)
        {
            bool visible = caller.Admin || shell.Owner.Equals(caller.Owner, StringComparison.OrdinalIgnoreCase);
            if (visible && (filter == null || Matches(filter, shell)))
            {
                text.Append(Describe.Shell(shell, listed: true));
            }
        }
        return text.ToString();
    }

    static bool Matches(Dictionary<string, string> filter, Shell shell) => filter.All(f => f.Key.ToUpperInvariant() switch
    {
        "SHELLID" => f.Value.Equals(shell.Id, StringComparison.OrdinalIgnoreCase),
        "NAME" => f.Value.Equals(shell.Request.Name, StringComparison.OrdinalIgnoreCase),
        "OWNER" => f.Value.Equals(shell.Owner, StringComparison.OrdinalIgnoreCase),
        "STATE" => f.Value.Equals(shell.State.ToString(), StringComparison.OrdinalIgnoreCase),
        "RESOURCEURI" => f.Value.Equals(shell.ResourceUri, StringComparison.OrdinalIgnoreCase),
        _ => throw new Fault("Sender", "n:CannotProcessFilter", 2150858778, "The filter has a selector that is not known.").Thrown(),
    });

    string Commands(XElement body, Caller caller)
    {
        if (Filter(body)?.GetValueOrDefault("ShellId") is not { } id)
        {
            throw new Fault("Sender", "n:CannotProcessFilter", 2150859200, "Commands are enumerated with a filter that names their shell.").Thrown();
        }
        var text = new StringBuilder();
        foreach (var command in shells.Find(id, caller.Owner).Commands)
        {
            text.Append("<rsp:Command xmlns:rsp=\"").Append(Names.Shell).Append("\"><rsp:CommandId>").Append(command.Id)
                .Append("</rsp:CommandId><rsp:CommandLine>").Append(Reply.Escape(command.Line)).Append("</rsp:CommandLine><rsp:CommandState>")
                .Append(command.Output.Done ? "Done" : "Running").Append("</rsp:CommandState></rsp:Command>");
        }
        return text.ToString();
    }

    static Dictionary<string, string>? Filter(XElement body)
    {
        var filter = body.Element(Names.W + "Filter");
        if (filter == null)
        {
            return null;
        }
        if (filter.Attribute("Dialect")?.Value != Names.SelectorFilter)
        {
            throw new Fault("Sender", "n:FilterDialectRequestedUnavailable", 2150858777, "The filter dialect is not supported.").Thrown();
        }
        return filter.Descendants(Names.W + "Selector")
            .ToDictionary(s => s.Attribute("Name")?.Value ?? "", s => s.Value.Trim(), StringComparer.OrdinalIgnoreCase);
    }
}
