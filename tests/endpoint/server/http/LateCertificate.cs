// A client's certificate, asked for as WinRM does it: when a request has come that says that there is one.
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace Winch.Endpoint.Http;

static class LateCertificate
{
    public const string Scheme = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile/https/mutual";

    public static SslServerAuthenticationOptions Server(Options options, SslStreamCertificateContext own) => new()
    {
        ServerCertificateContext = own,
        AllowRenegotiation = options.ClientCa != null,
        EnabledSslProtocols = options.Tls switch { "1.2" => SslProtocols.Tls12, "1.3" => SslProtocols.Tls13, _ => SslProtocols.None },
        RemoteCertificateValidationCallback = options.ClientCa == null ? null
            : (_, shown, _, _) => shown == null || IsTrusted(options.ClientCa, (X509Certificate2)shown),
    };

    /// <summary>Renegotiates in TLS 1.2, asks for post-handshake authentication in TLS 1.3.</summary>
    public static async Task<X509Certificate2?> Ask(SslStream tls)
    {
        if (tls.RemoteCertificate == null && OperatingSystem.IsLinux())
        {
            await tls.NegotiateClientCertificateAsync();
        }
        return (X509Certificate2?)tls.RemoteCertificate;
    }

    static bool IsTrusted(string ca, X509Certificate2 shown)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.ImportFromPemFile(ca);
        return chain.Build(shown);
    }
}
