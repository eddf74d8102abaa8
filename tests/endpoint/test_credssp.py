"""CredSSP: a client of OpenSSL's TLS and gss-ntlmssp, then pypsrp with requests-credssp, which nobody here wrote."""

import ssl
import urllib.parse

from credssp_client import PART, CredSspClient, Refused
from harness import Skip, equal
from test_shells import texts

KINDS = ("wrong-key", "reflect", "garbage", "garbage-tls", "endless", "endless-tls", "no-proof")


def counts(e, **expected):
    state = e.control("/state")["credssp"]
    equal({k: state[k] for k in expected}, expected)


def session(c, e, is_sealed):
    c.open()
    equal(texts(c.run("1..50")), [f"<I32>{i}</I32>" for i in range(1, 51)])
    c.delete()
    equal({(x["sealed"], x["owner"]) for x in e.log("Create") + e.log("Receive")}, {(is_sealed, "WINCH\\vagrant")})
    last = [x for x in e.log() if x["stage"] == "credentials"]
    equal([(x["delegated"], x["secondHop"]) for x in last], [("WINCH\\vagrant", "ok")])


def refused(c):
    try:
        c.open()
    except Refused as why:
        return why.status, why.code
    raise AssertionError("it came in")


def test_sealed(e):
    session(CredSspClient(e.http), e, True)
    counts(e, handshakes=1, tls=1, logons=1, refused=0, clientProofs=1, authInfos=1, secondHops=1)


def test_https(e):
    session(CredSspClient(e.https, ca=e.ca), e, False)


def test_tls_versions(e):
    for tls, counted in ((ssl.TLSVersion.TLSv1_2, "tls1.2"), (ssl.TLSVersion.TLSv1_3, "tls1.3")):
        e.reset()
        session(CredSspClient(e.http, tls=tls), e, True)
        counts(e, **{"tls": 1, counted: 1})


def test_versions(e):
    """The lower version of both decides: the nonce is wanted from 5 on, and only then."""
    for version in (2, 3, 4, 5, 6):
        c = CredSspClient(e.http, version=version)
        c.open()
        equal(set(c.server_versions), {6})
        e.fault("CredSSP", "old-version", value=version)
        c = CredSspClient(e.http)
        c.open()
        equal(set(c.server_versions), {version})


def test_big_bodies(e):
    c = CredSspClient(e.http)
    c.open()
    equal(len(texts(c.run("'%s'" % ("x" * 100_000)))[0]), 100_007)
    assert max(x["requestBytes"] for x in e.log("Command")) > 130_000
    # in as many replies as the server will
    replies = [x["replyBytes"] for x in e.log("Receive")]
    assert sum(replies) > 130_000 and max(replies) > 2 * PART, replies
    c.delete()


def test_wrong_password(e):
    """errorCode has a place in 3, 4 and 6; 2 and 5 only say 401."""
    for version, code in ((2, None), (3, 0xC000006D), (4, 0xC000006D), (5, None), (6, 0xC000006D)):
        e.reset()
        equal(refused(CredSspClient(e.http, password="wrong", version=version)), (401, code), version)
        counts(e, logons=1, refused=1, clientProofs=0, authInfos=0)


def test_client_that_means_another_key(e):
    for version in (4, 6):
        e.reset()
        equal(refused(CredSspClient(e.http, version=version, key=b"\x30" + bytes(270))), (401, None))
        counts(e, clientProofs=1, authInfos=0)


def test_delegated_password_that_is_wrong(e):
    equal(refused(CredSspClient(e.http, delegate=("", "vagrant", "other"))), (401, None))
    equal(refused(CredSspClient(e.http, delegate=("", "nobody", "vagrant"))), (401, None))
    counts(e, authInfos=2, secondHops=0)
    assert [x["secondHop"] for x in e.log() if x["stage"] == "credentials"] != ["ok", "ok"]


def test_domain(e):
    c = CredSspClient(e.http, "jürgen", "pässwörd€", delegate=("WINCH", "jürgen", "pässwörd€"))
    c.open()
    equal({x["delegated"] for x in e.log() if x["delegated"]}, {"WINCH\\jürgen"})


def test_name_with_at(e):
    c = CredSspClient(e.http, "carl@corp.example", "pw")
    c.open()
    equal({(x["delegated"], x["secondHop"]) for x in e.log() if x["delegated"]}, {("WINCH\\carl@corp.example", "ok")})


def test_misbehaving(e):
    """Every kind keeps a client that looks from sending its password."""
    for kind in KINDS:
        e.reset()
        e.fault("CredSSP", kind)
        try:
            CredSspClient(e.http).open()
        except (AssertionError, RuntimeError, ValueError, IndexError, KeyError, ssl.SSLError):
            counts(e, handshakes=1, authInfos=0)
        else:
            raise AssertionError(f"{kind} was not seen")
        CredSspClient(e.http).open()


def test_error_code(e):
    e.fault("CredSSP", "error-code", value=0xC0000234)
    equal(refused(CredSspClient(e.http)), (401, 0xC0000234))
    counts(e, authInfos=0)


def test_form_of_the_parts(e):
    soap = "application/soap+xml;charset=UTF-8"
    for how in ({"length": 5}, {"trailer": 3}):
        c = CredSspClient(e.http)
        c.open()
        equal(c.raw(c.part(b"<x/>", soap, **how) + b"--Encrypted Boundary--\r\n")[0], 400, how)
    for body, multi in ((b"<x>" + b" " * 17_000 + b"</x>", False), (b"<x/>", True)):
        c = CredSspClient(e.http)
        c.open()
        equal(c.raw(c.seal(body, soap), multi)[0], 500 if multi else 400, multi)


def test_unsealed_after_sealed(e):
    c = CredSspClient(e.http)
    c.open()
    equal(super(CredSspClient, c).post(c.envelope("urn:x", ""), auth=False)[0], 500)


def test_empty_token(e):
    equal(CredSspClient(e.http).leg(b""), (401, None))
    counts(e, handshakes=0)


def pypsrp_client(url, e, password="vagrant"):
    try:
        import requests_credssp  # noqa: F401
        from pypsrp.client import Client
    except ImportError as why:
        raise Skip(f"no pypsrp with requests-credssp for this Python ({why}): nobody else's client proves this acceptor here")
    where = urllib.parse.urlsplit(url)
    secure = where.scheme == "https"
    return Client(where.hostname, port=where.port, ssl=secure, cert_validation=e.ca if secure else True, username="vagrant", password=password, auth="credssp")


def test_pypsrp(e):
    script = "$x = '%s'; $x.Length; 'b' * 400000" % ("a" * 300_000)
    for url in (e.http, e.https):
        for version in (2, 3, 4, 5, 6):
            e.reset()
            e.fault("CredSSP", "old-version", value=version)
            with pypsrp_client(url, e) as c:
                out, _, failed = c.execute_ps(script)
            equal((out.split("\n")[0], len(out), failed), ("300000", 400_007, False))
            counts(e, authInfos=1, secondHops=1)
            equal({x["sealed"] for x in e.log("Command")}, {url == e.http})


def test_pypsrp_wrong_password(e):
    pypsrp_client(e.http, e)
    from requests_credssp.exceptions import NTStatusException
    try:
        with pypsrp_client(e.http, e, "wrong") as c:
            c.execute_ps("1")
    except NTStatusException as why:
        assert "STATUS_LOGON_FAILURE" in str(why), why
    else:
        raise AssertionError("it came in")
    counts(e, logons=1, refused=1, authInfos=0)


def test_pypsrp_wrong_key(e):
    pypsrp_client(e.http, e)
    from requests_credssp.exceptions import AuthenticationException
    for kind in ("wrong-key", "reflect"):
        e.reset()
        e.fault("CredSSP", kind)
        try:
            with pypsrp_client(e.http, e) as c:
                c.execute_ps("1")
        except AuthenticationException as why:
            assert "man in the middle" in str(why), why
        else:
            raise AssertionError("it came in")
        counts(e, clientProofs=1, authInfos=0)
