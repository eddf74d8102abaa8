"""nginx in front of a host, as a reverse proxy: it gives each request another connection to the host, or closes the
client's after each.  Basic does not mind; what authenticates a connection can't work, and the message says so."""
import os
import sys
import tempfile
import unittest

import nginx
from endpoint import Endpoint, Missing, TOP
from nginx import Nginx
from program import AUTH, CONNECT, DONE, PASSWORD, USER, Case, winch

sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402


@unittest.skipUnless(nginx.HERE, "no nginx")
class Front(Case):
    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--allow-unencrypted", "--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        behind = cls.endpoint.http.rsplit("/", 1)[0]
        cls.shared = cls.front(f"location / {{ proxy_pass {behind}; }}", listen="ssl http2")
        cls.kept = cls.front("location / { proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection ''; }",
                             http=f"upstream behind {{ server {behind.split('//')[1]}; keepalive 1; }}", listen="ssl http2")
        cls.closing = cls.front(f"keepalive_timeout 0; location / {{ proxy_pass {behind}; }}")

    @classmethod
    def front(cls, server, **how):
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        return Nginx(cls, made.name, server, **how)

    def setUp(self):
        self.endpoint.reset()

    def through(self, front, auth):
        front.forget()
        return winch("run", front.url, "--ca-file", front.ca, "--user", USER, "--auth", auth, "-c", "6*7", password=PASSWORD)

    def test_basic(self):
        for front in self.shared, self.closing, self.kept:
            r = self.through(front, "basic")
            self.assertEqual((r.status, r.out, r.err), (DONE, b"42\n", ""), r)
            seen = front.requests()
            self.assertEqual({(p, s) for _, p, s in seen}, {("HTTP/1.1", "200")})
            self.assertEqual(len({c for c, _, _ in seen}), len(seen) if front is self.closing else 1)

    def test_what_authenticates_a_connection(self):
        for front in self.shared, self.closing:
            for auth in "negotiate", "ntlm":
                with self.subTest(auth, closes=front is self.closing):
                    r = self.through(front, auth)
                    self.assertEqual((r.status, r.out), (AUTH, b""), r)
                    self.one_line(r, str(front.port), auth + " authenticates a connection",
                                  "closes the connection" if front is self.closing else "it is nginx/")
                    legs = 1 if front is self.closing else 2
                    self.assertEqual([s for _, _, s in front.requests(legs)], ["401"] * legs)

    def test_a_ticket(self):
        """It goes with each body anew, and so survives it; where a body waits for the host's answer, it does not."""
        try:
            realm = Realm(user="anna", password="Pa55-word")
        except Skip as why:
            self.skipTest(str(why))
        with realm, Endpoint("--allow-unencrypted", "--warm", "0", "--keytab", realm.keytab, user="anna") as e, tempfile.TemporaryDirectory() as folder:
            for end in "", "keepalive_timeout 0;":
                front = Nginx(type(self), tempfile.mkdtemp(dir=folder), f"{end} location / {{ proxy_pass {e.http.rsplit('/', 1)[0]}; }}")
                run = ["run", f"https://localhost:{front.port}", "--auth", "kerberos", "-c", "6*7"]
                r = winch(*run, "--ca-file", front.ca, env=realm.env)
                self.assertEqual((r.status, r.out, r.err), (DONE, b"42\n", ""), r)
                r = winch(*run, "--insecure", env=realm.env)
                self.assertEqual((r.status, r.out), (CONNECT if end else AUTH, b""), r)
                self.assertRegex(r.err, r"kerberos authenticates a connection[^\n]*\n")
                self.assertIn("closes its connections" if end else "it is nginx/", r.err)


if __name__ == "__main__":
    unittest.main()
