"""CredSSP on OpenSSL's TLS (Python's ssl over memory) and gss-ntlmssp or MIT's Kerberos: what a client of MS-CSSP must do, and what it must not."""

import base64
import hashlib
import os
import re
import ssl
import struct

from gss_client import Context, KerberosContext
from wsman_client import Client

PROTOCOL = "application/HTTP-CredSSP-session-encrypted"
PART = 16384
LEGS = 10


class Refused(Exception):
    """The server ended the handshake: its status, and the NTSTATUS of its errorCode if one came."""

    def __init__(self, status, code=None):
        super().__init__(f"HTTP {status}, errorCode {code}")
        self.status, self.code = status, code


# DER, as much of it as these messages need


def tlv(tag, *parts):
    data = b"".join(parts)
    n = len(data)
    size = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + size + data


def field(number, *parts):
    return tlv(0xA0 + number, *parts)


def number(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def split(data):
    """What is inside, as (tag, bytes) in their order."""
    out = []
    while data:
        size, at = data[1], 2
        if size & 0x80:
            at += size & 0x7F
            size = int.from_bytes(data[2:at], "big")
        out.append((data[0], data[at:at + size]))
        data = data[at + size:]
    return out


def ts_request(version, nego=None, info=None, proof=None, nonce=None):
    fields = field(0, number(version))
    if nego is not None:
        fields += field(1, tlv(0x30, tlv(0x30, field(0, tlv(4, nego)))))
    for i, value in ((2, info), (3, proof), (5, nonce)):
        if value is not None:
            fields += field(i, tlv(4, value))
    return tlv(0x30, fields)


def read_ts_request(data):
    """version, nego, proof and code of what a server says."""
    (_, body), = split(data)
    got = {tag - 0xA0: split(value)[0][1] for tag, value in split(body)}
    nego = split(split(split(got[1])[0][1])[0][1])[0][1] if 1 in got else None
    code = int.from_bytes(got[4], "big") & 0xFFFFFFFF if 4 in got else None
    return int.from_bytes(got[0], "big"), nego, got.get(3), code


def ts_password(domain, user, password):
    text = [field(i, tlv(4, t.encode("utf-16-le"))) for i, t in enumerate((domain, user, password))]
    return tlv(0x30, field(0, number(1)), field(1, tlv(4, tlv(0x30, *text))))


def public_key(certificate):
    """SubjectPublicKey of a certificate: in its first part the seventh field (after version, number, …, subject), there the second."""
    tbs = split(split(split(certificate)[0][1])[0][1])
    return split(tbs[6][1])[1][1][1:]


class CredSspClient(Client):
    """delegate: the (domain, user, password) that is sent at the end, if other than the one that logs on."""

    def __init__(self, url, user="vagrant", password="vagrant", version=6, delegate=None, realm=None, tls=None, key=None, **how):
        super().__init__(url, user, password, **how)
        self.who, self.ts_version, self.realm, self.wrong_key = (user, password), version, realm, key
        self.delegate = delegate or ("", user, password)
        self.tls, self.max_tls, self.server_versions = None, tls, []

    def begin(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.max_tls:
            context.maximum_version = context.minimum_version = self.max_tls
        self.inside, self.outside = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.inside, self.outside)
        self.inner = KerberosContext(self.realm) if self.realm else Context(*self.who, spnego=True)

    def close(self):
        super().close()
        self.tls = None

    def leg(self, token):
        """Sends a token; the status, and the server's token or None."""
        status, headers, _ = super().post(b"", headers={"Authorization": "CredSSP " + base64.b64encode(token).decode()}, auth=False)
        m = re.fullmatch(r"CredSSP ([A-Za-z0-9+/=]*)", headers.get("WWW-Authenticate") or "")
        return status, base64.b64decode(m.group(1)) if m else None

    def handshake(self):
        for _ in range(LEGS):
            try:
                self.tls.do_handshake()
                done = True
            except ssl.SSLWantReadError:
                done = False
            token = self.outside.read()
            if done and not token:
                return
            status, answer = self.leg(token)
            if status != 401 or answer is None:
                raise Refused(status)
            self.inside.write(answer)
        raise ValueError("TLS does not end")

    def say(self, message):
        """One TSRequest there, one back; None if the server is content."""
        self.tls.write(message)
        status, answer = self.leg(self.outside.read())
        if status == 200 and answer is None:
            return None
        if answer is None:
            raise Refused(status)
        self.inside.write(answer)
        version, nego, proof, code = read_ts_request(self.tls.read(1 << 20))
        self.server_versions.append(version)
        if code is not None:
            raise Refused(status, code)
        return nego, proof

    def authenticate(self):
        self.begin()
        self.handshake()
        token = self.inner.step()
        for _ in range(LEGS):
            nego, _ = self.say(ts_request(self.ts_version, token))
            token = self.inner.step(nego)
            # NTLM in SPNEGO: the context is complete only when the server's MIC has come, with its proof
            if self.inner.done or b"NTLMSSP\x00\x03" in (token or b""):
                break
        self.prove(token)
        assert self.say(ts_request(self.ts_version, info=self.inner.wrap(ts_password(*self.delegate)))) is None

    def prove(self, token):
        key = public_key(self.tls.getpeercert(True))
        nonce = os.urandom(32) if min(self.ts_version, self.server_versions[0]) >= 5 else None
        ours = self.wrong_key or key
        proof = hashlib.sha256(b"CredSSP Client-To-Server Binding Hash\0" + nonce + ours).digest() if nonce else ours
        nego, answer = self.say(ts_request(self.ts_version, token or None, proof=self.inner.wrap(proof), nonce=nonce))
        if nego:
            self.inner.step(nego)
        expected = (hashlib.sha256(b"CredSSP Server-To-Client Binding Hash\0" + nonce + key).digest() if nonce
                    else bytes([(key[0] + 1) & 255]) + key[1:])
        assert answer is not None and self.inner.unwrap(answer) == expected, "the server means another key"

    def trailer(self):
        return 17 if self.tls.version() == "TLSv1.3" else 16

    def part(self, body, kind, length=None, trailer=None):
        self.tls.write(body)
        return (f"--Encrypted Boundary\r\n\tContent-Type: {PROTOCOL}\r\n"
                f"\tOriginalContent: type={kind};Length={len(body) if length is None else length}\r\n"
                "--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n").encode() + struct.pack(
                    "<I", self.trailer() if trailer is None else trailer) + self.outside.read()

    def seal(self, body, kind):
        parts = [self.part(body[i:i + PART], kind) for i in range(0, len(body), PART)]
        return b"".join(parts) + b"--Encrypted Boundary--\r\n"

    def unseal(self, data):
        plain = b""
        for part in re.split(rb"--Encrypted Boundary(?:--)?\r\n\tContent-Type: application/HTTP-CredSSP", data)[1:]:
            length = int(re.search(rb"Length=(\d+)", part).group(1))
            start = part.index(b"octet-stream\r\n") + 14
            assert struct.unpack("<I", part[start:start + 4])[0] == self.trailer(), "trailer"
            self.inside.write(part[start + 4:].removesuffix(b"--Encrypted Boundary--\r\n"))
            got = self.tls.read(1 << 20)
            assert len(got) == length <= PART, "Length"
            plain += got
        return plain

    def post(self, body, content_type="application/soap+xml;charset=UTF-8", **_):
        if self.tls is None:
            self.authenticate()
        if self.url.scheme == "https":
            return super().post(body, content_type, auth=False)
        return self.raw(self.seal(body, content_type), len(body) > PART)

    def raw(self, body, multi=False):
        kind = f'multipart/{"x-multi-" if multi else ""}encrypted;protocol="{PROTOCOL}";boundary="Encrypted Boundary"'
        status, headers, data = super().post(body, kind, auth=False)
        said = headers.get("Content-Type") or ""
        assert ("x-multi" in said) == (data.count(b"OriginalContent") > 1), said
        return status, headers, self.unseal(data) if "encrypted" in said else data
