# How PowerShell's engine shows the errors of each script: as ConciseView, as NormalView, as the
# NormalView of a client that had the record from the wire, and as ConciseView on a terminal.
param([string[]]$Scripts, [int]$Width, [bool]$Colours)

class TerminalUI : System.Management.Automation.Host.PSHostUserInterface {
    [bool] get_SupportsVirtualTerminal() { return $true }
    [System.Management.Automation.Host.PSHostRawUserInterface] get_RawUI() { return $null }
    [string] ReadLine() { return '' }
    [securestring] ReadLineAsSecureString() { return $null }
    [void] Write([string]$s) {}
    [void] Write([ConsoleColor]$a, [ConsoleColor]$b, [string]$s) {}
    [void] WriteLine([string]$s) {}
    [void] WriteErrorLine([string]$s) {}
    [void] WriteDebugLine([string]$s) {}
    [void] WriteVerboseLine([string]$s) {}
    [void] WriteWarningLine([string]$s) {}
    [void] WriteProgress([long]$id, [System.Management.Automation.ProgressRecord]$r) {}
    [System.Collections.Generic.Dictionary[string,psobject]] Prompt([string]$c, [string]$m,
        [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.FieldDescription]]$d) { return $null }
    [int] PromptForChoice([string]$c, [string]$m,
        [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.ChoiceDescription]]$ch, [int]$d) { return 0 }
    [pscredential] PromptForCredential([string]$c, [string]$m, [string]$u, [string]$t) { return $null }
    [pscredential] PromptForCredential([string]$c, [string]$m, [string]$u, [string]$t,
        [System.Management.Automation.PSCredentialTypes]$a,
        [System.Management.Automation.PSCredentialUIOptions]$o) { return $null }
}

class TerminalHost : System.Management.Automation.Host.PSHost {
    hidden [guid]$Id = [guid]::NewGuid()
    hidden [TerminalUI]$Terminal = [TerminalUI]::new()
    [cultureinfo] get_CurrentCulture() { return [cultureinfo]::InvariantCulture }
    [cultureinfo] get_CurrentUICulture() { return [cultureinfo]::InvariantCulture }
    [guid] get_InstanceId() { return $this.Id }
    [string] get_Name() { return 'terminal' }
    [version] get_Version() { return [version]'1.0' }
    [System.Management.Automation.Host.PSHostUserInterface] get_UI() { return $this.Terminal }
    [void] EnterNestedPrompt() {}
    [void] ExitNestedPrompt() {}
    [void] NotifyBeginApplication() {}
    [void] NotifyEndApplication() {}
    [void] SetShouldExit([int]$c) {}
}

$all = [System.Reflection.BindingFlags]'NonPublic, Public, Static, Instance'
$type = [System.Management.Automation.ErrorRecord]
$toWire = $type.GetMethods($all) | Where-Object {
    $_.Name -eq 'ToPSObjectForRemoting' -and $_.GetParameters().Count -eq 2 }
$fromWire = $type.GetMethod('FromPSObjectForRemoting', $all)

# Only a record whose command is known is sent with all that it has.
function AsClient($record) {
    $wire = [psobject]::new()
    $known = $null -ne $record.InvocationInfo -and $null -ne $record.InvocationInfo.MyCommand
    $null = $toWire.Invoke($record, @($wire, $known))
    $xml = [System.Management.Automation.PSSerializer]::Serialize($wire)
    $fromWire.Invoke($null, @([System.Management.Automation.PSSerializer]::Deserialize($xml)))
}

$runspace = [runspacefactory]::CreateRunspace([TerminalHost]::new(), [initialsessionstate]::CreateDefault2())
$runspace.Open()
$terminal = [powershell]::Create()
$terminal.Runspace = $runspace
$null = $terminal.AddScript({
    param($records, $width)
    $ErrorView = 'ConciseView'
    $PSStyle.OutputRendering = 'Ansi'
    -join ($records | ForEach-Object { $_ | Out-String -Width $width })
})

foreach ($script in $Scripts) {
    $inner = [powershell]::Create([System.Management.Automation.RunspaceMode]::CurrentRunspace)
    $failure = $null
    try { $null = $inner.AddScript($script).Invoke() }
    catch { $failure = $_.Exception.InnerException.ErrorRecord }
    $records = @($inner.Streams.Error; $failure) -ne $null
    $ErrorView = 'ConciseView'
    $concise = -join ($records | ForEach-Object { $_ | Out-String -Width $Width })
    $ErrorView = 'NormalView'
    $terminal.Commands.Commands[0].Parameters.Clear()
    $null = $terminal.AddArgument($records).AddArgument($Width)
    [pscustomobject]@{
        Concise = $concise
        Normal = -join ($records | ForEach-Object { $_ | Out-String -Width $Width })
        Client = -join ($records | ForEach-Object { AsClient $_ | Out-String -Width $Width })
        Terminal = if ($Colours) { -join $terminal.Invoke() }
    }
}
