"""winch doctor against the endpoint: what happens to the one credential that is sent, and what a session tells."""
import os
import re
import socket
import ssl
import subprocess
import threading
import unittest
import unittest.mock

from doctor import NOTE, OK, SKIPPED, Authority, Doctor, Server, winrm
from endpoint import Endpoint, Missing
from port import read_message
from program import AUTH, CONNECT, DONE, PASSWORD, PROTOCOL, TIMEOUT, USER, Live, Program, winch
from relay import Relay

WHO = ["--user", USER]

# A listener for http, and one for https, whose thumbprint was typed with blanks.
DRIVES = r"""
function Get-ChildItem { param($Path, [switch] $Recurse)
    if (-not $Recurse -or $Path -ne 'WSMan:\localhost\Listener') { throw $Path }
    foreach ($line in 'Port 5985', 'CertificateThumbprint ', 'Port 5986', 'CertificateThumbprint ab cd') {
        $name, $value = $line -split ' ', 2
        [pscustomobject] @{ Name = $name; Value = $value }
    } }
function Get-Item { param($Path)
    if ($Path -ne 'Cert:\LocalMachine\My\abcd') { throw $Path }
    [pscustomobject] @{ RawData = [Convert]::FromBase64String('PEM') } }
"""


MODULE = r"""
function Get-PSSessionConfiguration { [CmdletBinding()] param()
    foreach ($name in "Microsoft.PowerShell", "PowerShell.7", "x`e[2J`e]0;t`a`u{202e}",
        "y`"; remedy: run`nproblem  name") { [pscustomobject]@{ Name = $name } } }
function Get-ChildItem { [CmdletBinding()] param($Path)
    [pscustomobject]@{ Name = "MaxShellsPerUser"; Value = "25" }; [pscustomobject]@{ Name = "Path"; Value = $Path } }
"""
MANIFEST = """@{ ModuleVersion = "1.0"; RootModule = "Windows.psm1"
FunctionsToExport = "Get-PSSessionConfiguration", "Get-ChildItem" }"""


class LiveDoctor(Live, Doctor):
    def at(self, *args, tls=False, password=PASSWORD, who=WHO, **how):
        e = self.endpoint
        return self.examine(*([e.https, "--ca-file", e.ca] if tls else [e.http]), *who, *args, password=password, **how)

    def shown(self):
        """How often the server has judged a credential, and said no."""
        log = self.endpoint.log()
        begun = {r["connection"] for r in log if r["auth"]}
        return sum(r["connection"] in begun and r["status"] == 401 and not r["auth"] for r in log), len(begun)


class Well(LiveDoctor):
    def test_all_is_well(self):
        e = self.at()
        self.healthy(e)
        for check in "name", "port", "winrm", "clock", "mechanism", "auth", "session", "version", "language":
            e.one(check, OK)
        self.assertEqual(e.one("winrm", OK)["vendor"], "Microsoft Corporation")
        self.assertEqual(e.one("mechanism", OK)["offers"], "Negotiate")
        self.assertRegex(e.one("version", OK)["version"], r"^7\.\d+")
        self.assertEqual(e.one("version", OK)["protocol"], "2.4")
        self.assertEqual(e.summary["text"], "winch run works here")
        session = e.one("session", OK)
        create = [r for r in self.endpoint.log() if r["op"] in ("Create", "Receive")]
        self.assertTrue(session["requests"] and session["requests"] <= len(create), (session, create))
        self.assertGreater(session["open_ms"], 0)

    def test_for_people(self):
        e = self.endpoint
        r = self.doctor(e.http, *WHO, password=PASSWORD)
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        for line in r.lines():
            self.assertRegex(line, r"^(ok|note|skipped) +[a-z]+ +\S")
        self.assertRegex(r.lines()[-1], r"^ok +summary +winch run works here$")

    def test_every_way_in(self):
        e = self.endpoint
        for args, tls in (["--auth", "ntlm"], False), ([], True), (["--auth", "basic"], True):
            with self.subTest(args, tls=tls):
                e = self.at(*args, tls=tls)
                self.healthy(e)
                self.assertEqual(e.r.err, "")
                self.no_shell()
        e = self.endpoint
        self.healthy(self.examine(e.https, *WHO, "--pin", "sha256:" + e.pin, password=PASSWORD))
        port = re.search(r":(\d+)/", e.http).group(1)
        self.healthy(self.examine(f"{USER}@127.0.0.1", "--port", port, password=PASSWORD))

    def test_a_pin_is_compared_on_the_host_itself(self):
        """No pin is offered without the command that prints it there: run by the engine, over stand-ins for Windows' drives."""
        e = self.endpoint
        for args in [], ["--pin", "sha256:" + "0" * 64], ["--tls-name", "web9", "--ca-file", e.ca]:
            problem = self.examine(e.https, *WHO, *args, password=PASSWORD).findings[0]
            _, offered, remedy = problem["remedy"].partition("--pin sha256:" + e.pin)
            self.assertTrue(offered, problem)
            self.assertIn("if the host itself prints that", remedy)
            there = remedy.partition("on the host: ")[2]
            der = subprocess.run(["openssl", "s_client", "-connect", re.search(r"//([^/]+)/", e.https).group(1)],
                                 stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout
            pem = re.search(r"BEGIN CERTIFICATE-+([^-]+)", der).group(1)
            self.assertEqual(self.well("-c", DRIVES.replace("PEM", "".join(pem.split())) + there), [e.pin.upper()])

    def test_it_can_be_watched(self):
        """-vv shows the look, too: each request, and no secret."""
        e = self.at("-vv")
        self.healthy(e)
        self.assertGreaterEqual(e.r.err.count("op=Identify"), 2, e.r)
        self.assertIn("op=Create", e.r.err)
        self.assertNotIn(PASSWORD, e.r.err)

    def test_no_credential(self):
        """Whoever has none learns the rest."""
        e = self.at(password=None)
        self.assertEqual((e.r.status, e.problems()), (2, []), e.r)
        for check in "port", "winrm", "mechanism":
            e.one(check, OK)
        self.assertIn("password", e.one("auth", SKIPPED)["text"])
        self.assertIn("no password for tester", e.r.err)
        self.assertEqual(self.shown(), (0, 0), self.endpoint.log())

    def test_no_language(self):
        e = self.at("--configuration", "NoLanguage")
        self.assertEqual((e.r.status, e.problems()), (DONE, []), e.r)
        found = e.one("language", NOTE)
        self.assertEqual(found["language"], "NoLanguage")
        self.assertIn("--command", found["remedy"])
        self.assertRegex(e.one("version", OK)["version"], r"^7\.\d+")
        self.assertIn("--command", e.summary["text"])

    def test_an_older_host(self):
        try:
            old = Endpoint("--protocol", "2.1", "--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            self.skipTest(str(why))
        with old:
            e = self.examine(old.http, *WHO, password=PASSWORD)
            self.healthy(e)
            self.assertEqual(e.one("version", OK)["protocol"], "2.1")

    def test_what_this_user_may_not_see_is_skipped(self):
        e = self.at()
        for check in "configuration", "quota", "config":
            self.assertIn("not checked", e.one(check, SKIPPED)["text"])
        self.assertIn("administrators", e.one("config", SKIPPED)["why"])
        self.assertEqual(self.ops().count("Get"), 1)

    def test_what_an_administrator_may_see(self):
        try:
            own = Endpoint("--admin", USER, "--max-envelope", "777", "--max-shells-per-user", "12", "--allow-unencrypted",
                           "--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            self.skipTest(str(why))
        with own:
            e = self.examine(own.http, *WHO, password=PASSWORD)
            self.healthy(e)
            settings = e.one("config", OK)["settings"]
            for one in "MaxEnvelopeSizekb=777", "Winrs/MaxShellsPerUser=12", "Service/Auth/Basic=true", \
                    "Service/AllowUnencrypted=true":
                self.assertIn(one, settings.split(", "))
            self.assertIn("AllowUnencrypted $false", e.one("config", NOTE)["remedy"])
            # On the connection that stands: nothing was authenticated twice.
            self.assertEqual(len({r["connection"] for r in own.log() if r["auth"]}), 1, own.log())

    def test_session_configurations_and_quotas(self):
        """Only Windows has these commands: a module stands in for them."""
        modules = self.folder()
        os.mkdir(os.path.join(modules, "Windows"))
        for end, text in ("psm1", MODULE), ("psd1", MANIFEST):
            with open(os.path.join(modules, "Windows", "Windows." + end), "w") as f:
                f.write(text)
        try:
            with unittest.mock.patch.dict(os.environ, PSModulePath=modules):
                own = Endpoint("--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            self.skipTest(str(why))
        with own:
            e, r = self.both(own.http, *WHO, "--configuration", "PowerShell.7", password=PASSWORD)
            self.healthy(e)
            self.assertEqual(e.one("configuration", OK)["configurations"],
                             "Microsoft.PowerShell, PowerShell.7, x\x1b[2J\x1b]0;t\x07\u202e, y\"; remedy: run\nproblem  name")
            # What a host says there is shown, not obeyed; both() looks for the remedy.
            self.assertFalse(set("\x1b\x07\u202e") & set(r.out.decode()), r)
            self.assertEqual(e.one("quota", OK)["quotas"],
                             r"MaxShellsPerUser 25, Path WSMan:\localhost\Plugin\PowerShell.7\Quotas")

    def test_a_configuration_that_does_not_come(self):
        """It ends nothing else."""
        for fault, why in ({"do": "fault", "code": 2150858883}, "2150858883"), ({"do": "drop-before"}, "lost"), \
                ({"do": "status", "status": 500, "body": "x"}, ""):
            with self.subTest(fault):
                self.endpoint.reset()
                self.endpoint.fault(op="Get", times=3, **fault)
                e = self.at()
                self.healthy(e)
                self.assertIn(why, e.one("config", SKIPPED)["why"])
                e.one("language", OK)

    def test_ctrl_c(self):
        """The shell goes, and nothing is said that is not known."""
        self.endpoint.fault(op="Receive", do="delay", ms=20000, times=9)
        p = Program("doctor", self.endpoint.http, *WHO, password=PASSWORD)
        for _ in range(400):
            if self.endpoint.state()["shells"]:
                break
            threading.Event().wait(0.02)
        p.signal(2)
        r = p.finish()
        self.assertEqual((r.status, r.out), (130, b""), r)
        self.endpoint.reset()

    def test_ctrl_c_while_the_configuration_does_not_come(self):
        self.endpoint.fault(op="Get", do="delay", ms=20000, times=9)
        p = Program("doctor", self.endpoint.http, *WHO, password=PASSWORD)
        for _ in range(1000):
            if "Get" in self.ops():
                break
            threading.Event().wait(0.02)
        self.assertEqual(len(self.endpoint.state()["shells"]), 1)
        p.signal(2)
        r = p.finish()
        self.assertEqual((r.status, r.out, r.err), (130, b"", ""), r)
        self.no_shell()
        self.endpoint.reset()


class Refused(LiveDoctor):
    """Exactly one credential is shown, and the words name what it may have been."""

    def test_wrong_password(self):
        e = self.at(password="wrong")
        self.is_cause(e, AUTH, "auth", ["refuses tester (ntlm)", "does not say why"],
                      ["a wrong password", "locked, expired or disabled", "RestrictReceivingNTLMTraffic", "clocks",
                       "Id=4625"])
        self.assertNotIn("CbtHardeningLevel", e.findings[0]["remedy"])
        self.assertEqual(self.shown(), (1, 1), self.endpoint.log())
        self.assertEqual(self.ops().count("Create"), 0)

    def test_unknown_user_over_https(self):
        e = self.at(tls=True, who=["--user", "nobody"])
        self.is_cause(e, AUTH, "auth", ["refuses nobody"], ["a wrong password or user name", "CbtHardeningLevel Relaxed"])
        self.assertEqual(self.shown(), (1, 1), self.endpoint.log())

    def test_basic(self):
        e = self.at("--auth", "basic", tls=True, password="wrong")
        self.is_cause(e, AUTH, "auth", ["refuses tester (basic)"], ["the host's own accounts only"])
        shown = [r for r in self.endpoint.log() if r["op"] not in ("Identify",) and r["status"] == 401]
        self.assertEqual(len(shown), 2, self.endpoint.log())  # the look, and the one credential

    def test_certificate(self):
        from test_certificate import files
        f = files()
        args = ["--cert", f["anna.pem"], "--key", f["anna.key"]]
        e = self.at(*args, tls=True, who=[])
        self.is_cause(e, AUTH, "auth", ["refused the certificate of", "CN=anna"],
                      ["Auth\\Certificate $true", "WSMan:\\localhost\\ClientCertificate"])

    def test_channel_binding(self):
        """Somebody ends TLS on the way, and the host wants it bound to the certificate that it shows."""
        try:
            own = Endpoint("--cbt", "strict", "--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            self.skipTest(str(why))
        authority = Authority(self.folder())
        with own, Broken(own.https, authority.issue("between")) as relay:
            e = self.examine(relay.url, *WHO, "--ca-file", authority.ca, password=PASSWORD)
            self.is_cause(e, AUTH, "auth", ["refuses tester"], ["CbtHardeningLevel Relaxed"])
            self.healthy(self.examine(own.https, *WHO, "--ca-file", own.ca, password=PASSWORD))

    def test_a_mechanism_that_does_not_go_on(self):
        """Offered, and its first token is answered by none: NTLM is blocked, say."""
        with Server(winrm()) as s:
            e = self.examine(s.url, *WHO, password=PASSWORD)
            self.is_cause(e, AUTH, "auth", ["does not go on with"], ["RestrictReceivingNTLMTraffic", "--auth kerberos"])
            self.assertEqual(sum(b"Authorization" in r for r in s.requests), 1, s.requests)

    def test_a_proxy_that_keeps_no_connection(self):
        with Closing(self.endpoint.http) as relay:
            e = self.examine(relay.url, *WHO, password=PASSWORD)
            self.is_cause(e, AUTH, "auth", ["closes the connection in the middle of the handshake"],
                          ["mode tcp", "Basic over https"])

    def test_the_clock_is_named_first(self):
        """Where both differ and are refused, the clock is the likelier cause."""
        with Dated(self.endpoint.http) as relay:
            e = self.examine(relay.url, *WHO, password="wrong")
            self.assertEqual((e.r.status, e.problems()), (AUTH, ["clock", "auth"]), e.r)
            e = self.examine(relay.url, *WHO, password=PASSWORD)
            self.healthy(e)
            self.assertIn("clocks differ by", e.one("clock", NOTE)["text"])


class Closing(Relay):
    """Ends each connection behind the first reply, and says so, as a proxy does that keeps none."""

    def pass_on(self, a, b):
        reply = b""
        try:
            while data := a.recv(65536):
                says = a.getpeername() == self.to and not reply
                b.sendall(data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if says else data)
                reply += data
                head, end, body = reply.partition(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: *(\d+)", head)
                if a.getpeername() == self.to and end and len(body) >= (int(length[1]) if length else 0):
                    break
            for s in a, b:
                s.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Broken(Relay):
    """Ends TLS, and begins it anew.  Request and reply by turns: a thread for each way would use one TLS object in two."""

    def __init__(self, url, context):
        self.context = context
        super().__init__(url)

    def both_ends(self, near):
        anybody = ssl.create_default_context()
        anybody.check_hostname, anybody.verify_mode = False, ssl.CERT_NONE
        near = self.context.wrap_socket(near, server_side=True)
        return near, anybody.wrap_socket(socket.create_connection(self.to))

    def serve(self, near):
        try:
            near, far = self.both_ends(near)
            with near, far:
                while self.message(near, far) and self.message(far, near):
                    pass
        except OSError:
            pass  # whoever does not like its certificate

    @staticmethod
    def message(a, b):
        """One of HTTP; whether there was one."""
        message = read_message(a)
        if message:
            b.sendall(b"\r\n\r\n".join(message))
        return message is not None


class Dated(Relay):
    """The host behind it lives in another year."""

    def pass_on(self, a, b):
        try:
            while data := a.recv(65536):
                b.sendall(re.sub(rb"(\r\nDate: \w+, \d\d \w+ )\d{4}", rb"\g<1>2020", data))
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class LetIn(LiveDoctor):
    """Authenticated, and still no session."""

    def fault(self, code, status, check, words, remedy, *args):
        self.endpoint.fault(op="Create", do="fault", code=code)
        e = self.at(*args)
        self.is_cause(e, status, check, words, remedy)
        self.assertEqual(e.findings[0].get("fault"), code)
        e.one("auth", OK)
        e.one("session", SKIPPED)
        self.assertEqual(self.ops().count("Create"), 1)

    def test_access_denied(self):
        self.fault(5, PROTOCOL, "access", ["tester may log on, but not use Microsoft.PowerShell"],
                   ["Add-LocalGroupMember -Group 'Remote Management Users' -Member tester",
                    "LocalAccountTokenFilterPolicy -Value 1", "Set-PSSessionConfiguration Microsoft.PowerShell"])

    def test_no_such_configuration(self):
        e = self.at("--configuration", "Nowhere")
        self.is_cause(e, PROTOCOL, "access", ["no session configuration Nowhere"],
                      ["Get-PSSessionConfiguration", "Enable-PSRemoting -Force", "--configuration NAME"])

    def test_no_remote_sessions(self):
        for code in 2150859180, 2150859229:
            self.endpoint.reset()
            self.fault(code, PROTOCOL, "access", ["no remote sessions"], ["AllowRemoteShellAccess $true"])

    def test_quota(self):
        self.fault(2150859173, PROTOCOL, "access", ["MaxShellsPerUser"], ["Plugin\\Microsoft.PowerShell\\Quotas"])

    def test_any_other_fault(self):
        self.fault(2150858883, PROTOCOL, "session", ["2150858883"], ["Microsoft-Windows-WinRM/Operational"])

    def test_no_answer(self):
        # Made at once: a shell that comes a minute later would stand in another test's way.
        self.endpoint.fault(op="Create", do="delay-after", ms=60000)
        e = self.at("--operation-timeout", "0.5")
        self.is_cause(e, TIMEOUT, "session", ["no whole reply"], ["--operation-timeout", "Restart-Service WinRM"])
        self.endpoint.ask("/close-shells", {})

    def test_it_ends_in_the_middle(self):
        """The session is there, and does not hold."""
        self.endpoint.fault(op="Command", do="drop-after")
        e = self.at()
        self.assertEqual((e.r.status, e.summary["result"]), (CONNECT, "problem"), e.r)
        self.assertIn("lost", e.findings[0]["why"])
        e.one("version", OK)

    def test_an_unsealed_answer(self):
        self.endpoint.fault(op="Create", do="unsealed", times=2)
        e = self.at()
        self.is_cause(e, PROTOCOL, "session", ["unsealed reply"], ["Microsoft-Windows-WinRM/Operational"])


class RunPointsHere(Live):
    """One line of run's, where a single host was not reached, did not let us in, or has no session for us."""

    def points(self, r, status, target):
        self.assertEqual(r.status, status, r)
        self.assertEqual(r.err.splitlines()[1:], [f"winch: see also: winch doctor {target}"], r)

    def test_it_does(self):
        e = self.endpoint
        self.points(winch("run", "http://127.0.0.1:9", *WHO, "-c", "1", password="x"), CONNECT, "http://127.0.0.1:9")
        self.points(winch("run", e.https, *WHO, "-c", "1", password="x"), CONNECT, e.https)
        self.points(self.run_winch("-c", "1", password="wrong"), AUTH, e.http)
        e.fault(op="Create", do="fault", code=5)
        self.points(self.run_winch("-c", "1"), PROTOCOL, e.http)
        r = winch("run", r"CORP\anna@127.0.0.1:9", "-c", "1", password="x")
        self.points(r, CONNECT, r"'CORP\anna@127.0.0.1:9'")

    def test_it_does_not(self):
        """Several targets, a script's own failure, a wrong option, a connection that is lost later."""
        e = self.endpoint
        for r in (winch("run", "http://127.0.0.1:9", "http://127.0.0.1:7", *WHO, "-c", "1", password="x"),
                  self.run_winch("-c", "throw 'x'"), self.run_winch("-c", "1", "--width", "x")):
            self.assertNotIn("winch doctor", r.err, r)
            self.assertNotEqual(r.status, DONE, r)
        e.fault(op="Command", do="drop-after")
        r = self.run_winch("-c", "1")
        self.assertEqual((r.status, "winch doctor" in r.err), (CONNECT, False), r)


if __name__ == "__main__":
    unittest.main()
