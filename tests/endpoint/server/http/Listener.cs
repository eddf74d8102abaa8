// Accepts connections on a loopback port.
using System.Net;
using System.Net.Sockets;

namespace Winch.Endpoint.Http;

sealed class Listener : IDisposable
{
    readonly Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public Listener(IPAddress address, int port, Func<Socket, Task> serve)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        if (address.Equals(IPAddress.Any))
        {
            BindToLoopback();
        }
        socket.Bind(new IPEndPoint(address, port));
        socket.Listen(512);
        _ = Accept(serve);
    }

    /// <summary>All of 127.0.0.0/8 is one socket on the loopback device: from elsewhere it can't be reached.</summary>
    void BindToLoopback()
    {
        const int solSocket = 1;
        const int bindToDevice = 25;
        socket.SetRawSocketOption(solSocket, bindToDevice, "lo\0"u8);
    }

    public int Port => ((IPEndPoint)socket.LocalEndPoint!).Port;

    async Task Accept(Func<Socket, Task> serve)
    {
        try
        {
            while (true)
            {
                var accepted = await socket.AcceptAsync();
                if (accepted.LocalEndPoint is not IPEndPoint local || !IPAddress.IsLoopback(local.Address))
                {
                    accepted.Dispose();
                    continue;
                }
                accepted.NoDelay = true;
                _ = serve(accepted);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // the end
        }
    }

    public void Dispose() => socket.Dispose();
}
