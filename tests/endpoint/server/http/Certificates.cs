// A certificate authority of this run's own, and a certificate for this host by it.
using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Winch.Endpoint.Http;

sealed class Certificates
{
    public Certificates(string folder, IEnumerable<IPAddress> addresses)
    {
        var from = DateTimeOffset.UtcNow.AddDays(-1);
        var until = DateTimeOffset.UtcNow.AddDays(7);
        using var caKey = RSA.Create(2048);
        var caRequest = new CertificateRequest("CN=winch test CA", caKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        caRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        caRequest.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(caRequest.PublicKey, false));
        var ca = caRequest.CreateSelfSigned(from, until);
        CaPath = Path.Combine(folder, "ca.pem");
        File.WriteAllText(CaPath, ca.ExportCertificatePem());
        var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        foreach (var address in addresses)
        {
            names.AddIpAddress(address);
        }
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false));
        request.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromCertificate(ca, true, false));
        var made = request.Create(ca, from, until, RandomNumberGenerator.GetBytes(16)).CopyWithPrivateKey(key);
        // SslStream wants a key that came in with its certificate
        Leaf = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        Context = SslStreamCertificateContext.Create(Leaf, [ca], offline: true);
    }

    /// <summary>One that was made elsewhere, and its key, in one file of PEM.</summary>
    public Certificates(string file)
    {
        CaPath = file;
        Leaf = X509CertificateLoader.LoadPkcs12(X509Certificate2.CreateFromPemFile(file, file).Export(X509ContentType.Pfx), null);
        Context = SslStreamCertificateContext.Create(Leaf, [], offline: true);
    }

    public string CaPath { get; }
    public X509Certificate2 Leaf { get; }
    public SslStreamCertificateContext Context { get; }
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Leaf.RawData));
}
