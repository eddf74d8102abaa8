// CredSSP of MS-CSSP 3.1.5 from the server's side: TLS in tokens, a logon inside it, proofs of the key, then the user's password.
using System.Formats.Asn1;
using System.Security.Authentication;
using System.Security.Cryptography;

namespace Winch.Endpoint.Auth;

sealed class CredSspException(string message) : Exception(message);

sealed class CredSspAcceptor(CredSsp site, CredSspMischief? mischief) : IAcceptor
{
    const int Oldest = 2;
    const int NonceBytes = 32;
    const int Slice = 16;
    const uint LogonFailure = 0xC000006D;

    /// <summary>NegTokenResp with accept-incomplete and nothing else.</summary>
    static readonly byte[] Incomplete = [0xa1, 7, 0x30, 5, 0xa0, 3, 0x0a, 1, 1];

    readonly CredSspTls tls = new(site.Certificate, site.Tls);
    readonly Acceptor inner = new("none", null, "Negotiate");
    int clientVersion;
    int answers;
    bool proven;
    bool failed;
    byte[] unsent = [];

    public string Protocol => "application/HTTP-CredSSP-session-encrypted";

    public int MostInPart => 16 * 1024;

    public string? User { get; private set; }

    public bool Established => User != null;

    /// <summary>How far the last step went: "tls", "logon", "proof", "credentials", "refused".</summary>
    public string Stage { get; private set; } = "tls";

    /// <summary>Whose password came, as DOMAIN\user.</summary>
    public string? Delegated { get; private set; }

    /// <summary>Whether a second logon with it succeeds: "ok", or why not.</summary>
    public string? SecondHop { get; private set; }

    public byte[] Step(byte[] token)
    {
        if (failed || Established)
        {
            throw new CredSspException("a token after the end");
        }
        try
        {
            bool before = tls.Done;
            var plain = tls.In(token);
            if (!before && tls.Done)
            {
                site.Count("tls");
                site.Count("tls" + tls.Version);
            }
            if (plain.Length > 0)
            {
                Answer(TsRequest.Read(plain));
            }
            return Spoilt(tls.Out());
        }
        catch (Exception e) when (e is AsnContentException or AuthenticationException or IOException or GssException)
        {
            throw new CredSspException(e.Message);
        }
    }

    int Version => mischief?.Kind == "old-version" ? (int)(mischief.Value ?? Oldest) : site.Version;

    /// <summary>The lower of both decides how the key is bound.</summary>
    int Common => Math.Min(Version, clientVersion);

    void Answer(TsRequest request)
    {
        if (request.Version < Oldest || (clientVersion != 0 && request.Version != clientVersion))
        {
            throw new CredSspException($"version {request.Version} after {clientVersion}");
        }
        clientVersion = request.Version;
        if (mischief?.Kind is "garbage" or "endless")
        {
            tls.Write(mischief.Kind == "garbage" ? "This is no TSRequest."u8 : (Request() with { NegoToken = Incomplete }).Bytes());
            return;
        }
        if (request.AuthInfo != null)
        {
            TakeCredentials(request.AuthInfo);
            return;
        }
        byte[]? nego = null;
        if (request.NegoToken != null && !Logon(request.NegoToken, out nego))
        {
            return;
        }
        if (request.PubKeyAuth == null)
        {
            Stage = "logon";
            tls.Write((Request() with { NegoToken = nego ?? [] }).Bytes());
            return;
        }
        Prove(CheckProof(request), nego);
    }

    /// <summary>What is to go out, with our version; "version-change" lies about it from the second message on.</summary>
    TsRequest Request() => new(mischief?.Kind == "version-change" && answers++ > 0 ? (Version == 6 ? 5 : Version + 1) : Version);

    /// <summary>A step of the logon. Refused: from version 3 on a client is told why (but version 5 has no errorCode).</summary>
    bool Logon(byte[] token, out byte[]? answer)
    {
        answer = null;
        try
        {
            answer = inner.Step(token);
            if (answer.Length == 0)
            {
                answer = null;
            }
            if (inner.Established)
            {
                site.Count("logons");
            }
            return true;
        }
        catch (GssException)
        {
            site.Count("logons");
            site.Count("refused");
            Stage = "refused";
            failed = true;
            if (Common is 3 or 4 or >= 6)
            {
                tls.Write((Request() with { ErrorCode = LogonFailure }).Bytes());
                return false;
            }
            throw;
        }
    }

    /// <summary>The nonce of the binding, if it has one.</summary>
    byte[]? CheckProof(TsRequest request)
    {
        if (!inner.Established)
        {
            throw new CredSspException("pubKeyAuth before the logon is complete");
        }
        // FreeRDP sends one to old servers, too: there it stands for nothing
        var nonce = Common >= 5 ? request.ClientNonce : null;
        if (Common >= 5 && nonce?.Length != NonceBytes)
        {
            throw new CredSspException("no clientNonce");
        }
        site.Count("clientProofs");
        var proof = inner.Open(request.PubKeyAuth);
        if (!CryptographicOperations.FixedTimeEquals(proof, CredSspBinding.OfClient(site.Key, nonce)))
        {
            throw new CredSspException("the client means another key: somebody is in between");
        }
        Stage = "proof";
        proven = true;
        return nonce;
    }

    void Prove(byte[]? nonce, byte[]? nego)
    {
        var answer = Request() with { NegoToken = nego };
        switch (mischief?.Kind)
        {
            case "error-code":
                failed = true;
                tls.Write((answer with { ErrorCode = mischief.Value ?? LogonFailure }).Bytes());
                return;
            case "early-200":
                User = inner.User;
                return;
            case "no-proof":
                tls.Write(answer.Bytes());
                return;
        }
        using var other = RSA.Create(2048);
        var proof = mischief?.Kind switch
        {
            "wrong-key" => CredSspBinding.OfServer(other.ExportRSAPublicKey(), nonce),
            "reflect" => CredSspBinding.OfClient(site.Key, nonce),
            _ => CredSspBinding.OfServer(site.Key, nonce),
        };
        tls.Write((answer with { PubKeyAuth = inner.Wrap(proof).Sealed }).Bytes());
    }

    void TakeCredentials(byte[] authInfo)
    {
        site.Count("authInfos");
        if (!proven)
        {
            throw new CredSspException("credentials before the proof");
        }
        Stage = "credentials";
        var password = TsPassword.Read(inner.Open(authInfo));
        string? owner = site.Accounts.Resolve(password.Domain, password.User);
        Delegated = owner ?? password.ToString();
        SecondHop = owner == null ? "no such account" : Auth.SecondHop.Try(owner, password.Password);
        if (SecondHop != "ok")
        {
            throw new CredSspException($"{Delegated}: {SecondHop}");
        }
        site.Count("secondHops");
        User = inner.User;
    }

    byte[] Spoilt(byte[] records)
    {
        if (mischief?.Kind == "endless-tls")
        {
            // the last byte never comes
            unsent = [.. unsent, .. records];
            var slice = unsent[..Math.Min(Slice, Math.Max(0, unsent.Length - 1))];
            unsent = unsent[slice.Length..];
            return slice;
        }
        if (mischief?.Kind == "garbage-tls" && tls.Done && records.Length > 0)
        {
            new Random(4).NextBytes(records);
        }
        return records;
    }

    public (int Signature, byte[] Sealed, int Length) Wrap(byte[] plain)
    {
        tls.Write(plain);
        return (tls.Trailer(plain.Length), tls.Out(), plain.Length);
    }

    public byte[] Unwrap(ReadOnlySpan<byte> token, int signature)
    {
        byte[] plain;
        try
        {
            plain = tls.In(token);
        }
        catch (IOException e)
        {
            throw new SealException(e.Message);
        }
        if (plain.Length > MostInPart)
        {
            throw new SealException($"a part of {plain.Length} bytes");
        }
        return signature == tls.Trailer(plain.Length) ? plain : throw new SealException($"a trailer of {signature} bytes");
    }

    public void Dispose()
    {
        tls.Dispose();
        inner.Dispose();
    }
}
