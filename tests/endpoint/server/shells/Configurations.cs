// The session configurations that this endpoint has, by the last part of the resource URI.
using System.Security;

namespace Winch.Endpoint.Shells;

sealed class Configurations(Options options, string folder)
{

    /// <summary>PowerShell's cmdlet libraries were there when this was built.</summary>
    public static bool RealCmdlets { get; } = File.Exists(Path.Combine(AppContext.BaseDirectory, "Microsoft.PowerShell.Commands.Utility.dll"));

    public static bool Exists(string name) => name.ToUpperInvariant() switch
    {
        "MICROSOFT.POWERSHELL" or "POWERSHELL.7" or "NOLANGUAGE" or "STARTUP" => true,
        "JEA" => RealCmdlets,
        _ => false,
    };

    /// <summary>What would stand in Windows' plugin configuration.</summary>
    public string InitParameters(string name)
    {
        string? configuration = name.ToUpperInvariant() switch
        {
            "NOLANGUAGE" => typeof(Engine.NoLanguageConfiguration).FullName,
            _ when !RealCmdlets => typeof(Engine.FewCmdletsConfiguration).FullName,
            _ => null,
        };
        string type = configuration == null ? "" : Param("assemblyname", typeof(Configurations).Assembly.FullName!)
            + Param("pssessionconfigurationtypename", configuration);
        if (name.Equals("Startup", StringComparison.OrdinalIgnoreCase))
        {
            type += Param("startupscript", StartupScript());
        }
        return "<InitializationParameters>" + Param("PSVersion", "7.6") + type
            + Param("psmaximumreceivedobjectsizemb", options.MaxReceivedObjectMb)
            + Param("psmaximumreceiveddatasizepercommandmb", options.MaxReceivedPerCommandMb)
            + "</InitializationParameters>";
    }

    public string? ConfigurationFile(string name) => name.Equals("Jea", StringComparison.OrdinalIgnoreCase)
        ? Written("jea.pssc", "@{ SchemaVersion = '2.0.0.0'; GUID = '5f3c1b7e-8e0a-4a53-9f2d-0d6b7b1c2a10'; "
            + "SessionType = 'RestrictedRemoteServer'; VisibleCmdlets = 'Get-Date' }\n")
        : null;

    /// <summary>Runs before the pool is opened: what it says comes before the state Opened.</summary>
    string StartupScript() => Written("startup.ps1", "$global:Started = 'yes'\n$Host.UI.WriteLine('startup script')\n");

    string Written(string name, string text)
    {
        string file = Path.Combine(folder, name);
        lock (this)
        {
            if (!File.Exists(file))
            {
                File.WriteAllText(file, text);
            }
        }
        return file;
    }

    static string Param(string name, string value) => $"<Param Name=\"{name}\" Value=\"{SecurityElement.Escape(value)}\"/>";
}
