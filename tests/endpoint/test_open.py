"""An endpoint that lets everything in."""

from harness import equal
from test_http import IDENTIFY, SOAP, curl
from wsman_client import Client


def test_no_auth(e):
    status, _, body = curl(e.http, "-H", SOAP, data=IDENTIFY)
    equal(status, 200)
    assert "OS: 10" in body, body


def test_basic_on_http(e):
    c = Client(e.http)
    c.open()
    equal([m[3] for m in c.run("1") if m[0] == 0x41004], ["<I32>1</I32>"])
    equal(e.control("/state")["shells"][0]["owner"], "WINCH\\vagrant")
    c.delete()
    status, headers, _ = Client(e.http, password="wrong").post(b"x")
    equal(status, 401)
    assert 'Basic realm="WSMAN"' in headers.get_all("WWW-Authenticate"), headers
