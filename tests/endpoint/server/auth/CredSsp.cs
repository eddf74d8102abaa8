// CredSSP as this endpoint offers it: the certificate inside, what is counted, how it misbehaves when it is told to.
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Winch.Endpoint.Control;

namespace Winch.Endpoint.Auth;

/// <summary>Kind: one of CredSspMischief.Kinds. Value: the NTSTATUS of error-code, the version of old-version.</summary>
sealed record CredSspMischief(string Kind, uint? Value)
{
    public static readonly string[] Kinds =
        ["wrong-key", "reflect", "version-change", "error-code", "old-version", "garbage", "garbage-tls", "endless", "endless-tls", "early-200", "no-proof"];

    /// <summary>KIND or KIND=VALUE; null for what is neither.</summary>
    public static CredSspMischief? Parse(string text)
    {
        var words = text.Split('=', 2);
        uint? value = words.Length < 2 ? null : Convert.ToUInt32(words[1], words[1].StartsWith("0x", StringComparison.Ordinal) ? 16 : 10);
        return Kinds.Contains(words[0]) ? new CredSspMischief(words[0], value) : null;
    }
}

sealed class CredSsp
{
    readonly Options options;
    readonly FaultPlan plan;
    readonly Lock gate = new();
    readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    public CredSsp(Options options, Accounts accounts, FaultPlan plan)
    {
        (this.options, this.plan, Accounts) = (options, plan, accounts);
        var leaf = SelfSigned();
        Certificate = SslStreamCertificateContext.Create(leaf, null, offline: true);
        Sha256 = Convert.ToHexStringLower(SHA256.HashData(leaf.RawData));
        Key = leaf.PublicKey.EncodedKeyValue.RawData;
    }

    public Accounts Accounts { get; }
    public int Version => options.CredSspVersion;
    public string? Tls => options.CredSspTls;
    public SslStreamCertificateContext Certificate { get; }
    public string Sha256 { get; }

    /// <summary>SubjectPublicKey, without what says which kind of key it is.</summary>
    public byte[] Key { get; }

    /// <summary>A certificate of CredSSP's own, by nobody: as WinRM makes one.</summary>
    static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=CREDSSP-WINCH", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(7));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    /// <summary>For one connection.</summary>
    public CredSspAcceptor Start()
    {
        Count("handshakes");
        var armed = plan.Next("CredSSP");
        return new CredSspAcceptor(this, armed != null ? new CredSspMischief(armed.Do, armed.Value) : options.CredSspMischief);
    }

    public void Count(string what)
    {
        lock (gate)
        {
            counts[what] = counts.GetValueOrDefault(what) + 1;
        }
    }

    public void Clear()
    {
        lock (gate)
        {
            counts.Clear();
        }
    }

    /// <summary>How often each step of the handshake was come to.</summary>
    public JsonObject State()
    {
        lock (gate)
        {
            var state = new JsonObject { ["certificate"] = Sha256 };
            foreach (string what in new[] { "handshakes", "tls", "tls1.2", "tls1.3", "logons", "refused", "clientProofs", "authInfos", "secondHops" })
            {
                state[what] = counts.GetValueOrDefault(what);
            }
            return state;
        }
    }
}
