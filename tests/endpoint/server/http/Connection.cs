// One client's connection: reads requests one after the other, lets them through the gate, unseals, acts, seals, answers.
using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Xml.Linq;
using Winch.Endpoint.Auth;
using Winch.Endpoint.Control;
using Winch.Endpoint.Wsman;

namespace Winch.Endpoint.Http;

/// <summary>What all connections share; the certificate's two forms are there on HTTPS only.</summary>
sealed record Site(
    Options Options, Accounts Accounts, Service Service, FaultPlan Plan, Journal Journal,
    CredSsp? CredSsp, SslStreamCertificateContext? Certificate, X509Certificate2? Leaf);

/// <summary>The connection ends without another word.</summary>
sealed class DropException : Exception;

sealed class Connection(Site site, Socket socket)
{
    readonly Gate gate = new(site.Options, site.Accounts, site.Leaf, site.CredSsp);
    readonly long number = site.Journal.ConnectionOpened();
    readonly string clientIp = ((System.Net.IPEndPoint)socket.RemoteEndPoint!).Address.ToString();
    readonly string url = (site.Leaf != null ? "https://" : "http://") + socket.LocalEndPoint + "/wsman";
    bool wasSealed;

    Site Site => site;

    public async Task Run()
    {
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (site.Certificate != null)
            {
                var tls = new SslStream(stream);
                stream = tls;
                await tls.AuthenticateAsServerAsync(LateCertificate.Server(site.Options, site.Certificate));
            }
            await Loop(stream);
        }
        catch (Exception e) when (e is IOException or DropException or ObjectDisposedException or SocketException or GssException
            or System.Security.Authentication.AuthenticationException)
        {
            // one way or another the client is gone
        }
        finally
        {
            gate.Dispose();
            await stream.DisposeAsync();
            site.Journal.ConnectionClosed();
        }
    }

    async Task Loop(Stream stream)
    {
        var reader = new HttpReader(stream);
        while (true)
        {
            HttpRequest? request;
            try
            {
                // sealed and in base64 or not, nothing that fits is more than this
                request = await reader.Read(site.Options.IdleConnection, site.Options.MaxEnvelopeBytes + 64 * 1024);
            }
            catch (HttpException e)
            {
                await stream.WriteAsync(new HttpReply(e.Status, []) { Close = true }.Bytes());
                await reader.Drain(TimeSpan.FromSeconds(2));
                return;
            }
            if (request == null)
            {
                return;
            }
            var exchange = new Exchange(this, stream, request);
            if (!await exchange.Run())
            {
                return;
            }
        }
    }

    /// <summary>One request and its answer.</summary>
    sealed class Exchange(Connection connection, Stream stream, HttpRequest request)
    {
        readonly Site site = connection.Site;
        readonly long started = Stopwatch.GetTimestamp();
        readonly Entry entry = new() { Connection = connection.number, Tls = connection.Site.Leaf != null, RequestBytes = request.Body.Length };
        ArmedFault? armed;
        byte[] token = [];

        public async Task<bool> Run()
        {
            var reply = await Answer();
            if (token.Length > 0)
            {
                reply.Authenticate.Add(connection.gate.Scheme + " " + Convert.ToBase64String(token));
            }
            if (request.Header("Connection").Equals("close", StringComparison.OrdinalIgnoreCase))
            {
                reply.Close = true;
            }
            site.Journal.Answered(entry, reply.Status, reply.Body.Length, Stopwatch.GetElapsedTime(started));
            await Mischief.Write(stream, reply, armed);
            return !reply.Close;
        }

        async Task<HttpReply> Answer()
        {
            if (request.Path.Split('?')[0] is not ("/wsman" or "/wsman/" or "/wsman-anon/identify"))
            {
                return Logged("?", new HttpReply(404, []) { Close = true });
            }
            if (request.Method != "POST")
            {
                return Logged("?", new HttpReply(405, []) { Close = true });
            }
            if (request.Path == "/wsman-anon/identify" || request.Header("WSMANIDENTIFY") == "unauthenticated")
            {
                return Anonymous();
            }
            string authorization = request.Header("Authorization");
            var verdict = authorization == LateCertificate.Scheme && site.Options.ClientCa != null && stream is SslStream tls
                ? connection.gate.CheckCertificate(await LateCertificate.Ask(tls))
                : connection.gate.Check(authorization);
            entry.Auth = verdict.Mechanism;
            NoteCredSsp();
            entry.Owner = verdict.Owner;
            if (verdict.Owner == null)
            {
                armed = site.Plan.Next("Negotiate");
                await Mischief.Before(armed);
                return Logged("Negotiate", verdict.Reply!);
            }
            token = verdict.Token;
            return await Authenticated(verdict);
        }

        HttpReply Anonymous()
        {
            try
            {
                var parsed = Request.Parse(request.Body);
                return Logged("Identify", parsed.HasIdentify ? Http(Service.Identify()) : connection.gate.Refuse().Reply!);
            }
            catch (FaultException e)
            {
                return Logged("Identify", Http(Reply.Of(e.Fault, null)));
            }
        }

        async Task<HttpReply> Authenticated(Gate.Verdict verdict)
        {
            if (request.Body.Length == 0)
            {
                // the way to authenticate without saying anything yet
                return Logged("Empty", new HttpReply(200, []));
            }
            string type = request.Header("Content-Type");
            var body = request.Body;
            bool isSealed = Sealing.IsSealed(type);
            entry.Sealed = isSealed;
            if (isSealed && verdict.Fresh && site.Options.StrictFirstBody)
            {
                return Logged("?", new HttpReply(400, []));
            }
            if (isSealed)
            {
                if (connection.gate.Acceptor is not { Established: true } acceptor || !Sealing.IsRight(acceptor, type))
                {
                    return Logged("?", new HttpReply(400, []) { Close = true });
                }
                try
                {
                    (body, type) = Sealing.Unseal(acceptor, body, type);
                    connection.wasSealed = true;
                }
                catch (Exception e) when (e is SealException or GssException)
                {
                    return Logged("?", new HttpReply(400, []) { Close = true });
                }
            }
            else if (MustBeSealed(verdict))
            {
                return Logged("?", new HttpReply(500, []) { Close = true });
            }
            return await Soap(verdict, body, type, isSealed);
        }

        bool MustBeSealed(Gate.Verdict verdict)
            => verdict.Mechanism is "Negotiate" or "Kerberos" or "CredSSP" && site.Leaf == null && (!site.Options.AllowUnencrypted || connection.wasSealed);

        async Task<HttpReply> Soap(Gate.Verdict verdict, byte[] body, string type, bool isSealed)
        {
            if (body.Length > site.Options.MaxEnvelopeBytes)
            {
                return Logged("?", new HttpReply(413, []) { Close = true });
            }
            if (!type.StartsWith("application/soap+xml", StringComparison.OrdinalIgnoreCase))
            {
                return Logged("?", new HttpReply(415, []));
            }
            HttpReply reply;
            try
            {
                var parsed = Request.Parse(body);
                armed = site.Plan.Next(parsed.Operation);
                Note(parsed);
                Logged(parsed.Operation, null);
                reply = await Act(parsed, verdict);
            }
            catch (FaultException e)
            {
                reply = Logged("?", Http(Reply.Of(e.Fault, null)));
            }
            catch (Exception e) when (e is not (DropException or IOException))
            {
                // a fault of ours: it must be seen
                await Console.Error.WriteLineAsync("endpoint: " + e);
                reply = Http(Reply.Of(Fault.StillRunning(), null));
            }
            if (isSealed && connection.gate.Acceptor is { Established: true } acceptor && reply.ContentType != null && armed?.Do != "unsealed")
            {
                reply.ContentType = Sealing.ContentType(acceptor, reply.Body.Length);
                reply.Body = Sealing.Seal(acceptor, reply.Body, Names.SoapType);
            }
            return reply;
        }

        async Task<HttpReply> Act(Request parsed, Gate.Verdict verdict)
        {
            await Mischief.Before(armed);
            switch (armed?.Do)
            {
                case "401":
                    token = [];
                    var refused = connection.gate.Refuse().Reply!;
                    refused.Close = !armed.Keep;
                    return refused;
                case "status":
                    return new HttpReply(armed.Status, System.Text.Encoding.UTF8.GetBytes(armed.Body ?? ""));
                case "fault":
                    return Http(Reply.Of(new Fault("Receiver", "w:InternalError", armed.Code, armed.Body ?? "A fault on demand."), parsed.MessageId));
            }
            bool admin = site.Accounts.IsAdmin(verdict.Owner!);
            var caller = new Caller(verdict.Owner!, admin, verdict.Mechanism, connection.clientIp, connection.url);
            var reply = await site.Service.Handle(parsed, caller);
            if (reply.Status == 500)
            {
                entry.Fault = Mischief.FaultCode(reply.Body);
            }
            if (armed?.Do == "drop-after")
            {
                throw new DropException();
            }
            return Http(reply);
        }

        void NoteCredSsp()
        {
            if (connection.gate.LastCredSsp is { } last)
            {
                (entry.Stage, entry.Delegated, entry.SecondHop) = (last.Stage, last.Delegated, last.SecondHop);
            }
        }

        void Note(Request parsed)
        {
            entry.MessageId = parsed.MessageId;
            var command = parsed.Body.Descendants().Attributes("CommandId").FirstOrDefault();
            entry.CommandId = command?.Value;
            entry.IdleTimeOut = parsed.Body.Descendants(Names.Rsp + "IdleTimeOut").FirstOrDefault()?.Value;
            var header = parsed.Body.Parent?.Element(Names.S + "Header");
            entry.ShellId = header?.Descendants(Names.W + "Selector").FirstOrDefault(s => s.Attribute("Name")?.Value == "ShellId")?.Value
                ?? parsed.Body.Element(Names.Rsp + "Shell")?.Attribute("ShellId")?.Value;
            entry.SessionId = header?.Element(Names.P + "SessionId")?.Value;
            entry.OperationTimeout = header?.Element(Names.W + "OperationTimeout")?.Value;
            entry.MaxEnvelopeSize = int.TryParse(header?.Element(Names.W + "MaxEnvelopeSize")?.Value, out int size) ? size : null;
        }

        static HttpReply Http(Reply reply) => new(reply.Status, reply.Body, reply.Type);

        HttpReply Logged(string op, HttpReply? reply)
        {
            if (entry.Op == "")
            {
                entry.Op = op;
                site.Journal.Add(entry);
            }
            return reply!;
        }
    }
}
