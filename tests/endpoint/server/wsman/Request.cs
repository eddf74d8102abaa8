// An envelope, read: the headers that DSP0226 and MS-WSMV name, and the body. What is wrong with it is a fault.
using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace Winch.Endpoint.Wsman;

/// <summary>Names are compared without case, as WinRM does.</summary>
sealed class OptionSet(IReadOnlyList<(string Name, string Value, bool MustComply)> all)
{
    public static readonly OptionSet Empty = new([]);

    public IReadOnlyList<(string Name, string Value, bool MustComply)> All => all;

    public string? Find(string name)
    {
        foreach (var option in all)
        {
            if (option.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return option.Value;
            }
        }
        return null;
    }

    public bool IsTrue(string name) => Find(name) is { } value && (value == "1" || value.Equals("true", StringComparison.OrdinalIgnoreCase));
}

sealed class Request
{
    /// <summary>Compression is not here: who must have it gets a fault.</summary>
    static readonly HashSet<XName> Known =
    [
        Names.A + "To", Names.A + "Action", Names.A + "MessageID", Names.A + "ReplyTo", Names.A + "FaultTo", Names.A + "From",
        Names.W + "ResourceURI", Names.W + "MaxEnvelopeSize", Names.W + "OperationTimeout", Names.W + "Locale",
        Names.W + "SelectorSet", Names.W + "OptionSet",
        Names.P + "DataLocale", Names.P + "SessionId", Names.P + "OperationID", Names.P + "SequenceId", Names.P + "ActivityId",
    ];

    readonly XElement header;

    Request(XElement header, XElement body)
    {
        this.header = header;
        Body = body;
    }

    public XElement Body { get; }
    public string Action { get; private set; } = "";
    public string Operation { get; private set; } = "?";
    public string? MessageId { get; private set; }
    public string ResourceUri { get; private set; } = "";

    /// <summary>Without the header the server's own limit holds (MS-WSMAN 3.1.4.1.9).</summary>
    public int MaxEnvelopeSize { get; private set; } = int.MaxValue;


    public TimeSpan? OperationTimeout { get; private set; }
    public string? SessionId { get; private set; }
    public string Locale { get; private set; } = "en-US";
    public string DataLocale { get; private set; } = "en-US";
    public OptionSet Options { get; private set; } = OptionSet.Empty;
    public Dictionary<string, string> Selectors { get; } = new(StringComparer.OrdinalIgnoreCase);
    public bool HasIdentify => Body.Element(Names.Id + "Identify") != null;

    public string? ShellId => Selectors.GetValueOrDefault("ShellId");

    /// <summary>Only the shape: an envelope that is none of SOAP 1.2 has no headers to answer to.</summary>
    public static Request Parse(byte[] bytes)
    {
        XElement root;
        try
        {
            var settings = new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, MaxCharactersInDocument = 0 };
            using var reader = XmlReader.Create(new MemoryStream(bytes), settings);
            root = XElement.Load(reader);
        }
        catch (XmlException e)
        {
            throw new Fault("Sender", "w:SchemaValidationError", 2150858819, "The request is not well-formed XML: " + e.Message).Thrown();
        }
        if (root.Name != Names.S + "Envelope")
        {
            throw new Fault("VersionMismatch", "", 2150858765, "The request is no SOAP 1.2 envelope.").Thrown();
        }
        var body = root.Element(Names.S + "Body") ?? throw Fault.BadXml("there is no Body").Thrown();
        var request = new Request(root.Element(Names.S + "Header") ?? new XElement(Names.S + "Header"), body);
        request.Action = request.Text(Names.A + "Action") ?? "";
        request.MessageId = request.Text(Names.A + "MessageID");
        request.Operation = request.HasIdentify ? "Identify" : Names.Operations.GetValueOrDefault(request.Action, "?");
        return request;
    }

    /// <summary>The headers, checked in the order in which a fault about them is most useful.</summary>
    public void ReadHeaders()
    {
        foreach (var element in header.Elements())
        {
            if (!Known.Contains(element.Name) && IsTrue(element.Attribute(Names.S + "mustUnderstand")))
            {
                throw Fault.NotUnderstood(element.Name.LocalName).Thrown();
            }
        }
        foreach (var name in new[] { Names.A + "Action", Names.A + "To", Names.A + "MessageID", Names.A + "ReplyTo" })
        {
            if (header.Element(name) == null)
            {
                throw Fault.HeaderRequired(name.LocalName).Thrown();
            }
        }
        CheckAddressing();
        ReadSizes();
        ReadSets();
        ResourceUri = Text(Names.W + "ResourceURI") ?? "";
        SessionId = Text(Names.P + "SessionId");
        Locale = Language(Names.W + "Locale");
        DataLocale = Language(Names.P + "DataLocale");
        if (Operation == "?")
        {
            throw Fault.ActionNotSupported(Action).Thrown();
        }
    }

    void CheckAddressing()
    {
        if (header.Elements(Names.A + "Action").Count() > 1 || header.Elements(Names.A + "MessageID").Count() > 1)
        {
            throw Fault.InvalidHeader("Action").Thrown();
        }
        if (string.IsNullOrWhiteSpace(MessageId) || !MessageId.Contains(':'))
        {
            throw Fault.InvalidHeader("MessageID").Thrown();
        }
        string? reply = header.Element(Names.A + "ReplyTo")!.Element(Names.A + "Address")?.Value.Trim();
        if (reply != Names.Anonymous)
        {
            throw Fault.InvalidHeader("ReplyTo").Thrown();
        }
    }

    void ReadSizes()
    {
        if (Text(Names.W + "MaxEnvelopeSize") is { } size)
        {
            if (!uint.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out uint bytes))
            {
                throw Fault.InvalidHeader("MaxEnvelopeSize").Thrown();
            }
            if (bytes < 8192)
            {
                throw Fault.SmallEnvelope().Thrown();
            }
            MaxEnvelopeSize = (int)Math.Min(bytes, int.MaxValue);
        }
        if (Text(Names.W + "OperationTimeout") is { } timeout)
        {
            OperationTimeout = Duration(timeout) is { } time && time > TimeSpan.Zero
                ? time
                : throw new Fault("Sender", "w:InvalidTimeout", 2150858881, "The OperationTimeout header is not valid.").Thrown();
        }
    }

    void ReadSets()
    {
        foreach (var selector in header.Element(Names.W + "SelectorSet")?.Elements(Names.W + "Selector") ?? [])
        {
            string name = selector.Attribute("Name")?.Value ?? throw Fault.BadXml("a Selector has no Name").Thrown();
            if (!Selectors.TryAdd(name, selector.Value.Trim()))
            {
                throw new Fault("Sender", "w:InvalidSelectors", 2150858847, "A selector occurs twice.", "DuplicateSelectors").Thrown();
            }
        }
        var options = new List<(string, string, bool)>();
        foreach (var option in header.Element(Names.W + "OptionSet")?.Elements(Names.W + "Option") ?? [])
        {
            string name = option.Attribute("Name")?.Value ?? throw Fault.BadXml("an Option has no Name").Thrown();
            options.Add((name, option.Value, IsTrue(option.Attribute("MustComply"))));
        }
        Options = new OptionSet(options);
    }

    string? Text(XName name) => header.Element(name)?.Value.Trim();

    string Language(XName name) => header.Element(name)?.Attribute(XNamespace.Xml + "lang")?.Value ?? "en-US";

    static bool IsTrue(XAttribute? attribute) => attribute?.Value.Trim() is "1" or "true" or "True";

    /// <summary>xs:duration, as far as days.</summary>
    public static TimeSpan? Duration(string text)
    {
        try
        {
            return XmlConvert.ToTimeSpan(text.Trim());
        }
        catch (Exception e) when (e is FormatException or OverflowException)
        {
            return null;
        }
    }
}
