// A shell as rsp:Shell, in Windows' order of elements.
using System.Globalization;
using System.Text;
using Winch.Endpoint.Shells;

namespace Winch.Endpoint.Wsman;

static class Describe
{
    const string MostIdle = "PT2147483.647S";

    public static string Shell(Shell shell, bool listed)
    {
        bool cmd = shell.ResourceUri == Names.CmdResource;
        var text = new StringBuilder("<rsp:Shell xmlns:rsp=\"").Append(Names.Shell).Append("\">");
        Add(text, "ShellId", shell.Id);
        if (shell.Request.Name != null)
        {
            Add(text, "Name", shell.Request.Name);
        }
        Add(text, "ResourceUri", shell.ResourceUri);
        Add(text, "Owner", shell.Owner);
        Add(text, "ClientIP", shell.ClientIp);
        if (!cmd)
        {
            Add(text, "ProcessId", shell.ProcessId.ToString(CultureInfo.InvariantCulture));
        }
        Add(text, "IdleTimeOut", Seconds(shell.IdleTimeout));
        Add(text, "InputStreams", shell.Request.InputStreams);
        Add(text, "OutputStreams", shell.Request.OutputStreams);
        if (!cmd)
        {
            Add(text, "MaxIdleTimeOut", MostIdle);
            Add(text, "Locale", shell.Request.Locale);
            Add(text, "DataLocale", shell.Request.DataLocale);
            Add(text, "CompressionMode", "NoCompression");
            Add(text, "ProfileLoaded", shell.Request.Options.IsTrue("WINRS_NOPROFILE") ? "No" : "Yes");
            Add(text, "Encoding", "UTF8");
            Add(text, "BufferMode", shell.BufferMode);
            Add(text, "State", shell.State.ToString());
        }
        Add(text, "ShellRunTime", "P0DT0H0M0S");
        Add(text, "ShellInactivity", "P0DT0H0M" + (int)shell.Inactivity.TotalSeconds + "S");
        if (listed)
        {
            Add(text, "MemoryUsed", "51MB");
            Add(text, "ChildProcesses", "0");
        }
        return text.Append("</rsp:Shell>").ToString();
    }

    public static string Seconds(TimeSpan time) => "PT" + time.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture) + "S";

    static void Add(StringBuilder text, string name, string value)
        => text.Append("<rsp:").Append(name).Append('>').Append(Reply.Escape(value)).Append("</rsp:").Append(name).Append('>');
}
