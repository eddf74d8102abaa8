// pubKeyAuth of MS-CSSP 3.1.5: each end shows by its logon that the key of the TLS certificate is the one it means.
using System.Security.Cryptography;

namespace Winch.Endpoint.Auth;

/// <summary>Key: SubjectPublicKey as it stands in the certificate. Nonce: null before version 5.</summary>
static class CredSspBinding
{
    public static byte[] OfClient(byte[] key, byte[]? nonce)
        => nonce == null ? key : Hash("CredSSP Client-To-Server Binding Hash\0"u8, nonce, key);

    public static byte[] OfServer(byte[] key, byte[]? nonce)
    {
        if (nonce != null)
        {
            return Hash("CredSSP Server-To-Client Binding Hash\0"u8, nonce, key);
        }
        // the same bytes, the first one greater by one
        var next = (byte[])key.Clone();
        next[0]++;
        return next;
    }

    static byte[] Hash(ReadOnlySpan<byte> magic, byte[] nonce, byte[] key) => SHA256.HashData([.. magic, .. nonce, .. key]);
}
