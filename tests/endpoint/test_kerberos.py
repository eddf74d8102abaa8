"""Kerberos in SPNEGO, with MIT's library on both sides."""

from credssp_client import CredSspClient
from gss_client import SealingClient
from harness import equal
from test_credssp import session as credssp_session
from test_sealing import bindings, session


def at(url):
    # the service's name is HTTP/localhost
    return url.replace("127.0.0.1", "localhost")


def test_sealed(e):
    session(SealingClient(at(e.http), realm=e.realm, empty_first=True), e)
    equal({x["owner"] for x in e.log("Create")}, {"WINCH\\vagrant"})


def test_channel_binding(e):
    session(SealingClient(at(e.https), realm=e.realm, empty_first=True, ca=e.ca, bindings=bindings(e)), e)


def test_wrong_channel_binding(e):
    c = SealingClient(at(e.https), realm=e.realm, empty_first=True, ca=e.ca, bindings=b"tls-server-end-point:" + bytes(32))
    equal(c.post(b"x")[0], 401)


def test_inside_credssp(e):
    for url, secure in ((e.http, {}), (e.https, {"ca": e.ca})):
        e.reset()
        c = CredSspClient(at(url), realm=e.realm, delegate=("WINCH.TEST", "vagrant", "vagrant"), **secure)
        credssp_session(c, e, is_sealed=url == e.http)


def test_ntlm_beside_it(e):
    session(SealingClient(e.http, spnego=True, empty_first=True), e)
