// What a connection needs of the mechanism that it was authenticated by: tokens in, tokens out, then sealing.
namespace Winch.Endpoint.Auth;

interface IAcceptor : IDisposable
{
    /// <summary>How a sealed body is named.</summary>
    string Protocol { get; }

    string? User { get; }

    bool Established { get; }

    /// <summary>The most plain bytes of one part; 0: a body is one part, however long.</summary>
    int MostInPart { get; }

    /// <summary>Takes a step; the token to send back, empty if there is none.</summary>
    byte[] Step(byte[] token);

    /// <summary>A sealed part: how many of its bytes the mechanism calls its signature, all its bytes, and what Length says.</summary>
    (int Signature, byte[] Sealed, int Length) Wrap(byte[] plain);

    /// <summary>Opens what was sealed: a signature of so many bytes, then the data.</summary>
    byte[] Unwrap(ReadOnlySpan<byte> token, int signature);
}
