// The cmd resource: /bin/sh where Windows has cmd.exe. Each command is the leader of a process group of its own.
using System.Diagnostics;
using System.Runtime.InteropServices;
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Shells;

sealed partial class CmdShell(string id, string owner, string clientIp, ShellRequest request, Options options)
    : Shell(id, Names.CmdResource, owner, clientIp, request)
{
    const int SigInt = 2;
    const int SigKill = 9;
    const long MostQueued = 1 << 20;
    readonly OutputChannel output = new(_ => { });

    public override int ProcessId => Environment.ProcessId;
    public override OutputChannel Output => output;

    [LibraryImport("libc", SetLastError = true)]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getpgid(int pid);

    public override Task<string> RunCommand(string? proposedId, string line, IReadOnlyList<string> arguments, OptionSet optionSet)
    {
        if (line.Length == 0)
        {
            throw Fault.CmdParameter().Thrown();
        }
        var start = new ProcessStartInfo("setsid")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Request.WorkingDirectory ?? "/",
        };
        foreach (var (name, value) in Request.Environment)
        {
            start.Environment[name] = value;
        }
        foreach (string argument in CommandLine(line, arguments, optionSet))
        {
            start.ArgumentList.Add(argument);
        }
        var guid = Guid.TryParse(proposedId, out var proposed) ? proposed : Guid.NewGuid();
        var command = new Command(guid.ToString().ToUpperInvariant(), line, new OutputChannel(_ => { }));
        Add(command, options.MaxCommandsPerShell);
        try
        {
            Run(command, start);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Remove(command);
            throw new Fault("Receiver", "w:InternalError", 2, "The system cannot find the file specified. ", null,
                "Shell cmd plugin|%systemroot%\\system32\\winrscmd.dll").Thrown();
        }
        return Task.FromResult(command.Id);
    }

    static IEnumerable<string> CommandLine(string line, IReadOnlyList<string> arguments, OptionSet optionSet)
        => optionSet.IsTrue("WINRS_SKIP_CMD_SHELL")
            ? [line, .. arguments]
            : ["/bin/sh", "-c", string.Join(' ', [line, .. arguments])];

    static void Run(Command command, ProcessStartInfo start)
    {
        var process = Process.Start(start)!;
        command.Job = process;
        // a signal that came before setsid had run would find no group
        for (int i = 0; i < 1000 && !process.HasExited && getpgid(process.Id) != process.Id; i++)
        {
            Thread.Sleep(1);
        }
        var streams = Task.WhenAll(
            Pump(command, "stdout", process.StandardOutput.BaseStream),
            Pump(command, "stderr", process.StandardError.BaseStream));
        Task.Run(async () =>
        {
            await streams;
            await process.WaitForExitAsync();
            command.Output.End("stdout");
            command.Output.End("stderr");
            command.Output.Finish(process.ExitCode, null);
        });
    }

    static async Task Pump(Command command, string name, Stream from)
    {
        var buffer = new byte[8192];
        try
        {
            int count;
            while ((count = await from.ReadAsync(buffer)) > 0)
            {
                command.Output.Add(name, buffer[..count], true, false);
                while (command.Output.Queued > MostQueued && !command.Output.Done)
                {
                    await Task.Delay(5);
                }
            }
        }
        catch (IOException)
        {
            // as an end
        }
    }

    public override async Task Send(Command? command, string stream, byte[] data, bool end)
    {
        if (command?.Job is not Process process || stream != "stdin")
        {
            throw Fault.CmdParameter().Thrown();
        }
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(data);
            await process.StandardInput.BaseStream.FlushAsync();
            if (end && !command.InputEnded)
            {
                command.InputEnded = true;
                process.StandardInput.Close();
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The command has closed its input: Windows' answer to that is not known; it is not an error here.
        }
    }

    public override Task Signal(Command command, string code)
    {
        var process = (Process)command.Job!;
        if (code is Names.CtrlC or Names.CtrlBreak)
        {
            SignalGroup(process, SigInt);
        }
        else
        {
            SignalGroup(process, SigKill);
            Remove(command);
        }
        return Task.CompletedTask;
    }

    static void SignalGroup(Process process, int signal)
    {
        if (!process.HasExited)
        {
            kill(-process.Id, signal);
        }
    }

    public override Task<byte[]?> Connect(byte[]? connectData) => throw Fault.NoDisconnect().Thrown();

    public override void Close()
    {
        foreach (var command in Commands)
        {
            SignalGroup((Process)command.Job!, SigKill);
            command.Output.Finish(-1, Fault.Aborted());
        }
        output.Finish(0, Fault.Aborted());
    }
}
