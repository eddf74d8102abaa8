// Envelopes that go out, written as Windows writes them: same prefixes, same order of headers.
using System.Globalization;
using System.Security;
using System.Text;
using System.Xml.Linq;

namespace Winch.Endpoint.Wsman;

/// <summary>An HTTP status and a body; Type is null for a body that is no SOAP.</summary>
sealed record Reply(int Status, byte[] Body, string? Type = Names.SoapType)
{
    const string Prefixes = "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" "
        + "xmlns:x=\"http://schemas.xmlsoap.org/ws/2004/09/transfer\" xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" "
        + "xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" "
        + "xmlns:rsp=\"http://schemas.microsoft.com/wbem/wsman/1/windows/shell\" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"";

    public static Reply Empty(int status) => new(status, [], null);

    public static Reply Of(Request request, string body, string? action = null)
        => new(200, Envelope(action ?? request.Action + "Response", request.MessageId, body));

    public static Reply Of(Fault fault, string? relatesTo)
    {
        var text = new StringBuilder("<s:Fault><s:Code><s:Value>s:").Append(fault.Role).Append("</s:Value>");
        if (fault.Subcode != "")
        {
            text.Append("<s:Subcode><s:Value>").Append(fault.Subcode).Append("</s:Value></s:Subcode>");
        }
        string message = Escape(fault.Message);
        text.Append("</s:Code><s:Reason><s:Text xml:lang=\"en-US\">").Append(message).Append("</s:Text></s:Reason><s:Detail>");
        if (fault.Detail != null)
        {
            text.Append("<w:FaultDetail>").Append(Names.FaultDetail).Append(fault.Detail).Append("</w:FaultDetail>");
        }
        text.Append("<f:WSManFault xmlns:f=\"http://schemas.microsoft.com/wbem/wsman/1/wsmanfault\" Code=\"")
            .Append(fault.Code.ToString(CultureInfo.InvariantCulture)).Append("\" Machine=\"127.0.0.1\"><f:Message>");
        if (fault.Provider?.Split('|') is [var name, var path])
        {
            text.Append($"<f:ProviderFault provider=\"{name}\" path=\"{path}\">{message}</f:ProviderFault>");
        }
        else
        {
            text.Append(message);
        }
        text.Append("</f:Message></f:WSManFault></s:Detail></s:Fault>");
        bool addressing = fault.Subcode.StartsWith("a:", StringComparison.Ordinal);
        return new(500, Envelope(addressing ? Names.AddressingFault : Names.FaultAction, relatesTo, text.ToString()));
    }

    public static byte[] Envelope(string action, string? relatesTo, string body)
    {
        var text = new StringBuilder(body.Length + 1024);
        text.Append("<s:Envelope xml:lang=\"en-US\" ").Append(Prefixes).Append("><s:Header><a:Action>").Append(action)
            .Append("</a:Action><a:MessageID>uuid:").Append(Guid.NewGuid().ToString().ToUpperInvariant()).Append("</a:MessageID><a:To>")
            .Append(Names.Anonymous).Append("</a:To>");
        if (relatesTo != null)
        {
            text.Append("<a:RelatesTo>").Append(Escape(relatesTo)).Append("</a:RelatesTo>");
        }
        text.Append("</s:Header><s:Body>").Append(body).Append("</s:Body></s:Envelope>");
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    /// <summary>The bytes of an envelope without a body, for counting what still fits.</summary>
    public static int Overhead(Request request) => Envelope(request.Action + "Response", request.MessageId, "").Length;

    public static string Escape(string text) => SecurityElement.Escape(text) ?? "";
}
