// A fault as Windows gives it: SOAP code and subcode, a reason, the WSManFault code, perhaps the plugin it came from.
namespace Winch.Endpoint.Wsman;

sealed class FaultException(Fault fault) : Exception(fault.Message)
{
    public Fault Fault => fault;
}

/// <summary>Role is Sender or Receiver; Subcode has its prefix (s, a, w, n, x, p); Detail is the last part of the DSP0226 URI.</summary>
sealed record Fault(string Role, string Subcode, uint Code, string Message, string? Detail = null, string? Provider = null)
{
    public const uint OperationTimedOut = 2150858793;

    public FaultException Thrown() => new(this);

    public static Fault TimedOut() => new("Receiver", "w:TimedOut", OperationTimedOut,
        "The WS-Management service cannot complete the operation within the time specified in OperationTimeout.  ");

    public static Fault NoShell(string id) => new("Sender", "w:InvalidSelectors", 2150858843,
        $"The request for the Windows Remote Shell with ShellId {id} failed because the shell was not found on the server.", "UnexpectedSelectors");

    public static Fault NoCommand() => new("Sender", "w:InvalidSelectors", 2150858843,
        "The Windows Remote Shell received a request to perform an operation on a command identifier that does not exist.", "UnexpectedSelectors");

    public static Fault NoSelector() => new("Sender", "w:InvalidSelectors", 2150858842,
        "The request did not contain the selectors that the resource needs.", "InsufficientSelectors");

    public static Fault AccessDenied() => new("Sender", "w:AccessDenied", 5, "Access is denied. ");

    public static Fault Aborted() => new("Receiver", "w:InternalError", 995,
        "The I/O operation has been aborted because of either a thread exit or an application request. ");

    public static Fault StillRunning() => new("Receiver", "w:InternalError", 1359, "An internal error occurred. ");

    public static Fault ReceiveInProgress() => new("Sender", "w:InternalError", 2150859047,
        "Another Receive on this shell or command is in progress.");

    public static Fault HeaderRequired(string header) => new("Sender", "a:MessageInformationHeaderRequired", 2150858769,
        $"The request did not contain the header {header}.");

    public static Fault InvalidHeader(string header) => new("Sender", "a:InvalidMessageInformationHeader", 2150858767,
        $"The header {header} has a value that is not valid.");

    public static Fault NotUnderstood(string header) => new("Sender", "s:MustUnderstand", 2150858768,
        $"The header {header} has mustUnderstand and is not known.");

    public static Fault ActionNotSupported(string action) => new("Sender", "a:ActionNotSupported", 2150858771,
        $"The action {action} is not supported by the service.");

    public static Fault BadResource(string uri) => new("Sender", "a:DestinationUnreachable", 2150858752,
        $"The resource URI {uri} was not found in the WS-Management catalog.", "InvalidResourceURI");

    /// <summary>A session configuration that is not there; PowerShell looks for this code (WSManNativeAPI.cs, InvalidResourceUri).</summary>
    public static Fault NoConfiguration(string uri) => new("Sender", "a:DestinationUnreachable", 2150858811,
        $"Cannot find the session configuration of the resource URI {uri}.", "InvalidResourceURI");

    public static Fault BadOption(string name) => new("Sender", "w:InvalidOptions", 2150858833,
        $"The option {name} has MustComply and is not known.", "NotSupported");

    public static Fault BadXml(string why) => new("Sender", "w:SchemaValidationError", 2150858817,
        $"The request has XML that does not fit its schema: {why}");

    public static Fault SmallEnvelope() => new("Sender", "w:EncodingLimit", 2150858878,
        "The value of MaxEnvelopeSize is below 8192.", "MinimumEnvelopeLimit");

    public static Fault ReplyTooLarge(int size, int limit) => new("Sender", "w:EncodingLimit", 2150858790,
        $"The computed response packet size ({size}) exceeds the maximum envelope size that is allowed ({limit}).", "ServiceEnvelopeLimit");

    public static Fault QuotaShells() => new("Sender", "w:QuotaLimit", 2150859173,
        "The maximum number of concurrent shells for this user has been exceeded.");

    public static Fault QuotaCommands() => new("Sender", "w:QuotaLimit", 2150859241,
        "The maximum number of concurrent commands for this shell has been exceeded.");

    public static Fault Disconnected() => new("Sender", "w:InvalidParameter", 2150859204,
        "The Windows Remote Shell is disconnected.");

    public static Fault CannotReconnect() => new("Receiver", "w:InternalError", 2150859216,
        "The Windows Remote Shell is not disconnected: Reconnect is not valid.");

    public static Fault CannotDisconnect() => new("Sender", "w:InvalidParameter", 2150859215,
        "The Windows Remote Shell is already disconnected: Disconnect is not valid.");

    public static Fault OtherSession() => new("Sender", "w:InvalidParameter", 2150859206,
        "The SessionId is not the one that the Windows Remote Shell was created with.");

    public static Fault OtherClient() => new("Receiver", "w:InternalError", 2150859213,
        "The Windows Remote Shell is connected to a different client.");

    public static Fault NoDisconnect() => new("Sender", "w:UnsupportedFeature", 2150859205,
        "This Windows Remote Shell does not support disconnect.");

    public static Fault IdTaken() => new("Sender", "w:AlreadyExists", 2150859223,
        "The ShellId is in use.");

    public static Fault CommandIdTaken() => new("Sender", "w:AlreadyExists", 2150859222,
        "The CommandId is in use.");

    /// <summary>What PowerShell's plugin reports; the codes are its WSManPluginErrorCodes.</summary>
    public static Fault Plugin(uint code, string message) => new("Receiver", "w:InternalError", code, message,
        Provider: "microsoft.powershell|%systemroot%\\system32\\pwrshplugin.dll");

    /// <summary>The cmd plugin's answer to whatever it does not like, as recorded.</summary>
    public static Fault CmdParameter() => new("Sender", "w:InvalidParameter", 87, "The parameter is incorrect. ", "InvalidValue",
        "Shell cmd plugin|%systemroot%\\system32\\winrscmd.dll");
}

/// <summary>WSManPluginErrorCodes of PowerShell's remoting/fanin/WSManPlugin.cs, as unsigned numbers.</summary>
static class PluginCode
{
    public const uint NullInvalidStreamSets = 0x80540BB9;
    public const uint InvalidInputStream = 0x80540BBE;
    public const uint InvalidOutputStream = 0x80540BC0;
    public const uint InvalidArgSet = 0x80540BC4;
    public const uint ProtocolVersionNotMatch = 0x80540BC5;
    public const uint OptionNotUnderstood = 0x80540BC6;
    public const uint ProtocolVersionNotFound = 0x80540BC7;
    public const uint ManagedException = 0x80540FA0;
    public const uint ConnectNoNegotiationData = 0x80540FA2;
    public const uint ConnectOperationFailed = 0x80540FA3;
}
