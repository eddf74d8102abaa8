// Namespaces, actions and codes of WS-Management and of Windows' shells.
using System.Xml.Linq;

namespace Winch.Endpoint.Wsman;

static class Names
{
    public static readonly XNamespace S = "http://www.w3.org/2003/05/soap-envelope";
    public static readonly XNamespace A = "http://schemas.xmlsoap.org/ws/2004/08/addressing";
    public static readonly XNamespace X = "http://schemas.xmlsoap.org/ws/2004/09/transfer";
    public static readonly XNamespace E = "http://schemas.xmlsoap.org/ws/2004/08/eventing";
    public static readonly XNamespace N = "http://schemas.xmlsoap.org/ws/2004/09/enumeration";
    public static readonly XNamespace W = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd";
    public static readonly XNamespace P = "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd";
    public static readonly XNamespace Rsp = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
    public static readonly XNamespace Ps = "http://schemas.microsoft.com/powershell";
    public static readonly XNamespace Id = "http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd";
    public static readonly XNamespace F = "http://schemas.microsoft.com/wbem/wsman/1/wsmanfault";
    public static readonly XNamespace Cfg = "http://schemas.microsoft.com/wbem/wsman/1/config";

    public const string Anonymous = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";
    public const string Shell = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell";
    public const string CmdResource = Shell + "/cmd";
    public const string CommandResource = Shell + "/Command";
    public const string PowerShellPrefix = "http://schemas.microsoft.com/powershell/";
    public const string ConfigResource = "http://schemas.microsoft.com/wbem/wsman/1/config";
    public const string FaultAction = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault";
    public const string AddressingFault = "http://schemas.xmlsoap.org/ws/2004/08/addressing/fault";
    public const string FaultDetail = "http://schemas.dmtf.org/wbem/wsman/1/wsman/faultDetail/";
    public const string SelectorFilter = "http://schemas.dmtf.org/wbem/wsman/1/wsman/SelectorFilter";
    public const string Terminate = Shell + "/signal/terminate";
    public const string CtrlC = Shell + "/signal/ctrl_c";
    public const string CtrlBreak = Shell + "/signal/ctrl_break";
    public const string PowerShellStop = "powershell/signal/crtl_c";
    public const string SoapType = "application/soap+xml;charset=UTF-8";

    /// <summary>Action to the short name that the control port and the log use.</summary>
    public static readonly Dictionary<string, string> Operations = new()
    {
        ["http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"] = "Create",
        ["http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete"] = "Delete",
        ["http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"] = "Get",
        ["http://schemas.xmlsoap.org/ws/2004/09/enumeration/Enumerate"] = "Enumerate",
        ["http://schemas.xmlsoap.org/ws/2004/09/enumeration/Pull"] = "Pull",
        [Shell + "/Command"] = "Command",
        [Shell + "/Send"] = "Send",
        [Shell + "/Receive"] = "Receive",
        [Shell + "/Signal"] = "Signal",
        [Shell + "/Disconnect"] = "Disconnect",
        [Shell + "/Reconnect"] = "Reconnect",
        [Shell + "/Connect"] = "Connect",
    };
}
