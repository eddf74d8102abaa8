"""A WinRM server's side of NTLM and Kerberos, for servers that are honest up to a point: the contexts are gss-ntlmssp's and MIT's,
by GSSAPI, and so all that they make is right until a test makes it wrong.  SPNEGO around Kerberos is written by hand."""
import ctypes as C
import os
import re
import struct
import sys

from endpoint import TOP

sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from gss_client import Buffer, KerberosContext, Context, buffer  # noqa: E402

from fake_server import BOUNDARY, SEALED, multipart  # noqa: E402

WINDOWS_OID, KERBEROS_OID = bytes.fromhex("2a864882f712010202"), bytes.fromhex("2a864886f712010202")


def load():
    """The mechanisms that this machine has, before an environment for somebody else names others."""
    try:
        library, minor, found = C.CDLL("libgssapi_krb5.so.2"), C.c_uint32(), C.c_void_p()
    except OSError:
        return  # the tests skip
    library.gss_indicate_mechs(C.byref(minor), C.byref(found))
    library.gss_release_oid_set(C.byref(minor), C.byref(found))


class Acceptor:
    """One context.  The environment says where keytab and passwords are."""

    def __init__(self, kerberos):
        self.lib = C.CDLL("libgssapi_krb5.so.2")
        self.kerberos = kerberos
        self.minor, self.ctx = C.c_uint32(), C.c_void_p()
        self.done, self.signature = False, 0 if kerberos else 16

    check, take = Context.check, Context.take

    def step(self, token):
        given, out = buffer(token), Buffer()
        major = self.lib.gss_accept_sec_context(C.byref(self.minor), C.byref(self.ctx), None, C.byref(given), None, None, None, C.byref(out), None, None,
                                                None)
        self.check(major, "gss_accept_sec_context")
        self.done = major == 0
        return self.take(out)

    def mic(self, text):
        given, out = buffer(text), Buffer()
        self.check(self.lib.gss_get_mic(C.byref(self.minor), self.ctx, 0, C.byref(given), C.byref(out)), "gss_get_mic")
        return self.take(out)

    def verify(self, text, mic):
        given, theirs = buffer(text), buffer(mic)
        self.check(self.lib.gss_verify_mic(C.byref(self.minor), self.ctx, C.byref(given), C.byref(theirs), None), "gss_verify_mic")

    def wrap(self, plain):
        """The signature and the sealed data."""
        whole = KerberosContext.wrap(self, plain) if self.kerberos else Context.wrap(self, plain)
        return whole[:self.signature], whole[self.signature:]

    def unwrap(self, signature, data):
        self.signature = len(signature)
        return (KerberosContext if self.kerberos else Context).unwrap(self, signature + data)

    # What the methods of KerberosContext use.
    DATA, HEADER, PADDING, ALLOCATE = (getattr(KerberosContext, n) for n in ("DATA", "HEADER", "PADDING", "ALLOCATE"))

    def seal(self, plain):
        signature, data = self.wrap(plain)
        return multipart(signature, data, len(plain))

    def open(self, body):
        """A sealed body's text."""
        start = body.index(b"octet-stream\r\n") + 14
        size, = struct.unpack("<I", body[start:start + 4])
        rest = body[start + 4:body.rindex(BOUNDARY)]
        plain = self.unwrap(rest[:size], rest[size:])
        assert len(plain) == int(re.search(rb"Length=(\d+)", body).group(1)), "Length"
        return plain


def der_next(data):
    """Tag, content, the rest."""
    length, at = data[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, at = int.from_bytes(data[2:2 + size], "big"), 2 + size
    return data[0], data[at:at + length], data[at + length:]


def fields(token):
    """NegTokenInit or NegTokenResp: context tag -> what is in it."""
    tag, inner, _ = der_next(token)
    if tag == 0x60:  # in its frame, behind SPNEGO's OID
        _, inner, _ = der_next(der_next(inner)[2])
    rest, found = der_next(inner)[1], {}
    while rest:
        tag, content, rest = der_next(rest)
        found[tag] = content
    return found


def mechanism_list(init):
    """MechTypeList as it stands, and Kerberos's token out of its OCTET STRING."""
    parts = fields(init)
    return parts[0xA0], der_next(parts[0xA2])[1]


load()
__all__ = ["Acceptor", "SEALED", "fields", "mechanism_list", "der_next", "WINDOWS_OID", "KERBEROS_OID"]
