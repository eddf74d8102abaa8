// From an envelope to its answer: reads, checks, and hands over to the operations.
using Winch.Endpoint.Shells;

namespace Winch.Endpoint.Wsman;

/// <summary>Who asks, and from where. Owner is empty on the anonymous path.</summary>
sealed record Caller(string Owner, bool Admin, string Mechanism, string ClientIp, string Url);

sealed class Service
{
    readonly Catalog catalog;
    readonly Lifecycle lifecycle;
    readonly Traffic traffic;
    readonly Repeats repeats = new();

    public Service(Options options, ShellTable shells, EnginePool engines, Configurations configurations)
    {
        catalog = new Catalog(options, shells);
        lifecycle = new Lifecycle(options, shells, engines, configurations);
        traffic = new Traffic(options, shells);
    }

    /// <summary>Identify needs no user and few headers (DSP0226 11).</summary>
    public static Reply Identify() => Catalog.Identify(anonymous: true);

    public async Task<Reply> Handle(Request request, Caller caller)
    {
        try
        {
            if (request.HasIdentify)
            {
                return Catalog.Identify(anonymous: false);
            }
            request.ReadHeaders();
            return await repeats.Once(request, caller, () => Dispatch(request, caller));
        }
        catch (FaultException e)
        {
            return Reply.Of(e.Fault, request.MessageId);
        }
    }

    Task<Reply> Dispatch(Request request, Caller caller) => request.Operation switch
    {
        "Create" => lifecycle.Create(request, caller),
        "Delete" => Task.FromResult(lifecycle.Delete(request, caller)),
        "Disconnect" => lifecycle.Disconnect(request, caller),
        "Reconnect" => Task.FromResult(lifecycle.Reconnect(request, caller)),
        "Connect" => lifecycle.Connect(request, caller),
        "Command" => traffic.Command(request, caller),
        "Send" => traffic.Send(request, caller),
        "Receive" => traffic.Receive(request, caller),
        "Signal" => traffic.Signal(request, caller),
        "Get" => Task.FromResult(catalog.Get(request, caller)),
        "Enumerate" => Task.FromResult(catalog.Enumerate(request, caller)),
        _ => throw Fault.ActionNotSupported(request.Action).Thrown(),
    };
}
