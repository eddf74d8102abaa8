// tls-server-end-point of RFC 5929 4.1: the hash of the certificate that its signature uses, SHA-256 in the place of MD5 and SHA-1.
using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Text;

namespace Winch.Endpoint.Auth;

static class EndPointBinding
{
    const string RsaPss = "1.2.840.113549.1.1.10";
    const string Sha1 = "1.3.14.3.2.26";

    static readonly Dictionary<string, HashAlgorithmName> Hashes = new()
    {
        ["1.2.840.113549.1.1.4"] = HashAlgorithmName.SHA256, // md5WithRSAEncryption
        ["1.2.840.113549.1.1.5"] = HashAlgorithmName.SHA256, // sha1WithRSAEncryption
        ["1.2.840.113549.1.1.11"] = HashAlgorithmName.SHA256,
        ["1.2.840.113549.1.1.12"] = HashAlgorithmName.SHA384,
        ["1.2.840.113549.1.1.13"] = HashAlgorithmName.SHA512,
        ["1.2.840.10045.4.1"] = HashAlgorithmName.SHA256, // ecdsa-with-SHA1
        ["1.2.840.10045.4.3.2"] = HashAlgorithmName.SHA256,
        ["1.2.840.10045.4.3.3"] = HashAlgorithmName.SHA384,
        ["1.2.840.10045.4.3.4"] = HashAlgorithmName.SHA512,
        // in the parameters of RSASSA-PSS the hash has a name of its own
        [Sha1] = HashAlgorithmName.SHA256,
        ["2.16.840.1.101.3.4.2.1"] = HashAlgorithmName.SHA256,
        ["2.16.840.1.101.3.4.2.2"] = HashAlgorithmName.SHA384,
        ["2.16.840.1.101.3.4.2.3"] = HashAlgorithmName.SHA512,
    };

    /// <summary>Empty where the signature names no hash (Ed25519): then nothing is defined.</summary>
    public static byte[] Of(byte[] certificate)
    {
        if (!Hashes.TryGetValue(HashOid(certificate), out var name))
        {
            return [];
        }
        var hash = name.Name switch
        {
            "SHA384" => SHA384.HashData(certificate),
            "SHA512" => SHA512.HashData(certificate),
            _ => SHA256.HashData(certificate),
        };
        return [.. Encoding.ASCII.GetBytes("tls-server-end-point:"), .. hash];
    }

    /// <summary>Certificate: tbsCertificate, signatureAlgorithm, signature (RFC 5280 4.1).</summary>
    static string HashOid(byte[] certificate)
    {
        var whole = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence();
        whole.ReadEncodedValue();
        var algorithm = whole.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        return oid == RsaPss ? OfPss(algorithm) : oid;
    }

    /// <summary>hashAlgorithm [0], by default SHA-1 (RFC 4055 3.1).</summary>
    static string OfPss(AsnReader algorithm)
    {
        var zero = new Asn1Tag(TagClass.ContextSpecific, 0);
        var parameters = algorithm.ReadSequence();
        return parameters.HasData && parameters.PeekTag().HasSameClassAndValue(zero)
            ? parameters.ReadSequence(zero).ReadSequence().ReadObjectIdentifier()
            : Sha1;
    }
}
