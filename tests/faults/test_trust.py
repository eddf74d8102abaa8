"""Certificates and TLS versions: what must hold before anything is sent."""
import hashlib
import os
import ssl
import subprocess
import tempfile

from lane_driver import AUTH, TLS
from lane_case import Case, SECRET, echo, plain
from fake_server import Fake


class Trust(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.ca = cls.make("ca", "/CN=test authority", None)
        cls.good = cls.make("good", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
        cls.second = cls.make("second", "/CN=localhost", "subjectAltName=IP:127.0.0.1")
        cls.other = cls.make("other", "/CN=elsewhere", "subjectAltName=DNS:elsewhere.example")
        cls.old = cls.make("old", "/CN=localhost", "subjectAltName=IP:127.0.0.1", days=-1)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def make(cls, name, subject, extension, days=2):
        path = os.path.join(cls.folder.name, name)
        base = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", path + ".key",
                "-subj", subject]
        run = {"check": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if not extension:
            subprocess.run(base + ["-x509", "-days", "2", "-out", path + ".pem"], **run)
            return path
        subprocess.run(base + ["-out", path + ".csr"], **run)
        with open(path + ".ext", "w") as f:
            f.write(extension)
        subprocess.run(["openssl", "x509", "-req", "-in", path + ".csr", "-CA", cls.ca + ".pem",
                        "-CAkey", cls.ca + ".key", "-CAcreateserial", "-extfile", path + ".ext",
                        "-days", str(days), "-out", path + ".pem"], **run)
        return path

    def pin(self, path):
        with open(path + ".pem") as f:
            der = ssl.PEM_cert_to_DER_cert(f.read())
        return hashlib.sha256(der).hexdigest()

    def context(self, path, version=None):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(path + ".pem", path + ".key")
        if version:
            c.minimum_version = c.maximum_version = version
        return c

    def try_one(self, path, *options, version=None, handler=None):
        d = self.play(handler or plain(echo), "--auth=basic", *options, password=SECRET,
                      tls=self.context(path, version))
        done = d.ask()
        seen = len(self.server.requests)
        self.finish()
        if "error" in done:
            self.assertEqual(seen, 0)  # neither body nor credential has left
        return done

    def test_trusted(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            done = self.try_one(self.good, "--ca-file=" + self.ca + ".pem", version=version)
            self.assertEqual(done.get("body"), "<HELLO/>")

    def test_not_trusted(self):
        for path, options, text in [
                (self.good, [], "unable to get local issuer certificate"),
                (self.ca, [], "self-signed certificate"),
                (self.other, ["--ca-file=" + self.ca + ".pem"], "mismatch"),
                (self.old, ["--ca-file=" + self.ca + ".pem"], "expired")]:
            done = self.try_one(path, *options)
            self.assertEqual((done["error"], done["sent"]), (TLS, False))
            self.assertIn(text, done["text"])
            self.assertIn("sha256:" + self.pin(path), done["text"])

    def test_ways_to_trust(self):
        ca = "--ca-file=" + self.ca + ".pem"
        for path, options in [(self.other, [ca, "--tls-name=elsewhere.example"]),
                              (self.other, ["--insecure"]), (self.old, ["--insecure"]),
                              (self.other, ["--pin=" + self.pin(self.other)]),
                              (self.old, ["--pin=" + self.pin(self.old)])]:
            self.assertEqual(self.try_one(path, *options).get("body"), "<HELLO/>")

    def test_pin_replaces_trust(self):
        done = self.try_one(self.good, "--pin=" + "00" * 32, "--ca-file=" + self.ca + ".pem")
        self.assertEqual(done["error"], TLS)
        self.assertIn("sha256:" + self.pin(self.good), done["text"])
        done = self.try_one(self.good, "--pin=" + "00" * 32, "--insecure")
        self.assertEqual(done["error"], TLS)

    def test_old_tls(self):
        context = self.context(self.good)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        d = self.play(plain(echo), "--auth=basic", "--insecure", tls=context)
        self.assertEqual(d.ask()["error"], TLS)

    def test_no_tls_there(self):
        def handler(connection):
            connection._more()
            connection.reply(400)

        d = self.play(handler, "--auth=basic", url=lambda s: s.url("https"))
        done = d.ask()
        self.assertEqual(done["error"], TLS)
        self.assertIn("does not speak TLS", done["text"])

    def test_missing_ca_file(self):
        d = self.play(plain(echo), "--auth=basic", "--ca-file=/nonexistent",
                      tls=self.context(self.good))
        done = d.ask()
        self.assertEqual(done["error"], TLS)
        self.assertIn("/nonexistent", done["text"])

    def test_handshake_inside_tls_takes_the_body_along(self):
        def handler(connection):
            fake = Fake()
            while True:
                request = connection.receive()
                if not request:
                    return
                if request.token() == b"HELLO":
                    connection.reply(401, headers=[fake.challenge()])
                elif request.token() and not fake.check(request.token()):
                    connection.reply(401, headers=[b"WWW-Authenticate: Negotiate"])
                else:
                    connection.reply(200, request.body)

        d = self.play(handler, "--auth=fake", "--ca-file=" + self.ca + ".pem",
                      tls=self.context(self.good))
        self.assertEqual(d.ask("<a/>")["body"], "<a/>")
        self.assertEqual(d.ask("<b/>")["body"], "<b/>")
        self.assertEqual([r.body for r in self.server.posts()], [b"", b"<a/>", b"<b/>"])
        self.assertEqual(self.server.connections, 1)

    def test_a_token_goes_to_the_certificate_that_it_is_bound_to(self):
        """The connection that was opened for it is gone: the next one is the same host's, or nobody's."""
        for path, same in (self.good, True), (self.second, False):
            with self.subTest(same=same):
                contexts = [self.context(path)]

                def handler(connection):
                    request = connection.receive()
                    if contexts:
                        self.server.tls = contexts.pop()
                        connection.reply(401, headers=[b"WWW-Authenticate: Negotiate", b"Connection: close"])
                    elif request:
                        self.assertEqual(request.token(), b"HELLO")
                        connection.reply(200, request.body, headers=[b"WWW-Authenticate: Negotiate T0s="])

                d = self.play(handler, "--auth=fake-ticket", "--ca-file=" + self.ca + ".pem", tls=self.context(self.good))
                done = d.ask("<a/>")
                self.finish()
                self.assertEqual(self.server.connections, 2)
                self.assertEqual([(r.token(), r.body) for r in self.server.posts()], [(b"", b"")] + same * [(b"HELLO", b"<a/>")])
                self.assertEqual(done.get("body"), "<a/>" if same else None, done)
                if not same:
                    self.assertEqual((done["error"], done["refused"]), (AUTH, False))
                    self.assertIn("another certificate", done["text"])
