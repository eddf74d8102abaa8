"""winch doctor, as far as no credential leaves: each problem by a server, a port or a certificate that has it."""
import base64
import contextlib
import os
import shutil
import ssl
import struct
import subprocess
import tempfile
import threading
import time
import unittest

from doctor import NOTE, OK, PROBLEM, SKIPPED, Authority, Doctor, Server, Silent, openssl, reply, winrm
from port import Port
from program import AUTH, CONNECT, DONE, PROTOCOL, TIMEOUT, USAGE, Listener, free_port, winch

USER, PASSWORD = "tester", "Dr-geheim-77"
WHO = ["--user", USER]
# Whoever would wait for an operation waits longer than any test may.
PATIENT = ["--connect-timeout", "1", "--operation-timeout", "3600"]
IDENTIFY = b"WSMANIDENTIFY: unauthenticated"

# A resolver whose name servers are all away.
NO_RESOLVER = """
#include <unistd.h>
int getaddrinfo(const char *node, const char *service, const void *hints, void *ret)
{
	(void)node, (void)service, (void)hints, (void)ret;
	for (;;)
		pause();
}
"""


class Hasty(Port):
    """Does not wait for what it would understand."""

    def serve(self, near):
        with near:
            with contextlib.suppress(OSError):
                near.sendall(b"HTTP/1.1 400 \r\n\r\n")
                while near.recv(65536):
                    pass


class Usage(Doctor):
    def test_one_target(self):
        self.usage(self.doctor(), "no TARGET", "winch help doctor")
        self.usage(self.doctor("a", "b"), "one TARGET")
        self.usage(self.doctor("@" + self.file("a\n")), "one TARGET")
        self.usage(self.doctor("-"), "no TARGET")
        self.usage(self.doctor("a", "-o", "typed"), "-o typed", "text, ndjson")
        self.usage(self.doctor("a", "--auth", "magic"), "--auth magic")

    def test_help(self):
        r = winch("help", "doctor")
        self.assertEqual(r.status, DONE, r)
        self.assertNotIn("not yet)", r.out.decode().split("\n\n")[1])
        for option in "--jump", "--proxy", "--pin", "--tls", "--auth", "-o":
            self.assertIn(option, r.out.decode())


class Way(Doctor):
    """The name, the port, and what leads there."""

    def test_unknown_name(self):
        e = self.cause(["no-such-host.invalid", *WHO], CONNECT, "name", ["no-such-host.invalid has no address"],
                       ["getent hosts no-such-host.invalid"])
        self.assertEqual({f["check"] for f in e.findings if f["result"] == SKIPPED}, {"auth", "session"})

    def test_no_name_server_answers(self):
        """The resolver is not waited for: nothing else would know the address."""
        cc = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if not cc:
            self.skipTest("no C compiler")
        source, library = self.file(NO_RESOLVER, name="away.c"), os.path.join(self.folder(), "away.so")
        subprocess.run([cc, "-shared", "-fPIC", "-o", library, source], check=True, capture_output=True)
        env = {"LD_PRELOAD": library, "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}
        e = self.cause(["web1.example", *WHO, "--connect-timeout", "0.5"], CONNECT, "name",
                       ["no name server answers within 500 ms"], ["resolv.conf", "--connect-timeout"], env=env)
        self.assertEqual(e.problems(), ["name"], e.r)
        self.assertEqual({f["check"] for f in e.findings if f["result"] == SKIPPED}, {"auth", "session"})

    def test_closed(self):
        port = free_port()
        self.cause([f"http://127.0.0.1:{port}", *WHO], CONNECT, "port", [f"port {port}", "refused"],
                   ["Enable-PSRemoting -Force", "winrm quickconfig"])
        self.cause([f"https://127.0.0.1:{port}", *WHO], CONNECT, "port", [f"port {port}", "refused"],
                   ["-Transport HTTPS", "New-NetFirewallRule", f"-LocalPort {port}"])

    def test_filtered(self):
        with Silent() as s:
            quick = ["--connect-timeout", "0.5", *WHO]
            self.cause([f"http://127.0.0.1:{s.port}", *quick], CONNECT, "port", ["no answer", "firewall"],
                       ["Set-NetFirewallRule -Name WINRM-HTTP-In-TCP", f"-LocalPort {s.port}"])
            self.cause([f"https://127.0.0.1:{s.port}", *quick], CONNECT, "port", ["no answer", "firewall"],
                       ["New-NetFirewallRule", f"-LocalPort {s.port}"])

    def test_the_other_port_is_open(self):
        """Addresses of loopback that nobody else has; each with one port of WinRM's."""
        with Server(winrm(), address=("127.0.83.1", 5986)):
            e = self.cause(["127.0.83.1", *WHO], CONNECT, "port", ["5986 is open"], ["--tls"])
            self.assertIn("5985", e.of("port", PROBLEM)[1]["text"])
        with Server(winrm(), address=("127.0.83.2", 5985)):
            self.cause(["127.0.83.2", "--tls", *WHO], CONNECT, "port", ["5985 is open"], ["without --tls", "-Transport HTTPS"])

    def test_an_old_port(self):
        try:
            server = Server(winrm(), address=("127.0.83.3", 80))
        except PermissionError:
            self.skipTest("port 80 is for root")
        with server:
            self.cause(["127.0.83.3", *WHO], CONNECT, "port", ["WinRM is at port 80"], ["http://127.0.83.3:80"])
        # Any web server is at 80: that says nothing.
        with Server(reply(200, b"<html>", Content_Type="text/html"), address=("127.0.83.3", 80)):
            self.cause(["127.0.83.3", *WHO], CONNECT, "port", ["port 5985", "refused"], ["Enable-PSRemoting"])

    def test_an_old_port_that_is_silent(self):
        """It is looked at, once, and nothing is made of it."""
        try:
            silent = [Listener(("127.0.83.5", port)) for port in (80, 443)]
        except PermissionError:
            self.skipTest("port 80 is for root")
        with silent[0] as plain, silent[1] as tls:
            e = self.cause(["127.0.83.5", *WHO, *PATIENT], CONNECT, "port", ["port 5985", "refused"], ["Enable-PSRemoting"])
            self.assertEqual(e.problems(), ["port"], e.r)
            # Each time: is it open, and is it WinRM?
            self.assertEqual((plain.received.count(IDENTIFY), tls.received.count(b"\x16\x03\x01")), (2, 2))

    def test_both_ports(self):
        with Server(winrm(), address=("127.0.83.4", 5985)), Server(winrm(), address=("127.0.83.4", 5986)):
            e = self.examine("127.0.83.4", *WHO)
            self.assertEqual(e.of("port", NOTE)[0]["open"], "5986", e.r)

    def test_nobody_answers(self):
        with Server(None) as s:
            self.cause([s.url, *WHO], CONNECT, "port", ["without an answer"],
                       [f"Get-NetTCPConnection -LocalPort {s.port}", "IPv4Filter"])

    def test_proxies(self):
        """What is behind it is the proxy's to find: no name is looked up here, no port tried."""
        target = ["no-such-host.invalid", *WHO, "--proxy"]
        e = self.cause([*target, f"http://127.0.0.1:{free_port()}"], CONNECT, "way", ["refused"], ["--proxy", "no_proxy"])
        self.assertIn("the proxy looks it up", e.one("name", SKIPPED)["text"])
        with Server(reply(403)) as s:
            e = self.cause([*target, s.url], CONNECT, "way", ["HTTP 403"], ["--proxy", "no_proxy", "port 5985"])
            self.assertTrue(all(r.startswith(b"CONNECT no-such-host.invalid:5985 ") for r in s.requests), s.requests)
            # It is the proxy that was reached.
            self.assertEqual(e.of("port"), [], e.r)
        with Server(reply(407, Proxy_Authenticate="Basic realm=p")) as s:
            self.cause([*target, s.url], AUTH, "way", ["asks for a user"], ["--proxy-password-file"])

    def test_a_proxy_that_is_none(self):
        """What goes wrong there is not the host's, whichever port of that was asked for."""
        for host in "http://no-such-host.invalid", "https://no-such-host.invalid":
            target = [host, *WHO, *PATIENT, "--proxy"]
            with Server(None) as s:
                self.cause([*target, s.url], CONNECT, "way", [f"the proxy {s.url} ended the connection"], ["--proxy none"])
            with Listener() as s:
                self.cause([*target, f"http://127.0.0.1:{s.port}"], CONNECT, "way", ["no answer from the proxy"], ["--proxy none"])
                self.assertEqual(s.connections, 2)
            with Hasty() as s:
                self.cause([*target, f"https://127.0.0.1:{s.port}"], CONNECT, "way", ["does not speak TLS"], ["--proxy none"])
            with tempfile.TemporaryDirectory() as folder, Server(None, context=Authority(folder).issue("web")) as s:
                self.cause([*target, s.url], CONNECT, "way", ["TLS with the proxy", "certificate"], ["--proxy none"])

    def test_a_jump_host(self):
        """ssh, as far as it is found first here, gets nowhere."""
        folder = self.folder()
        with open(os.path.join(folder, "ssh"), "w") as f:
            f.write("#!/bin/sh\necho 'ssh: no way' >&2\nexit 255\n")
        os.chmod(f.name, 0o755)
        env = {"PATH": f"{folder}:{os.environ['PATH']}"}
        e = self.cause(["no-such-host.invalid", *WHO, "--jump", "gate"], CONNECT, "way", ["through gate"],
                       ["ssh -W no-such-host.invalid:5985 gate", "AllowTcpForwarding"], env=env)
        self.assertIn("the jump host looks it up", e.one("name", SKIPPED)["text"])
        self.assertIn("ssh: no way", e.r.err)
        self.assertEqual(e.of("port"), [], e.r)


class What(Doctor):
    """Something answers, and it is no WinRM."""

    def test_a_web_server(self):
        with Server(reply(200, b"<html>", Content_Type="text/html", Server="nginx/1.22")) as s:
            self.cause([s.url, *WHO], PROTOCOL, "winrm", ["not WinRM", "nginx/1.22", "HTTP 200", "text/html"],
                       ["winrm enumerate winrm/config/listener", "--port"])
            self.assertTrue(all(b"Authorization" not in r for r in s.requests), s.requests)

    def test_another_path(self):
        with Server(reply(404, Server="Microsoft-HTTPAPI/2.0")) as s:
            self.cause([s.url + "/other", *WHO], PROTOCOL, "winrm", ["nothing is at /other", "404", "HTTPAPI"],
                       ["/wsman", "URLPrefix"])

    def test_somewhere_else(self):
        with Server(reply(301, Location="https://elsewhere.example/")) as s:
            self.cause([s.url, *WHO], PROTOCOL, "winrm", ["https://elsewhere.example/"], ["5986"])

    def test_a_service_that_stops(self):
        with Server(reply(503)) as s:
            self.cause([s.url, *WHO], CONNECT, "winrm", ["503"], ["Restart-Service WinRM"])

    def test_no_http(self):
        with Server(b"SSH-2.0-OpenSSH_9.2p1 Debian\r\n") as s:
            self.cause([s.url, *WHO], PROTOCOL, "winrm", ["not HTTP"], ["winrm enumerate winrm/config/listener"])

    def test_plain_where_tls_was_asked_for(self):
        with Server(winrm()) as s:
            self.cause([f"https://127.0.0.1:{s.port}", *WHO, "--connect-timeout", "1"], CONNECT, "port",
                       ["without TLS"], [f"http://127.0.0.1:{s.port}", "-Transport HTTPS"])
        with Server(b"HTTP/1.1 400 Bad Request\r\n\r\n") as s:
            self.cause([f"https://127.0.0.1:{s.port}", *WHO, "--connect-timeout", "1"], CONNECT, "port",
                       ["without TLS"], [f"http://127.0.0.1:{s.port}"])

    def test_a_host_that_says_nothing_before_a_login(self):
        with Server(reply(401, WWW_Authenticate="Basic realm=x", Server="one")) as s:
            e = self.examine(s.url, *WHO)
            self.assertIn("asks for authentication before it says what it is (HTTP 401, \"one\")", e.one("winrm", NOTE)["text"])

    def test_silence(self):
        """A host that takes connections and never answers: two looks, one by each scheme, each as long as a connection may take."""
        with Listener() as s:
            e = self.cause([f"http://127.0.0.1:{s.port}", *WHO, *PATIENT], TIMEOUT, "winrm", ["the connection stands", "sent no"],
                           [f"-LocalPort {s.port}", "Restart-Service WinRM", "--connect-timeout"])
            self.assertEqual(e.problems(), ["winrm"], e.r)
            self.silent(s)
        with Listener() as s:
            e = self.cause([f"https://127.0.0.1:{s.port}", *WHO, *PATIENT], CONNECT, "tls", ["no answer", "TLS"],
                           ["netsh http show sslcert", "openssl s_client"])
            self.assertEqual(e.problems(), ["tls"], e.r)
            self.silent(s)

    def silent(self, s):
        """What it saw of two runs."""
        def seen():
            return s.connections, s.received.count(IDENTIFY), s.received.count(b"\x16\x03\x01")
        for _ in range(1000):
            if seen() == (4, 2, 2):
                break
            threading.Event().wait(0.02)
        self.assertEqual(seen(), (4, 2, 2), s.received)

    def test_silence_after_the_first_word(self):
        """It is WinRM; which mechanisms it offers it does not say, and that is no word that none is needed."""
        done = threading.Event()
        self.addCleanup(done.set)

        def stuck(request):
            return winrm()(request) if IDENTIFY in request else (done.wait() and None)
        with Server(stuck) as s:
            e = self.cause([s.url, *WHO, *PATIENT], TIMEOUT, "winrm", ["says nothing"], ["--connect-timeout"])
            self.assertEqual((e.problems(), e.of("mechanism")), (["winrm"], []), e.r)
            self.assertEqual(len(s.requests), 4, s.requests)
        with Server(lambda request: winrm()(request) if IDENTIFY in request else None) as s:
            e = self.cause([s.url, *WHO], CONNECT, "port", ["without an answer"], ["Get-NetTCPConnection"])
            self.assertEqual(e.of("mechanism"), [], e.r)

    def test_a_reply_that_does_not_end(self):
        """What began is no proof of what it is."""
        begun = b"HTTP/1.1 200 \r\nContent-Type: application/soap+xml\r\nContent-Length: 99\r\n"
        with Server(begun + b"\r\n") as s:
            self.cause([s.url, *WHO, *PATIENT], TIMEOUT, "winrm", ["no whole reply"], ["--connect-timeout"])
        with Server(begun + b"Connection: close\r\n\r\n") as s:
            self.cause([s.url, *WHO], CONNECT, "port", ["ends it without an answer"], ["Get-NetTCPConnection"])

    def test_a_certificate_is_asked_for_first(self):
        """Before the host says what it is: the one of --cert is shown, in the session."""
        from test_certificate import files
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            context = authority.issue("web")
            context.load_verify_locations(files()["ca.pem"])
            context.verify_mode = ssl.CERT_REQUIRED
            with Server(reply(404), context=context) as s:
                e = self.examine(s.url, "--ca-file", authority.ca, "--cert", files()["both.pem"])
                self.assertIn("ask for the certificate", e.one("winrm", NOTE)["text"])
                self.assertTrue(s.requests)
                self.assertTrue(all(b"secprofile/https/mutual" in r for r in s.requests), s.requests)
                self.assertEqual(e.problems(), ["session"], e.r)
                # Without one it is said, too, and nothing else is taken for it.
                e = self.examine(s.url, "--ca-file", authority.ca, *WHO)
                self.assertNotIn("without TLS", e.summary["text"])

    def test_a_certificate_is_asked_for_and_there_is_none(self):
        """In TLS 1.2 and 1.3, and by the page that nginx has for it."""
        from test_certificate import files
        authority = Authority(self.folder())
        for version in ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3:
            for mode, answer in (ssl.CERT_REQUIRED, winrm()), (ssl.CERT_OPTIONAL, reply(400, b"x", Server="nginx")):
                context = authority.issue("web")
                context.load_verify_locations(files()["ca.pem"])
                context.verify_mode, context.maximum_version = mode, version
                with Server(answer, context=context) as s:
                    self.cause([s.url, "--ca-file", authority.ca, *WHO], CONNECT if mode == ssl.CERT_REQUIRED else PROTOCOL,
                               "tls", ["asks for a client certificate"], ["--cert FILE", "netsh http show sslcert"])

    def test_a_proxy_in_front_of_nobody(self):
        for status in 502, 504:
            with Server(reply(status, b"<html>", Content_Type="text/html", Server="nginx/1.22")) as s:
                self.cause([s.url, *WHO], PROTOCOL, "winrm", ["in front of the host", "nginx/1.22", f"HTTP {status}"],
                           ["winrm enumerate winrm/config/listener"])

    def test_an_address_that_needs_more(self):
        """Of a link without saying of which."""
        self.cause(["http://[fe80::1]:9", *WHO], CONNECT, "port", ["can't connect to"], ["curl -v http://[fe80::1]:9"])

    def test_no_route(self):
        """TCP has none to a multicast address."""
        self.cause(["224.0.0.1", *WHO], CONNECT, "way", ["no route to 224.0.0.1"], ["ip route get 224.0.0.1", "--jump"])


class Clock(Doctor):
    def date(self, off):
        return time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + off))

    def test_they_differ(self):
        for off in 3600, -3600:
            with Server(winrm(offers="Basic", date=self.date(off))) as s:
                e = self.examine(s.url, *WHO)
                found = e.one("clock", PROBLEM)
                self.assertAlmostEqual(found["skew"], off, delta=60)
                for word in "timedatectl set-ntp true", "w32tm /resync":
                    self.assertIn(word, found["remedy"])

    def test_they_do_not(self):
        with Server(winrm(offers="Basic", date=self.date(100))) as s:
            self.assertAlmostEqual(self.examine(s.url, *WHO).one("clock", OK)["skew"], 100, delta=60)
        for nonsense in "yesterday", "9" * 300:
            with Server(winrm(offers="Basic", date=nonsense)) as s:
                self.examine(s.url, *WHO).one("clock", SKIPPED)


class Offers(Doctor):
    """A mechanism that is not there: no credential leaves."""

    def off(self, offers, args, words, remedy, tls=None):
        with Server(winrm(offers=offers), context=tls) as s:
            e = self.cause([s.url, *WHO, *args], AUTH, "mechanism", words, remedy, password=PASSWORD)
            self.assertEqual(e.findings[0]["offers"], offers)
            self.assertTrue(s.requests)
            self.assertTrue(all(b"Authorization" not in r for r in s.requests), s.requests)

    def test_negotiate(self):
        self.off("Basic", [], ["Negotiate is not offered", "Basic"], ["Auth\\Negotiate $true"])
        self.off("Kerberos, CredSSP", ["--auth", "ntlm"], ["Kerberos, CredSSP"], ["Auth\\Negotiate $true"])

    def test_kerberos(self):
        self.off("Negotiate", ["--auth", "kerberos"], ["Kerberos is not offered"], ["Auth\\Kerberos $true"])

    def test_basic_over_http(self):
        self.off("Negotiate", ["--auth", "basic", "--allow-cleartext"], ["Basic is not offered over http", "AllowUnencrypted"],
                 ["--tls", "Auth\\Basic $true"])

    def test_basic_over_https(self):
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            self.off("Negotiate", ["--auth", "basic", "--ca-file", authority.ca], ["Basic is not offered, but \"Negotiate\""],
                     ["Auth\\Basic $true"], tls=authority.issue("web"))

    def test_what_is_not_offered_is_said(self):
        with Server(winrm(offers="Negotiate, Kerberos")) as s:
            e = self.examine(s.url, *WHO)
            self.assertIn("not offered: CredSSP, Basic", e.one("mechanism", OK)["text"])

    def test_a_handshake_that_is_too_weak(self):
        """NTLM whose host grants neither sealing nor long keys: nothing of the password goes there."""
        weak = b"NTLMSSP\0" + struct.pack("<IHHIIQQHHI", 2, 0, 0, 48, 1, 0, 0, 0, 0, 48)

        def answer(request):
            if b"Authorization: Negotiate" not in request:
                return winrm()(request)
            return reply(401, WWW_Authenticate="Negotiate " + base64.b64encode(weak).decode())
        with Server(answer) as s:
            e = self.cause([s.url, *WHO, "--auth", "ntlm"], AUTH, "auth", ["session security"],
                           ["winrm get winrm/config/service/auth"], password=PASSWORD)
            self.assertEqual(e.problems(), ["auth"], e.r)
            self.assertEqual(sum(b"Authorization" in r for r in s.requests), 2, s.requests)

    def test_none(self):
        with Server(winrm(offers="")) as s:
            self.cause([s.url, *WHO], AUTH, "mechanism", ["401", "no mechanism"], ["winrm get winrm/config/service/auth"])

        def for_all(request):
            return winrm()(request) if b"WSMANIDENTIFY" in request else reply(200)
        with Server(for_all) as s:
            e = self.examine(s.url, *WHO)
            self.assertIn("no authentication", e.one("mechanism", NOTE)["text"])


class Certificates(Doctor):
    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        cls.authority = Authority(made.name)
        cls.good = cls.authority.issue("good")

    def wrong(self, name, context, words, remedy, *args, ca=True):
        """It is the first cause, no credential and no password is asked for, and its pin opens the door."""
        pin = self.authority.pin(name)
        trusted = ["--ca-file", self.authority.ca] if ca else []
        with Server(winrm(), context=context) as s:
            e = self.cause([s.url, *WHO, *trusted, *args], CONNECT, "tls", words, [*remedy, pin], password=PASSWORD)
            self.assertEqual(e.findings[0]["pin"], pin)
            e.one("winrm", OK)
            self.assertTrue(all(b"Authorization" not in r for r in s.requests), s.requests)
            e = self.examine(s.url, *WHO, "--pin", pin)
            self.assertEqual((e.of("tls", PROBLEM), len(e.of("tls", OK))), ([], 1), e.r)
            self.assertIn("--pin", e.one("tls", OK)["text"])
            return e

    def test_tls_where_plain_was_asked_for(self):
        with Server(winrm(), context=self.good) as s:
            e = self.cause([f"http://127.0.0.1:{s.port}", *WHO], CONNECT, "port", ["speaks TLS, and was asked without"],
                           [f"--tls --port {s.port}", f"https://127.0.0.1:{s.port}"])
            self.assertEqual(e.findings[0]["result"], PROBLEM)

    def test_trusted(self):
        with Server(winrm(), context=self.good) as s:
            e = self.examine(s.url, *WHO, "--ca-file", self.authority.ca)
            found = e.one("tls", OK)
            self.assertEqual((found["version"], found["key"], found["bits"], found["signature"], found["names"],
                              found["subject"], found["issuer"], found["pin"]),
                             ("TLSv1.3", "RSA", 2048, "sha256WithRSAEncryption", "127.0.0.1", "CN=good",
                              "CN=Test Authority", self.authority.pin("good")))
            self.assertEqual(len(e.of("tls")), 1, e.r)

    def test_unknown_authority(self):
        self.wrong("good", self.good, ["authority is not known", "CN=Test Authority"], ["--ca-file", "--accept-new"], ca=False)

    def test_self_signed(self):
        context = self.authority.issue("alone", own=True)
        self.wrong("alone", context, ["self-signed", "CN=alone"], ["--pin", "--accept-new", "--ca-file"], ca=False)

    def test_expired(self):
        context = self.authority.issue("old", days=("20200101000000Z", "20210101000000Z"))
        self.wrong("old", context, ["expired", "2021-01-01T00:00:00Z"], ["renew", "Set-WSManInstance"])

    def test_an_authority_that_has_expired(self):
        folder = self.folder()
        authority = Authority(folder)
        authority.issue("older", days=("20200101000000Z", "20210101000000Z"), extra="basicConstraints=critical,CA:TRUE\n")
        authority.issue("web")
        openssl("x509", "-req", "-in", authority.path("web.csr"), "-extfile", authority.path("web.ext"), "-CA",
                authority.path("older.pem"), "-CAkey", authority.path("older.key"), "-CAcreateserial", "-days", "30", "-out",
                authority.path("web.pem"))
        with open(authority.path("chain.pem"), "wb") as chain:
            for name in "web.pem", "older.pem":
                with open(authority.path(name), "rb") as f:
                    chain.write(f.read())
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain.name, authority.path("web.key"))
        with Server(winrm(), context=context) as s:
            e = self.cause([s.url, *WHO, "--ca-file", authority.ca], CONNECT, "tls",
                           ["an authority that vouches", "CN=older", "expired"], ["--pin " + authority.pin("web")])
            self.assertEqual(e.problems(), ["tls"], e.r)

    def test_not_yet_valid(self):
        context = self.authority.issue("new", days=("20480101000000Z", "20490101000000Z"))
        self.wrong("new", context, ["valid from 2048-01-01"], ["clock"])

    def test_another_name(self):
        context = self.authority.issue("web9", names="DNS:web9.example,DNS:web9")
        e = self.wrong("web9", context, ["not for 127.0.0.1", "web9.example, web9"], ["--tls-name"])
        self.assertEqual(e.of("tls", NOTE)[0]["names"], "web9.example, web9")
        with Server(winrm(), context=context) as s:
            e = self.examine(s.url, *WHO, "--ca-file", self.authority.ca, "--tls-name", "web9")
            self.assertIn("trusted for web9", e.one("tls", OK)["text"])

    def test_names_that_hide_others(self):
        """With a NUL, or what stands between names, in one of them."""
        octets = lambda text: f"IMPLICIT:2C,FORMAT:HEX,OCT:{text.encode().hex()}"  # noqa: E731
        extra = f"[s]\na={octets('127.0.0.1')}\nb={octets('web9' + chr(0) + '.evil')}\nc={octets('a, b')}\n"
        context = self.authority.issue("hiding", names="ASN1:SEQUENCE:s", extra=extra)
        self.wrong("hiding", context, ["it is for \"127.0.0.1, web9\\00.evil, a\\2C b\""], ["--tls-name"])

    def test_long_names(self):
        """What does not fit is left out, and all else is said."""
        names = [c * 4094 for c in "abc"] + ["d" * 4096]
        subject = "/CN=long" + "".join(f"/OU={i:02}{'x' * 62}" for i in range(64))
        context = self.authority.issue("long", names=",".join("DNS:" + n for n in names), subject=subject)
        with Server(winrm(), context=context) as s:
            e = self.examine(s.url, *WHO, "--ca-file", self.authority.ca)
            found = e.one("tls", PROBLEM)
            self.assertEqual((len(found["names"]), len(found["subject"])), (4096, 4095))
            self.assertTrue(", ".join(names).startswith(found["names"]))
            self.assertNotIn("winrm", e.problems())

    def test_a_short_key(self):
        context = self.authority.issue("short", kind=("rsa:1024",))
        self.wrong("short", context, ["RSA with 1024 bits"], ["2048"])

    def test_an_old_signature(self):
        context = self.authority.issue("sha1", digest="sha1")
        with Server(winrm(), context=context) as s:
            e = self.examine(s.url, *WHO, "--ca-file", self.authority.ca)
            found = e.of("tls")
            weak = [f for f in found if "signature is weak" in f["text"]]
            self.assertEqual(len(weak), 1, e.r)
            self.assertEqual(weak[0]["signature"], "sha1WithRSAEncryption")
            self.assertIn("SHA-256", weak[0]["remedy"])

    def test_for_another_purpose(self):
        """What has no words of its own has OpenSSL's."""
        context = self.authority.issue("client", extra="extendedKeyUsage=clientAuth\n")
        self.wrong("client", context, ["not trusted", "purpose"], ["--ca-file"])

    def test_several_faults(self):
        context = self.authority.issue("worst", kind=("rsa:1024",), names="DNS:web9", own=True)
        with Server(winrm(), context=context) as s:
            e = self.examine(s.url, *WHO)
            texts = [f["text"] for f in e.of("tls", PROBLEM)]
            self.assertEqual([any(word in text for text in texts) for word in ("not for", "self-signed", "1024")],
                             [True] * 3, e.r)

    def test_soon(self):
        context = self.authority.issue("soon", days=("-days", "5"))
        with Server(winrm(), context=context) as s:
            e = self.examine(s.url, *WHO, "--ca-file", self.authority.ca)
            self.assertIn("expires on", e.one("tls", NOTE)["text"])

    def test_elliptic(self):
        context = self.authority.issue("curve", kind=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"))
        with Server(winrm(), context=context) as s:
            e = self.examine(s.url, *WHO, "--ca-file", self.authority.ca)
            self.assertEqual((e.one("tls", OK)["key"], e.one("tls", OK)["bits"]), ("EC", 256))

    def test_another_than_the_pinned_one(self):
        with Server(winrm(), context=self.good) as s:
            self.cause([s.url, *WHO, "--pin", "sha256:" + "ab" * 32], CONNECT, "tls", ["not the pinned one"],
                       ["--pin " + self.authority.pin("good")], password=PASSWORD)

    def test_known_hosts(self):
        home = self.folder()
        os.mkdir(os.path.join(home, "winch"))
        path = os.path.join(home, "winch", "known_hosts")

        def know(port, pin):
            with open(path, "w") as f:
                f.write(f"127.0.0.1 {port} {pin}\n")
        with Server(winrm(), context=self.good) as s:
            env = {"XDG_CONFIG_HOME": home}
            know(s.port, "sha256:" + "ab" * 32)
            self.cause([s.url, *WHO], CONNECT, "tls", ["has changed", "line 1 of " + path],
                       ["--accept-new", "CertificateThumbprint", "only where that is " + self.authority.pin("good")], env=env)
            know(s.port, self.authority.pin("good"))
            e = self.examine(s.url, *WHO, env=env)
            self.assertIn("known host", e.one("tls", OK)["text"])
            os.unlink(path)
            # A look makes nobody known.
            e = self.examine(s.url, *WHO, "--accept-new", env=env)
            self.assertIn("--accept-new", e.one("tls", OK)["text"])
            self.assertFalse(os.path.exists(path))
            e = self.examine(s.url, *WHO, "--insecure", env=env)
            self.assertIn("--insecure", e.one("tls", OK)["text"])

    def test_tls_that_fails(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.load_cert_chain(self.authority.path("good.pem"), self.authority.path("good.key"))
        with Server(winrm(), context=context) as s:
            self.cause([s.url, *WHO], CONNECT, "tls", ["TLS with"], ["TLS 1.2", "netsh http show sslcert"])


if __name__ == "__main__":
    unittest.main()
