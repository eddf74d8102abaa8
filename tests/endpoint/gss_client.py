"""A sealing client on GSSAPI by ctypes: raw NTLM or NTLM in SPNEGO, by gss-ntlmssp on this side too."""

import base64
import ctypes as C
import os
import re
import struct
import tempfile

from wsman_client import Client, Fault

KIND = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
NTLM, SPNEGO = b"\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a", b"\x2b\x06\x01\x05\x05\x02"
USER_NAME, HOST_SERVICE = b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x01", b"\x2a\x86\x48\x86\xf7\x12\x01\x02\x01\x04"
# mutual, replay, sequence, confidentiality, integrity
FLAGS = 2 | 4 | 8 | 16 | 32


class Buffer(C.Structure):
    _fields_ = [("length", C.c_size_t), ("value", C.c_void_p)]


class Oid(C.Structure):
    _fields_ = [("length", C.c_uint32), ("elements", C.c_void_p)]


class OidSet(C.Structure):
    _fields_ = [("count", C.c_size_t), ("elements", C.POINTER(Oid))]


class Bindings(C.Structure):
    _fields_ = [("itype", C.c_uint32), ("iaddr", Buffer), ("atype", C.c_uint32), ("aaddr", Buffer), ("data", Buffer)]


def buffer(data):
    b = Buffer(len(data), C.cast(C.create_string_buffer(data, len(data)), C.c_void_p))
    b.keep = data
    return b


def oid(data):
    keep = C.create_string_buffer(data, len(data))
    o = Oid(len(data), C.cast(keep, C.c_void_p))
    o.keep = keep
    return o


class Context:
    """One security context of a user whose password is in a file of our own."""

    tickets = "FILE:/nonexistent/tickets"

    def __init__(self, user, password, spnego=False, bindings=None):
        self.lib = C.CDLL("libgssapi_krb5.so.2")
        self.libc = C.CDLL(None)
        # gss-ntlmssp compares names in the locale's encoding
        self.libc.setlocale(6, b"C.UTF-8")
        self.users = tempfile.NamedTemporaryFile("w", encoding="utf-8")
        self.users.write(f":{user}:{password}\n")
        self.users.flush()
        self.libc.setenv(b"NTLM_USER_FILE", os.fsencode(self.users.name), 1)
        # SPNEGO takes what it finds: a ticket only where one is wanted
        self.libc.setenv(b"KRB5CCNAME", self.tickets.encode(), 1)
        self.mech, self.ctx, self.minor = oid(SPNEGO if spnego else NTLM), C.c_void_p(), C.c_uint32()
        self.cred = self.credential(user)
        self.target = self.name(b"HTTP@localhost", HOST_SERVICE)
        self.bindings = None
        if bindings:
            self.bindings = Bindings()
            self.bindings.data = buffer(bindings)
        self.done, self.signature = False, 16

    def check(self, major, what):
        if major & 0xFFFF0000:
            raise RuntimeError(f"{what}: {major:08x} {self.minor.value}")

    def name(self, text, kind):
        out, b, k = C.c_void_p(), buffer(text), oid(kind)
        self.check(self.lib.gss_import_name(C.byref(self.minor), C.byref(b), C.byref(k), C.byref(out)), "gss_import_name")
        return out

    def credential(self, user):
        out = C.c_void_p()
        mech = oid(NTLM)
        mechs = OidSet(1, C.pointer(mech))
        self.check(self.lib.gss_acquire_cred(C.byref(self.minor), self.name(user.encode(), USER_NAME), C.c_uint32(0), C.byref(mechs), 1,
                                             C.byref(out), None, None), "gss_acquire_cred")
        return out

    def step(self, token=b""):
        given, out = buffer(token), Buffer()
        major = self.lib.gss_init_sec_context(
            C.byref(self.minor), self.cred, C.byref(self.ctx), self.target, C.byref(self.mech), C.c_uint32(FLAGS), C.c_uint32(0),
            C.byref(self.bindings) if self.bindings else None, C.byref(given) if token else None, None, C.byref(out), None, None)
        self.check(major, "gss_init_sec_context")
        self.done = major == 0
        return self.take(out)

    def take(self, out):
        data = C.string_at(out.value, out.length) if out.length else b""
        self.lib.gss_release_buffer(C.byref(self.minor), C.byref(out))
        return data

    def wrap(self, data):
        given, out, state = buffer(data), Buffer(), C.c_int()
        self.check(self.lib.gss_wrap(C.byref(self.minor), self.ctx, 1, 0, C.byref(given), C.byref(state), C.byref(out)), "gss_wrap")
        return self.take(out)

    def unwrap(self, data):
        given, out, state, qop = buffer(data), Buffer(), C.c_int(), C.c_uint32()
        self.check(self.lib.gss_unwrap(C.byref(self.minor), self.ctx, C.byref(given), C.byref(out), C.byref(state), C.byref(qop)), "gss_unwrap")
        return self.take(out)


class Iov(C.Structure):
    _fields_ = [("type", C.c_uint32), ("buffer", Buffer)]


class KerberosContext(Context):
    """Kerberos in SPNEGO, from the ticket cache that the realm's environment names; parts as Windows seals them: no trailer."""

    DATA, HEADER, PADDING, ALLOCATE = 1, 2, 9, 0x10000

    def __init__(self, realm, bindings=None):
        libc = C.CDLL(None)
        libc.setenv(b"KRB5_CONFIG", realm.env["KRB5_CONFIG"].encode(), 1)
        self.tickets = realm.env["KRB5CCNAME"]
        super().__init__("nobody", "nothing", spnego=True, bindings=bindings)
        self.signature = 0

    def credential(self, user):
        return None

    def wrap(self, data):
        """The header's length is kept for who writes it before the header."""
        body = C.create_string_buffer(data, len(data))
        parts = (Iov * 3)()
        parts[0].type = self.HEADER | self.ALLOCATE
        parts[1].type, parts[1].buffer = self.DATA, Buffer(len(data), C.cast(body, C.c_void_p))
        parts[2].type = self.PADDING | self.ALLOCATE
        state = C.c_int()
        self.check(self.lib.gss_wrap_iov(C.byref(self.minor), self.ctx, 1, 0, C.byref(state), parts, 3), "gss_wrap_iov")
        header, padding = (C.string_at(p.buffer.value, p.buffer.length) if p.buffer.length else b"" for p in (parts[0], parts[2]))
        self.signature = len(header)
        return header + body.raw + padding

    def unwrap(self, data):
        keep = C.create_string_buffer(data, len(data))
        at, parts, state, qop = C.addressof(keep), (Iov * 3)(), C.c_int(), C.c_uint32()
        parts[0].type, parts[0].buffer = self.HEADER, Buffer(self.signature, at)
        parts[1].type, parts[1].buffer = self.DATA, Buffer(len(data) - self.signature, at + self.signature)
        parts[2].type = self.PADDING
        self.check(self.lib.gss_unwrap_iov(C.byref(self.minor), self.ctx, C.byref(state), C.byref(qop), parts, 3), "gss_unwrap_iov")
        return C.string_at(parts[1].buffer.value, parts[1].buffer.length)


class SealingClient(Client):
    """The first sealed body goes with the AUTHENTICATE token, unless empty_first."""

    def __init__(self, url, user="vagrant", password="vagrant", spnego=False, empty_first=False, bindings=None, realm=None, **how):
        super().__init__(url, user, password, **how)
        self.who, self.spnego, self.empty_first, self.cb, self.realm = (user, password), spnego, empty_first, bindings, realm
        self.context = None

    def close(self):
        super().close()
        self.context = None

    def raw(self, body, kind, token=None):
        headers = {"Authorization": "Negotiate " + base64.b64encode(token).decode()} if token else {}
        return super().post(body, kind, headers=headers, auth=False)

    def answer(self, headers):
        m = re.search(r"Negotiate ([A-Za-z0-9+/=]+)", headers.get("WWW-Authenticate") or "")
        return base64.b64decode(m.group(1)) if m else b""

    def post(self, body, content_type="application/soap+xml;charset=UTF-8", **_):
        token = None
        if self.context is None:
            refused, token = self.authenticate(content_type)
            if refused:
                return refused
        status, headers, data = self.raw(self.seal(body, content_type), KIND, token)
        if token:
            self.last_token(self.context, headers)
        return status, headers, self.unseal(data) if "encrypted" in (headers.get("Content-Type") or "") else data

    def authenticate(self, content_type):
        """A refusal, or the token that is to go with the first body."""
        if self.realm:
            # one leg: the ticket, and the server's word on it comes with the answer
            context = KerberosContext(self.realm, self.cb)
            token = context.step()
        else:
            context = Context(*self.who, self.spnego, self.cb)
            status, headers, data = self.raw(b"", content_type, context.step())
            if status != 401 or not self.answer(headers):
                return (status, headers, data), None
            token = context.step(self.answer(headers))
        if self.empty_first:
            status, headers, data = self.raw(b"", content_type, token)
            if status != 200:
                return (status, headers, data), None
            self.last_token(context, headers)
            token = None
        self.context = context
        return None, token

    def last_token(self, context, headers):
        if self.answer(headers) and not context.done:
            context.step(self.answer(headers))

    def seal(self, body, kind):
        token = self.context.wrap(body)
        return (b"--Encrypted Boundary\r\n\tContent-Type: application/HTTP-SPNEGO-session-encrypted\r\n"
                + f"\tOriginalContent: type={kind};Length={len(body)}\r\n".encode()
                + b"--Encrypted Boundary\r\n\tContent-Type: application/octet-stream\r\n" + struct.pack("<I", self.context.signature) + token + b"--Encrypted Boundary--\r\n")

    def unseal(self, data):
        length = int(re.search(rb"Length=(\d+)", data).group(1))
        start = data.index(b"octet-stream\r\n") + 14
        signature = struct.unpack("<I", data[start:start + 4])[0]
        assert signature == self.context.signature, signature
        plain = self.context.unwrap(data[start + 4:data.rindex(b"--Encrypted Boundary--")])
        assert len(plain) == length, "Length"
        return plain


__all__ = ["SealingClient", "Fault"]
