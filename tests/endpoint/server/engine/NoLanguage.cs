// A session configuration as administrators write them in C#: all cmdlets, no language. Named in the initialization parameters.
using System.Management.Automation;
using System.Management.Automation.Remoting;
using System.Management.Automation.Runspaces;

namespace Winch.Endpoint.Engine;

public sealed class NoLanguageConfiguration : PSSessionConfiguration
{
    public override InitialSessionState GetInitialSessionState(PSSenderInfo senderInfo)
    {
        var state = InitialSessionState.CreateDefault2();
        if (!Shells.Configurations.RealCmdlets)
        {
            FewCmdletsConfiguration.AddTo(state);
        }
        state.LanguageMode = PSLanguageMode.NoLanguage;
        return state;
    }
}
