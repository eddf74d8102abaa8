// A handful of cmdlets for when PowerShell's own libraries are not at hand: enough to test a client, not to work with.
using System.Diagnostics;
using System.Management.Automation;
using System.Management.Automation.Remoting;
using System.Management.Automation.Runspaces;
using System.Reflection;

namespace Winch.Endpoint.Engine;

/// <summary>The default configuration of an endpoint that has only these.</summary>
public sealed class FewCmdletsConfiguration : PSSessionConfiguration
{
    public override InitialSessionState GetInitialSessionState(PSSenderInfo senderInfo) => AddTo(InitialSessionState.CreateDefault2());

    internal static InitialSessionState AddTo(InitialSessionState state)
    {
        foreach (var type in typeof(FewCmdletsConfiguration).Assembly.GetTypes())
        {
            if (type.Namespace == typeof(FewCmdletsConfiguration).Namespace && type.GetCustomAttribute<CmdletAttribute>() is { } name)
            {
                state.Commands.Add(new SessionStateCmdletEntry(name.VerbName + "-" + name.NounName, type, null));
            }
        }
        return state;
    }
}

[Cmdlet("Write", "Output")]
public sealed class WriteOutput : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromRemainingArguments = true)] public PSObject[] InputObject { get; set; } = [];
    [Parameter] public SwitchParameter NoEnumerate { get; set; }
    protected override void ProcessRecord()
        => WriteObject(NoEnumerate && InputObject.Length == 1 ? InputObject[0] : InputObject, !NoEnumerate);
}

[Cmdlet("Write", "Host")]
public sealed class WriteHost : PSCmdlet
{
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromRemainingArguments = true)] public object? Object { get; set; }
    [Parameter] public SwitchParameter NoNewline { get; set; }
    [Parameter] public ConsoleColor? ForegroundColor { get; set; }
    [Parameter] public ConsoleColor? BackgroundColor { get; set; }

    protected override void ProcessRecord()
    {
        string text = Object is System.Collections.IEnumerable list and not string ? string.Join(' ', list.Cast<object>()) : $"{Object}";
        var message = new HostInformationMessage
        {
            Message = text, NoNewLine = NoNewline, ForegroundColor = ForegroundColor, BackgroundColor = BackgroundColor,
        };
        WriteInformation(message, ["PSHOST"]);
    }
}

[Cmdlet("Write", "Error")]
public sealed class WriteErrorFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)] public string Message { get; set; } = "";
    [Parameter] public ErrorCategory Category { get; set; } = ErrorCategory.NotSpecified;
    [Parameter] public string ErrorId { get; set; } = "Microsoft.PowerShell.Commands.WriteErrorException";
    [Parameter] public object? TargetObject { get; set; }
    protected override void ProcessRecord() => WriteError(new ErrorRecord(new InvalidOperationException(Message), ErrorId, Category, TargetObject));
}

[Cmdlet("Write", "Warning")]
public sealed class WriteWarningFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)] public string Message { get; set; } = "";
    protected override void ProcessRecord() => WriteWarning(Message);
}

[Cmdlet("Write", "Verbose")]
public sealed class WriteVerboseFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)] public string Message { get; set; } = "";
    protected override void ProcessRecord() => WriteVerbose(Message);
}

[Cmdlet("Write", "Debug")]
public sealed class WriteDebugFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)] public string Message { get; set; } = "";
    protected override void ProcessRecord() => WriteDebug(Message);
}

[Cmdlet("Write", "Information")]
public sealed class WriteInformationFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true, ValueFromPipeline = true)] public object? MessageData { get; set; }
    [Parameter(Position = 1)] public string[] Tags { get; set; } = [];
    protected override void ProcessRecord() => WriteInformation(MessageData, Tags);
}

[Cmdlet("Write", "Progress")]
public sealed class WriteProgressFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true)] public string Activity { get; set; } = "";
    [Parameter(Position = 1)] public string Status { get; set; } = "Processing";
    [Parameter(Position = 2)] public int Id { get; set; }
    [Parameter] public int PercentComplete { get; set; } = -1;
    [Parameter] public int SecondsRemaining { get; set; } = -1;
    [Parameter] public string? CurrentOperation { get; set; }
    [Parameter] public SwitchParameter Completed { get; set; }

    protected override void ProcessRecord() => WriteProgress(new ProgressRecord(Id, Activity, Status)
    {
        PercentComplete = PercentComplete, SecondsRemaining = SecondsRemaining, CurrentOperation = CurrentOperation,
        RecordType = Completed ? ProgressRecordType.Completed : ProgressRecordType.Processing,
    });
}

[Cmdlet("Read", "Host")]
public sealed class ReadHostFew : PSCmdlet
{
    [Parameter(Position = 0)] public string? Prompt { get; set; }
    [Parameter] public SwitchParameter AsSecureString { get; set; }

    protected override void ProcessRecord()
    {
        if (Prompt != null)
        {
            Host.UI.Write(Prompt + ": ");
        }
        WriteObject(AsSecureString ? Host.UI.ReadLineAsSecureString() : Host.UI.ReadLine());
    }
}

[Cmdlet("Start", "Sleep", DefaultParameterSetName = "Seconds")]
public sealed class StartSleepFew : PSCmdlet
{
    readonly ManualResetEventSlim stopped = new();
    [Parameter(Position = 0, ParameterSetName = "Seconds")] public double Seconds { get; set; }
    [Parameter(ParameterSetName = "Milliseconds")] public int Milliseconds { get; set; }
    protected override void ProcessRecord() => stopped.Wait(Milliseconds > 0 ? Milliseconds : (int)(Seconds * 1000));
    protected override void StopProcessing() => stopped.Set();
}

[Cmdlet("Select", "Object")]
public sealed class SelectObjectFew : PSCmdlet
{
    readonly Queue<PSObject> last = new();
    int seen;
    [Parameter(ValueFromPipeline = true)] public PSObject? InputObject { get; set; }
    [Parameter(Position = 0)] public string[]? Property { get; set; }
    [Parameter] public string? ExpandProperty { get; set; }
    [Parameter] public int First { get; set; } = int.MaxValue;
    [Parameter] public int Last { get; set; }
    [Parameter] public int Skip { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject == null || ++seen <= Skip || seen - Skip > First)
        {
            return;
        }
        if (Last == 0)
        {
            Emit(InputObject);
            return;
        }
        last.Enqueue(InputObject);
        if (last.Count > Last)
        {
            last.Dequeue();
        }
    }

    protected override void EndProcessing()
    {
        foreach (var item in last)
        {
            Emit(item);
        }
    }

    void Emit(PSObject item)
    {
        if (ExpandProperty != null)
        {
            WriteObject(item.Properties[ExpandProperty]?.Value, true);
            return;
        }
        if (Property == null)
        {
            WriteObject(item);
            return;
        }
        var made = new PSObject();
        foreach (string name in Property)
        {
            made.Properties.Add(new PSNoteProperty(name, item.Properties[name]?.Value));
        }
        WriteObject(made);
    }
}

[Cmdlet("Measure", "Object")]
public sealed class MeasureObjectFew : PSCmdlet
{
    int count;
    double sum;
    [Parameter(ValueFromPipeline = true)] public PSObject? InputObject { get; set; }
    [Parameter] public SwitchParameter Sum { get; set; }

    protected override void ProcessRecord()
    {
        if (InputObject != null)
        {
            count++;
            sum += Sum ? (double)LanguagePrimitives.ConvertTo(InputObject, typeof(double)) : 0;
        }
    }

    protected override void EndProcessing()
    {
        var made = new PSObject();
        made.Properties.Add(new PSNoteProperty("Count", count));
        made.Properties.Add(new PSNoteProperty("Sum", Sum ? sum : null));
        WriteObject(made);
    }
}

[Cmdlet("Get", "Process")]
public sealed class GetProcessFew : PSCmdlet
{
    [Parameter(Position = 0)] public string? Name { get; set; }
    [Parameter] public int Id { get; set; }

    protected override void ProcessRecord()
    {
        var all = Id != 0 ? [Process.GetProcessById(Id)] : Process.GetProcesses();
        WriteObject(all.Where(p => Name == null || p.ProcessName.Equals(Name, StringComparison.OrdinalIgnoreCase)).ToArray(), true);
    }
}

[Cmdlet("Get", "Date")]
public sealed class GetDateFew : PSCmdlet
{
    protected override void ProcessRecord() => WriteObject(DateTime.Now);
}

[Cmdlet("New", "Object")]
public sealed class NewObjectFew : PSCmdlet
{
    [Parameter(Position = 0, Mandatory = true)] public string TypeName { get; set; } = "";
    [Parameter(Position = 1)] public object[]? ArgumentList { get; set; }
    protected override void ProcessRecord()
        => WriteObject(Activator.CreateInstance((Type)LanguagePrimitives.ConvertTo(TypeName, typeof(Type)), ArgumentList ?? []));
}
