"""--proxy and the environment's proxies: tinyproxy, microsocks, and socat's TLS in front of tinyproxy."""
import os
import re
import shutil
import socket
import subprocess
import threading
import unittest

from program import AUTH, CONNECT, CORP, DONE, PASSWORD, USAGE, USER, Case, Live, free_port, winch
from servers import Servers

PROXY_USER, PROXY_PASSWORD = "pat", "Px-geheim-9"
PROGRAMS = "tinyproxy", "microsocks", "socat", "openssl"


@unittest.skipUnless(all(map(shutil.which, PROGRAMS)), f"not all of {', '.join(PROGRAMS)} are here")
class Proxies(Live):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        servers = Servers(cls)
        cls.plain, cls.log = servers.tinyproxy()
        cls.closed, _ = servers.tinyproxy(f"BasicAuth {PROXY_USER} {PROXY_PASSWORD}")
        cls.narrow, _ = servers.tinyproxy("ConnectPort 443")
        cls.socks = servers.start(port := free_port(), "microsocks", "-i", "127.0.0.1", "-p", str(port))
        cls.socks_closed = servers.start(port := free_port(), "microsocks", "-i", "127.0.0.1", "-p", str(port), "-u",
                                         PROXY_USER, "-P", PROXY_PASSWORD)
        cls.cert = os.path.join(servers.folder, "cert.pem")
        key = os.path.join(servers.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=proxy",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cls.cert], check=True,
                       capture_output=True)
        cls.tls, cls.tls_closed = (servers.start(port := free_port(), "socat",
                                                 f"OPENSSL-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork,cert={cls.cert},key={key},verify=0",
                                                 f"TCP:127.0.0.1:{behind}") for behind in (cls.plain, cls.closed))
        with open(cls.cert) as own, open(cls.endpoint.ca) as ca:
            both = own.read() + ca.read()
        cls.authorities = os.path.join(servers.folder, "both.pem")
        with open(cls.authorities, "w") as f:
            f.write(both)

    def tunnels(self):
        with open(self.log) as f:
            return sum("CONNECT" in line for line in f)

    def through(self, proxy, *args, tls=False, **how):
        r = self.run_winch("-c", "6*7", "--proxy", proxy, *args, tls=tls, **how)
        self.assertEqual((r.status, r.out, r.err), (DONE, b"42\n", ""), r)

    def test_each_kind(self):
        """Sealed over http and https, and the login is one of the connection all the way."""
        for proxy in (f"http://127.0.0.1:{self.plain}", f"127.0.0.1:{self.plain}", f"socks5://127.0.0.1:{self.socks}",
                      f"socks5h://127.0.0.1:{self.socks}"):
            for tls in False, True:
                with self.subTest(proxy, tls=tls):
                    before = self.tunnels()
                    self.through(proxy, tls=tls)
                    self.assertEqual(self.tunnels() > before, not proxy.startswith("socks"))

    def test_tls_to_the_proxy(self):
        """Its certificate is judged by its own name; the host's by the host's."""
        proxy = f"https://127.0.0.1:{self.tls}"
        r = self.run_winch("-c", "6*7", "--proxy", proxy, "--ca-file", self.cert)
        self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)
        r = winch("run", self.endpoint.https, "--ca-file", self.authorities, "--user", USER, "-c", "6*7", "--proxy", proxy,
                  password=PASSWORD)
        self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)
        r = winch("run", self.endpoint.https, "--ca-file", self.endpoint.ca, "--user", USER, "-c", "6*7", "--proxy", proxy,
                  password=PASSWORD)
        self.assertEqual((r.status, r.out), (CONNECT, b""), r)

    def test_a_login_inside_tls(self):
        """The proxy asks for it and closes: its certificate comes twice, before the host's."""
        proxy, secret = f"https://{PROXY_USER}@127.0.0.1:{self.tls_closed}", self.file(PROXY_PASSWORD + "\n")
        for pin, status in (self.endpoint.pin, DONE), ("0" * 64, CONNECT):
            with self.subTest(status):
                r = winch("run", self.endpoint.https, "--pin", "sha256:" + pin, "--ca-file", self.cert, "--user", USER, "-c", "6*7",
                          "--retries", "0", "--proxy", proxy, "--proxy-password-file", secret, password=PASSWORD)
                self.assertEqual(r.status, status, r)
        r = winch("run", self.endpoint.https, "--ca-file", self.authorities, "--user", USER, "-c", "6*7", "--retries", "0",
                  "--proxy", proxy, "--proxy-password-file", secret, password=PASSWORD)
        self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)

    def test_a_name_that_only_the_proxy_knows(self):
        for proxy in f"http://127.0.0.1:{self.plain}", f"socks5h://127.0.0.1:{self.socks}":
            r = winch("run", "winch-test.invalid", "--user", USER, "-c", "1", "--proxy", proxy, password=PASSWORD)
            self.assertEqual((r.status, r.out), (CONNECT, b""), r)
            self.one_line(r, proxy, "winch-test.invalid")
            self.assertNotIn("unknown host name", r.err)

    def test_logins(self):
        secret = self.file(PROXY_PASSWORD + "\n")
        for proxy in f"http://{PROXY_USER}@127.0.0.1:{self.closed}", f"socks5://{PROXY_USER}@127.0.0.1:{self.socks_closed}":
            self.through(proxy, "--proxy-password-file", secret)
            r, w = os.pipe()
            os.write(w, PROXY_PASSWORD.encode() + b"\n")
            os.close(w)
            self.through(proxy, "--proxy-password-fd", str(r), fds=(r,))
            os.close(r)

    def test_logins_that_are_wrong(self):
        wrong = self.file("no\n")
        at = f"127.0.0.1:{self.closed}"
        r = self.run_winch("-c", "1", "--proxy", "http://" + at)
        self.assertEqual(r.status, AUTH, r)
        self.one_line(r, at, "asks for a user and password")
        r = self.run_winch("-c", "1", "--proxy", f"http://{PROXY_USER}@{at}", "--proxy-password-file", wrong)
        self.assertEqual(r.status, AUTH, r)
        self.one_line(r, at, "refused user " + PROXY_USER)
        r = self.run_winch("-c", "1", "--proxy", f"socks5://{PROXY_USER}@127.0.0.1:{self.socks_closed}",
                           "--proxy-password-file", wrong)
        self.assertEqual(r.status, AUTH, r)
        self.one_line(r, str(self.socks_closed), "refused user " + PROXY_USER)
        # A proxy knows nothing of the host's user.
        self.assertNotIn(USER, r.err)
        self.assertEqual(self.endpoint.log(), [])

    def counting(self, answer):
        """A proxy that refuses every login, and counts them, for those of others don't: (its port, what was shown)."""
        shown = []

        def serve():
            while True:
                try:
                    c = s.accept()[0]
                except OSError:
                    return
                with c:
                    answer(c, shown)
        s = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(s.close)
        self.addCleanup(s.shutdown, socket.SHUT_RDWR)
        threading.Thread(target=serve, daemon=True).start()
        return s.getsockname()[1], shown

    @staticmethod
    def refuse_socks(c, shown):
        c.recv(100)
        c.sendall(b"\5\2")
        shown.append(c.recv(600))
        c.sendall(b"\1\1")

    @staticmethod
    def refuse_http(c, shown):
        request = b""
        while b"\r\n\r\n" not in request:
            if not (more := c.recv(4096)):
                return
            request += more
        shown += re.findall(rb"(?i)proxy-authorization: *(.*)\r", request)
        c.sendall(b"HTTP/1.1 407 no\r\nProxy-Authenticate: Basic realm=x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    def test_a_refused_login_is_not_shown_again(self):
        """By no retry, and not by the doctor's session."""
        port, shown = self.counting(self.refuse_socks)
        at = f"socks5h://{PROXY_USER}@127.0.0.1:{port}"
        how = ["--proxy", at, "--proxy-password-file", self.file("no\n"), "--retries", "2", "--retry-delay", "0.1"]
        r = self.run_winch("-c", "1", *how)
        self.assertEqual((r.status, len(shown)), (AUTH, 1), r)
        r = self.doctor(at, *how[2:])
        self.assertEqual((r.status, len(shown)), (AUTH, 2), r)
        self.assertRegex(r.out, rb"\Aproblem +way +[^\n]*refused user[^\n]*--proxy-password-file")
        self.assertNotRegex(r.out, rb"(?m)^ok +port")

    def test_a_refused_login_is_not_shown_for_other_targets(self):
        """One goes first, whoever its user at the host is."""
        wrong = self.file("no\n")
        for scheme, answer in ("http", self.refuse_http), ("socks5h", self.refuse_socks):
            for user in USER, CORP:
                with self.subTest(scheme, user=user):
                    port, shown = self.counting(answer)
                    proxy = f"{scheme}://{PROXY_USER}@127.0.0.1:{port}"
                    args = ["run", "a.invalid", "b.invalid", "c.invalid", "--user", user, "-c", "1", "--proxy", proxy,
                            "--proxy-password-file", wrong]
                    r = winch(*args, "--streams", password=PASSWORD)
                    self.assertEqual((r.status, len(shown)), (AUTH, 1), r)
                    first, *rest = sorted((x["error"] for x in r.objects()), key=lambda text: "not tried" in text)
                    self.assertIn("refused user " + PROXY_USER, first)
                    self.assertEqual(rest, 2 * [f"not tried: the proxy {scheme}://127.0.0.1:{port} refused user {PROXY_USER}"])
                    self.assertEqual({x["status"] for x in r.objects()}, {AUTH})
                    self.assertIn("winch: 1 refused, 2 not tried: ", r.err)
                    self.assertIn(f"winch: user {PROXY_USER} is not tried at 2 more targets: see --keep-trying", r.err)
                    r = winch(*args, "--keep-trying", password=PASSWORD)
                    self.assertEqual((r.status, len(shown)), (AUTH, 4), r)
                    self.assertIn("winch: 3 refused: ", r.err)

    def test_a_login_that_was_taken(self):
        """All go on, also where the first is not there, or its host refuses its own user."""
        secret = self.file(PROXY_PASSWORD + "\n")
        host = self.endpoint.http.split("/")[2]
        for proxy in f"http://{PROXY_USER}@127.0.0.1:{self.closed}", f"socks5h://{PROXY_USER}@127.0.0.1:{self.socks_closed}":
            for targets, ok, status in (("nobody@" + host, "127.0.0.1:1", USER + "@" + host), 1, AUTH), ([host, host], 2, DONE):
                r = winch("run", *targets, "--user", USER, "-c", "6*7", "--proxy", proxy, "--proxy-password-file", secret,
                          password=PASSWORD)
                self.assertEqual((r.status, [x["value"] for x in r.objects()]), (status, ok * [42]), r)
                self.assertNotIn("not tried", r.err)

    def doctor(self, proxy, *args):
        return winch("doctor", self.endpoint.http, "--user", USER, "--proxy", proxy, *args, password=PASSWORD)

    def test_the_doctor_goes_the_same_way(self):
        for proxy in (f"http://127.0.0.1:{self.plain}", f"socks5h://127.0.0.1:{self.socks}",
                      f"https://127.0.0.1:{self.tls}"):
            r = self.doctor(proxy, "--ca-file", self.cert)
            self.assertEqual((r.status, r.err), (DONE, ""), r)
            self.assertIn(b"the proxy looks it up", r.out)
            self.assertIn(b"winch run works here", r.out)
        r = winch("doctor", self.endpoint.https, "--ca-file", self.authorities, "--user", USER, "--proxy",
                  f"https://127.0.0.1:{self.tls}", password=PASSWORD)
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        r = self.doctor(f"http://127.0.0.1:{self.closed}")
        self.assertEqual(r.status, AUTH, r)
        self.assertRegex(r.out, rb"\Aproblem +way +[^\n]*asks for a user[^\n]*--proxy-password-file")
        r = self.doctor(f"http://127.0.0.1:{self.narrow}")
        self.assertEqual(r.status, CONNECT, r)
        self.assertRegex(r.out, rb"\Aproblem +way +[^\n]*HTTP 403[^\n]*; remedy: ")

    def test_socks_is_offered_what_there_is(self):
        """No empty user, and no ticket, whatever the SOCKS proxy would like to have."""
        secret = self.file(PROXY_PASSWORD + "\n")
        for user, args, methods in ("", (), b"\0"), (PROXY_USER + "@", ("--proxy-password-file", secret), b"\0\2"):
            with socket.create_server(("127.0.0.1", 0)) as s:
                offered = []

                def answer():
                    with s.accept()[0] as c:
                        offered.append(c.recv(100))
                        c.sendall(b"\5\xff")
                thread = threading.Thread(target=answer)
                thread.start()
                r = self.run_winch("-c", "1", "--proxy", f"socks5h://{user}127.0.0.1:{s.getsockname()[1]}", *args)
                thread.join()
            self.assertEqual(r.status, AUTH, r)
            self.one_line(r, "does not take" if user else "asks for", "a user and password")
            self.assertEqual(offered, [bytes([5, len(methods)]) + methods])

    def test_proxies_that_do_not_go_there(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            nobody = s.getsockname()[1]
        for proxy, words in ((f"http://127.0.0.1:{self.narrow}", ["does not connect to", "HTTP 403"]),
                             (f"http://127.0.0.1:{nobody}", ["nobody listens", str(nobody)]),
                             (f"socks5://127.0.0.1:{nobody}", [str(nobody)]),
                             ("http://winch-test.invalid", ["proxy", "winch-test.invalid"])):
            r = self.run_winch("-c", "1", "--proxy", proxy)
            self.assertEqual((r.status, r.out), (CONNECT, b""), r)
            self.one_line(r, *words)

    def test_the_environment(self):
        """Never for loopback; for others by the target's scheme, unless no_proxy says no."""
        proxy = f"http://127.0.0.1:{self.plain}"
        before = self.tunnels()
        self.assertEqual(self.well("-c", "1", env={"http_proxy": "http://127.0.0.1:1"}), [1])
        self.assertEqual(self.tunnels(), before)
        for target, env, goes in (
                ("winch-test.invalid", {"http_proxy": proxy}, True), ("winch-test.invalid", {"HTTP_PROXY": proxy}, False),
                ("winch-test.invalid", {"https_proxy": proxy}, False),
                ("https://winch-test.invalid", {"https_proxy": proxy}, True),
                ("https://winch-test.invalid", {"HTTPS_PROXY": proxy}, True),
                ("winch-test.invalid", {"http_proxy": proxy, "no_proxy": "other, .invalid"}, False),
                ("winch-test.invalid", {"http_proxy": proxy, "NO_PROXY": "*"}, False),
                ("winch-test.invalid", {"http_proxy": proxy, "no_proxy": "test.invalid"}, True),
                ("winch-test.invalid", {"http_proxy": ""}, False)):
            with self.subTest(target, env=env):
                before = self.tunnels()
                r = winch("run", target, "--user", USER, "-c", "1", password=PASSWORD, env=env)
                self.assertEqual(r.status, CONNECT, r)
                self.assertEqual(self.tunnels() > before, goes, r)
                r = winch("run", target, "--user", USER, "-c", "1", "--proxy", "none", password=PASSWORD, env=env)
                self.assertIn("unknown host name", r.err)

    def test_a_login_in_the_environment(self):
        login = f"{PROXY_USER}:{PROXY_PASSWORD.replace('-', '%2d')}"
        r = winch("run", "winch-test.invalid", "--user", USER, "-c", "1", password=PASSWORD,
                  env={"http_proxy": f"http://{login}@127.0.0.1:{self.closed}"})
        self.assertEqual(r.status, CONNECT, r)
        self.assertNotIn("refused", r.err)
        self.assertNotIn(PROXY_PASSWORD, r.err)


class Options(Case):
    def test_what_is_no_proxy(self):
        for value in ("ftp://x", "http://", "http://u:secret-9@x", "http://x/path", "http://-x", "http://a b", "http://@x"):
            r = winch("run", "web1", "--user", "u", "-c", "1", "--proxy", value, password="x")
            self.assertEqual(r.status, USAGE, r)
            self.one_line(r, "--proxy")
            self.assertNotIn("secret-9", r.err)


if __name__ == "__main__":
    unittest.main()
