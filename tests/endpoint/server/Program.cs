// Starts the endpoint, says where it is, and takes everything away with it when it ends.
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Winch.Endpoint.Auth;
using Winch.Endpoint.Control;
using Winch.Endpoint.Http;
using Winch.Endpoint.Shells;
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint;

static partial class Program
{
    const int SigInt = 2;

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);

    static int Main(string[] args)
    {
        if (args is ["--engine", var socket, var number])
        {
            return Engine.EngineMain.Run(socket, uint.Parse(number));
        }
        try
        {
            return Serve(Options.Parse(args));
        }
        catch (Exception e) when (e is UsageException or FormatException or OverflowException)
        {
            Console.Error.WriteLine("endpoint: " + e.Message);
            return 2;
        }
    }

    static int Serve(Options options)
    {
        // A shell ignores SIGINT for what it starts in the background, and what ignores it at its start could never be
        // interrupted: ctrl_c of the cmd resource would do nothing. Before .NET looks, it is as it is elsewhere.
        signal(SigInt, 0);
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Stop(PosixSignalContext context)
        {
            context.Cancel = true;
            end.TrySetResult();
        }
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        string folder = Directory.CreateTempSubdirectory("winch-endpoint-").FullName;
        try
        {
            Run(options, folder, end).GetAwaiter().GetResult();
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        return 0;
    }

    static async Task Run(Options options, string folder, TaskCompletionSource end)
    {
        ThreadPool.SetMinThreads(64, 64);
        var accounts = new Accounts(options, folder);
        var certificates = options.Certificate != null ? new Certificates(options.Certificate)
            : new Certificates(folder, [IPAddress.Loopback, options.BindAllLoopback ? IPAddress.Parse("127.0.0.2") : options.Bind]);
        using var engines = new EnginePool(options, folder);
        using var shells = new ShellTable(options);
        var service = new Service(options, shells, engines, new Configurations(options, folder));
        var plan = new FaultPlan();
        var journal = new Journal();
        var credSsp = options.CredSspVersion != 0 ? new CredSsp(options, accounts, plan) : null;
        var plain = new Site(options, accounts, service, plan, journal, credSsp, null, null);
        var secure = plain with { Certificate = certificates.Context, Leaf = certificates.Leaf };
        var warm = engines.WarmUp();
        using var http = new Listener(options.Bind, options.Port, s => new Connection(plain, s).Run());
        using var https = new Listener(options.Bind, options.HttpsPort, s => new Connection(secure, s).Run());
        var control = new ControlServer(plan, journal, shells, engines, credSsp);
        using var controlPort = new Listener(IPAddress.Loopback, options.ControlPort, control.Serve);
        await Task.WhenAny(warm, end.Task);
        string host = options.BindAllLoopback ? "127.0.0.1" : options.Bind.ToString();
        Console.Out.WriteLine(new JsonObject
        {
            ["pid"] = Environment.ProcessId, ["http"] = $"http://{host}:{http.Port}/wsman", ["https"] = $"https://{host}:{https.Port}/wsman",
            ["control"] = $"http://127.0.0.1:{controlPort.Port}", ["ca"] = certificates.CaPath, ["cert_sha256"] = certificates.Sha256,
            ["credssp_sha256"] = credSsp?.Sha256, ["cmdlets"] = Configurations.RealCmdlets ? "real" : "few",
        }.ToJsonString());
        Console.Out.Flush();
        if (options.UntilEof)
        {
            _ = Task.Run(() =>
            {
                while (Console.In.Read() >= 0)
                {
                    // until its end
                }
                end.TrySetResult();
            });
        }
        await end.Task;
    }
}
