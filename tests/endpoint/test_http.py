"""HTTP, authentication and sealing, with curl and with Debian's pywinrm."""

import os
import shutil
import subprocess
import tempfile

from harness import Skip, equal
from wsman_client import POWERSHELL, Client, Fault

SOAP = "Content-Type: application/soap+xml;charset=UTF-8"
IDENTIFY = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:wsmid="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd">'
            "<s:Header/><s:Body><wsmid:Identify/></s:Body></s:Envelope>")
LEGACY = """openssl_conf = init
[init]
providers = both
[both]
default = on
legacy = on
[on]
activate = 1
"""


def curl(*args, data=IDENTIFY, env=None):
    """Status, head and body of one request."""
    if not shutil.which("curl"):
        raise Skip("no curl")
    run = subprocess.run(["curl", "-sS", "-i", "--noproxy", "*", *args, "--data-binary", "@-"], input=data.encode(), capture_output=True,
                         timeout=60, env={**os.environ, **(env or {})})
    if run.returncode:
        raise AssertionError(run.stderr.decode())
    head, _, body = run.stdout.rpartition(b"\r\n\r\n") if not run.stdout.endswith(b"\r\n\r\n") else (run.stdout, b"", b"")
    # the last answer of a handshake counts
    head = head[head.rfind(b"HTTP/1.1"):].decode()
    return int(head.split()[1]), head, body.decode(errors="replace")


def winrm(endpoint, code, user="vagrant", password="vagrant"):
    """Runs Python with pywinrm's Session as s. NTLM's MD4 is in OpenSSL's legacy provider."""
    check = subprocess.run(["/usr/bin/python3", "-c", "import winrm"], capture_output=True)
    if check.returncode:
        raise Skip("no python3-winrm")
    with tempfile.NamedTemporaryFile("w", suffix=".cnf") as conf:
        conf.write(LEGACY)
        conf.flush()
        program = (f"import winrm\ns = winrm.Session({endpoint.http!r}, auth=({user!r}, {password!r}), transport='ntlm', "
                   f"message_encryption='always')\n{code}")
        run = subprocess.run(["/usr/bin/python3", "-c", program], capture_output=True, timeout=60, text=True,
                             env={**os.environ, "OPENSSL_CONF": conf.name, "PYTHONUTF8": "1", "no_proxy": "*"})
    return run.stdout, run.stderr


def test_curl_identify_anonymous(e):
    status, _, body = curl(e.http.replace("/wsman", "/wsman-anon/identify"), "-H", SOAP)
    equal(status, 200)
    assert "OS: 0.0.0" in body and "wsman.xsd" in body, body


def test_curl_offers(e):
    status, head, _ = curl(e.http, "-H", SOAP)
    equal(status, 401)
    equal([line for line in head.split("\r\n") if line.startswith("WWW-")], ["WWW-Authenticate: Negotiate"])
    _, head, _ = curl(e.https, "--cacert", e.ca, "-H", SOAP)
    assert 'Basic realm="WSMAN"' in head, head


def test_curl_basic_tls(e):
    status, _, body = curl(e.https, "--cacert", e.ca, "-u", "vagrant:vagrant", "-H", SOAP)
    equal(status, 200)
    assert "OS: 10" in body, body
    equal(curl(e.https, "--cacert", e.ca, "-u", "jürgen:pässwörd€", "-H", SOAP)[0], 200, "UTF-8 name and password")
    equal(curl(e.https, "--cacert", e.ca, "-u", "vagrant:wrong", "-H", SOAP)[0], 401)


def test_curl_no_basic_without_tls(e):
    equal(curl(e.http, "-u", "vagrant:vagrant", "-H", SOAP)[0], 401)


def test_curl_negotiate_spnego(e):
    """curl's GSSAPI: NTLM inside SPNEGO."""
    if "GSS-API" not in subprocess.run(["curl", "-V"], capture_output=True, text=True).stdout:
        raise Skip("this curl has no GSS-API")
    with tempfile.NamedTemporaryFile("w") as users:
        users.write(":vagrant:vagrant\n")
        users.flush()
        env = {"NTLM_USER_FILE": users.name, "KRB5_CONFIG": "/dev/null", "KRB5CCNAME": "/nonexistent"}
        status, head, body = curl(e.https, "--cacert", e.ca, "--negotiate", "-u", ":", "-H", SOAP, env=env)
        equal(status, 200, head)
        assert "OS: 10" in body, body
        equal(curl(e.http, "--negotiate", "-u", ":", "-H", SOAP, env=env)[0], 500, "unsealed on HTTP")


def test_curl_wrong_requests(e):
    basic = ["--cacert", e.ca, "-u", "vagrant:vagrant"]
    equal(curl(e.https, *basic, "-H", "Content-Type: text/plain")[0], 415)
    status, _, body = curl(e.https, *basic, "-H", SOAP, data="<this is not XML")
    equal(status, 500)
    assert "WSManFault" in body, body
    equal(curl(e.https, *basic, "-H", SOAP, data='<!DOCTYPE x [<!ENTITY a "b">]><x/>')[0], 500)
    equal(curl(e.https, *basic, "-H", SOAP, "-X", "GET")[0], 405)
    equal(curl(e.https.replace("/wsman", "/other"), *basic, "-H", SOAP)[0], 404)
    equal(curl(e.https, *basic, "-H", SOAP, data=IDENTIFY + " " * 600_000)[0], 413)


def test_curl_sealed_without_context(e):
    kind = 'Content-Type: multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="Encrypted Boundary"'
    equal(curl(e.https, "--cacert", e.ca, "-u", "vagrant:vagrant", "-H", kind, data="--Encrypted Boundary\r\n")[0], 400)


def test_pywinrm_sealed_cmd(e):
    out, err = winrm(e, "r = s.run_cmd('echo', ['hi;', 'echo', 'oops', '>&2;', 'exit', '3'])\nprint((r.status_code, r.std_out, r.std_err))")
    equal(out.strip(), repr((3, b"hi\n", b"oops\n")), err[-300:])
    sealed = [x for x in e.log() if x["op"] in ("Create", "Command", "Receive", "Signal", "Delete")]
    assert len(sealed) >= 5 and all(x["sealed"] for x in sealed), sealed
    equal({x["owner"] for x in sealed}, {"WINCH\\vagrant"})
    equal({x["connection"] for x in sealed}, {sealed[0]["connection"]}, "one connection")


def test_pywinrm_environment(e):
    out, err = winrm(e, "p = s.protocol\n"
                     "i = p.open_shell(env_vars={'A': 'b \\u20ac'}, working_directory='/usr')\n"
                     "c = p.run_command(i, 'echo \"$A $PWD\"')\nprint(p.get_command_output(i, c)[0].decode())\np.cleanup_command(i, c)\np.close_shell(i)")
    equal(out.strip(), "b € /usr", err[-300:])


def test_pywinrm_much_output(e):
    out, err = winrm(e, "r = s.run_cmd('seq 1 200000')\nprint(len(r.std_out), r.std_out[-7:])")
    equal(out.strip(), "1288895 b'200000\\n'", err[-300:])


def test_pywinrm_wrong_password(e):
    out, err = winrm(e, "s.run_cmd('true')", password="wrong")
    assert "InvalidCredentialsError" in err, out + err
    equal(e.log("Create"), [])


def test_pywinrm_unknown_user(e):
    _, err = winrm(e, "s.run_cmd('true')", user="nobody")
    assert "InvalidCredentialsError" in err, err


def test_pywinrm_domain(e):
    out, err = winrm(e, "print(s.run_cmd('echo in').std_out)", user="CORP\\alice", password="pw")
    equal(out.strip(), repr(b"in\n"), err[-300:])
    equal({x["owner"] for x in e.log("Create")}, {"CORP\\alice"})


def test_configuration_is_for_admins(e):
    body = ""
    get = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Get"
    c = Client(e.https, ca=e.ca)
    c.resource = "http://schemas.microsoft.com/wbem/wsman/1/config"
    try:
        c.call(get, body)
    except Fault as fault:
        equal(fault.code, 5)
    else:
        raise AssertionError("anybody may read it")
    c = Client(e.https, "admin", "admin", ca=e.ca)
    c.resource = "http://schemas.microsoft.com/wbem/wsman/1/config"
    reply = c.call(get, body)
    equal(reply.find(".//{http://schemas.microsoft.com/wbem/wsman/1/config}MaxEnvelopeSizekb").text, "500")
    assert POWERSHELL
