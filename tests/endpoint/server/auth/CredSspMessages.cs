// The messages of MS-CSSP 2.2.1 in DER.
using System.Formats.Asn1;
using System.Text;

namespace Winch.Endpoint.Auth;

/// <summary>TSRequest: what is not there is null.</summary>
sealed record TsRequest(int Version)
{
    public byte[]? NegoToken { get; init; }
    public byte[]? AuthInfo { get; init; }
    public byte[]? PubKeyAuth { get; init; }
    public uint? ErrorCode { get; init; }
    public byte[]? ClientNonce { get; init; }

    public static TsRequest Read(byte[] der)
    {
        var whole = new AsnReader(der, AsnEncodingRules.DER);
        var fields = whole.ReadSequence();
        whole.ThrowIfNotEmpty();
        var request = new TsRequest((int)Inside(fields, 0).ReadInteger());
        while (fields.HasData)
        {
            int number = fields.PeekTag().TagValue;
            var field = Inside(fields, number);
            request = number switch
            {
                1 => request with { NegoToken = ReadNego(field) },
                2 => request with { AuthInfo = field.ReadOctetString() },
                3 => request with { PubKeyAuth = field.ReadOctetString() },
                4 => request with { ErrorCode = (uint)(long)field.ReadInteger() },
                5 => request with { ClientNonce = field.ReadOctetString() },
                _ => throw new AsnContentException($"TSRequest has no field {number}"),
            };
        }
        return request;
    }

    static byte[] ReadNego(AsnReader field)
        => Inside(field.ReadSequence().ReadSequence(), 0).ReadOctetString();

    public static AsnReader Inside(AsnReader reader, int number)
        => reader.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true));

    public byte[] Bytes()
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.PushSequence();
        Tagged(writer, 0, () => writer.WriteInteger(Version));
        if (NegoToken != null)
        {
            Tagged(writer, 1, () => WriteNego(writer));
        }
        Octets(writer, 2, AuthInfo);
        Octets(writer, 3, PubKeyAuth);
        if (ErrorCode != null)
        {
            // an NTSTATUS is a signed number of 32 bits
            Tagged(writer, 4, () => writer.WriteInteger((int)ErrorCode.Value));
        }
        Octets(writer, 5, ClientNonce);
        writer.PopSequence();
        return writer.Encode();
    }

    void WriteNego(AsnWriter writer)
    {
        writer.PushSequence();
        writer.PushSequence();
        Octets(writer, 0, NegoToken);
        writer.PopSequence();
        writer.PopSequence();
    }

    static void Octets(AsnWriter writer, int number, byte[]? value)
    {
        if (value != null)
        {
            Tagged(writer, number, () => writer.WriteOctetString(value));
        }
    }

    static void Tagged(AsnWriter writer, int number, Action inside)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, number, isConstructed: true);
        writer.PushSequence(tag);
        inside();
        writer.PopSequence(tag);
    }
}

/// <summary>TSPasswordCreds in TSCredentials: who, and by which password.</summary>
sealed record TsPassword(string Domain, string User, string Password)
{
    const int PasswordType = 1;

    public static TsPassword Read(byte[] der)
    {
        var credentials = new AsnReader(der, AsnEncodingRules.DER).ReadSequence();
        int type = (int)TsRequest.Inside(credentials, 0).ReadInteger();
        if (type != PasswordType)
        {
            throw new AsnContentException($"credType {type}");
        }
        var inner = TsRequest.Inside(credentials, 1).ReadOctetString();
        var fields = new AsnReader(inner, AsnEncodingRules.DER).ReadSequence();
        return new TsPassword(Text(fields, 0), Text(fields, 1), Text(fields, 2));
    }

    static string Text(AsnReader fields, int number) => Encoding.Unicode.GetString(TsRequest.Inside(fields, number).ReadOctetString());

    /// <summary>Never with the password.</summary>
    public override string ToString() => Domain == "" ? User : $"{Domain}\\{User}";
}
