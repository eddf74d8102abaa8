"""NTLM and sealing in all its forms, with gss-ntlmssp on both sides."""

import hashlib
import ssl
import urllib.parse

from gss_client import KIND, SealingClient
from harness import equal
from test_shells import texts
from wsman_client import Client, Fault


def session(c, e):
    c.open()
    equal(texts(c.run("1..50")), [f"<I32>{i}</I32>" for i in range(1, 51)])
    c.delete()
    used = [x for x in e.log() if x["op"] in ("Create", "Command", "Receive")]
    equal({x["sealed"] for x in used}, {True})


def test_raw_ntlm(e):
    session(SealingClient(e.http), e)
    equal(len(e.log("Empty")), 0, "the first body went with the token")


def test_raw_ntlm_empty_first(e):
    session(SealingClient(e.http, empty_first=True), e)
    equal(len(e.log("Empty")), 1)


def test_spnego(e):
    session(SealingClient(e.http, spnego=True, empty_first=True), e)


def test_utf8(e):
    session(SealingClient(e.http, "jürgen", "pässwörd€"), e)
    equal({x["owner"] for x in e.log("Create")}, {"WINCH\\jürgen"})


def test_wrong_password(e):
    status, headers, _ = SealingClient(e.http, "vagrant", "wrong").post(b"x")
    equal((status, headers["WWW-Authenticate"]), (401, "Negotiate"))


def test_unsealed_after_sealed(e):
    c = SealingClient(e.http)
    c.open()
    status, _, data = c.raw(c.envelope("urn:x", ""), "application/soap+xml;charset=UTF-8")
    equal((status, data), (500, b""))


def test_bad_seal(e):
    c = SealingClient(e.http)
    c.open()
    sealed = bytearray(c.seal(c.envelope("urn:x", ""), "application/soap+xml;charset=UTF-8"))
    sealed[-60] ^= 1
    equal(c.raw(bytes(sealed), KIND)[0], 400)


def test_old_seal(e):
    """The same sealed bytes a second time are no message."""
    c = SealingClient(e.http)
    c.open()
    sealed = c.seal(c.envelope("urn:x", ""), "application/soap+xml;charset=UTF-8")
    equal(c.raw(sealed, KIND)[0], 500)
    equal(c.raw(sealed, KIND)[0], 400)


def test_wrong_length(e):
    c = SealingClient(e.http)
    c.open()
    sealed = c.seal(b"<x/>" * 10, "application/soap+xml;charset=UTF-8").replace(b"Length=40", b"Length=41")
    equal(c.raw(sealed, KIND)[0], 400)


def test_form_of_the_parts(e):
    for right, wrong in ((b"\tContent-Type: app", b"Content-Type: app"), (b"OriginalContent", b"Originalcontent"), (b"--Encrypted Boundary\r\n\tContent-Type: application/o",
                         b"-- Encrypted Boundary\r\n\tContent-Type: application/o")):
        c = SealingClient(e.http)
        c.open()
        equal(c.raw(c.seal(b"<x/>", "application/soap+xml;charset=UTF-8").replace(right, wrong), KIND)[0], 400, wrong)


def test_faults_on_the_seal(e):
    for do in ("bad-seal", "unsealed"):
        c = SealingClient(e.http)
        c.open()
        e.fault("Command", do)
        try:
            c.start("1")
            got = "plain"
        except (RuntimeError, AssertionError):
            got = "refused"
        equal(got, "refused" if do == "bad-seal" else "plain", do)


def test_401_in_mid_session(e):
    """The connection has forgotten its user: what is sealed for the old context is worth nothing."""
    c = SealingClient(e.http)
    c.open()
    e.fault("Command", "401")
    try:
        c.start("1")
    except Fault as fault:
        equal(fault.status, 401)
    c.context = None
    equal(texts(c.run("2")), ["<I32>2</I32>"])
    c.delete()


def test_basic_on_http_is_not_enough(e):
    equal(Client(e.http).post(b"x")[0], 401)


def bindings(e):
    where = urllib.parse.urlsplit(e.https)
    der = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate((where.hostname, where.port)))
    equal(hashlib.sha256(der).hexdigest(), e.info["cert_sha256"])
    return b"tls-server-end-point:" + hashlib.sha256(der).digest()


def test_channel_binding(e):
    """relaxed: right or not there."""
    right = SealingClient(e.https, ca=e.ca, bindings=bindings(e))
    session(right, e)
    session(SealingClient(e.https, ca=e.ca), e)
    equal(SealingClient(e.https, ca=e.ca, bindings=b"tls-server-end-point:" + bytes(32)).post(b"x")[0], 401)
