"""--cert and --key.  Kestrel's TLS (the endpoint) asks for the certificate late, as WinRM does: in TLS 1.2 by
renegotiation, in TLS 1.3 by post-handshake authentication; nginx asks in the handshake."""
import tempfile
import unittest

from endpoint import Endpoint, Missing
import nginx
from nginx import Nginx
from certificates import PHRASE, Files
from program import AUTH, DONE, Case, winch

_files = None


def files():
    global _files
    if _files is None:
        made = tempfile.TemporaryDirectory()
        _files = Files(made.name), made
    return _files[0]


def run_at(url, *args, password=None):
    return winch("run", url, "-c", "6*7", *args, password=password)


class Local(Case):
    """What is local: read and judged before anything is sent."""

    def refused_here(self, words, *args, url="https://127.0.0.1:9", password=None):
        self.usage(run_at(url, *args, password=password), *words)

    def test_files_that_are_not_right(self):
        f = files()
        pair = ["--cert", f["anna.pem"], "--key"]
        self.refused_here(["not that of the certificate"], *pair, f["bob.key"])
        self.refused_here(["no private key"], *pair, f["anna.csr"])
        self.refused_here(["no private key"], "--cert", f["anna.pem"])
        self.refused_here(["No such file"], *pair, f["nobody.key"])
        self.refused_here(["no certificate"], "--cert", f["anna.csr"], "--key", f["anna.key"])
        self.refused_here(["neither PEM nor PKCS#12"], "--cert", self.file(b"\x30\x82\x01\x00rubbish"))
        self.refused_here(["neither PEM nor PKCS#12"], "--cert", self.file(b""))
        self.refused_here(["passphrase", "wrong"], *pair, f["locked.key"], password="no")
        self.refused_here(["passphrase", "wrong"], *pair, f["old.key"], password="no")
        self.refused_here(["passphrase", "wrong"], "--cert", f["anna.p12"], password="no")
        self.refused_here(["no terminal to ask on"], *pair, f["locked.key"])
        self.refused_here(["chmod 600"], *pair, self.file("key", mode=0o640))
        self.refused_here(["File too large"], *pair, self.file(b"x" * (2 << 20)))

    def test_an_encrypted_certificate(self):
        """Nobody is asked how to open it, not by OpenSSL either."""
        with open(files()["anna.pem"], "rb") as f:
            begin, rest = f.read().split(b"\n", 1)
        odd = self.file(begin + b"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC," + b"0" * 32 + b"\n\n" + rest)
        r = run_at("https://127.0.0.1:9", "--cert", odd, "--key", files()["anna.key"])
        self.usage(r, "no certificate can be read")
        self.assertNotIn("phrase:", r.err)

    def test_options_that_do_not_go_together(self):
        f = files()
        pair = ["--cert", f["anna.pem"], "--key", f["anna.key"]]
        self.refused_here(["--cert FILE"], "--auth", "certificate")
        self.refused_here(["--auth certificate only"], "--auth", "ntlm", *pair)
        self.refused_here(["--cert FILE"], "--key", f["anna.key"])
        self.refused_here(["https://"], *pair, url="http://127.0.0.1:9")


class Late(Case):
    """Both versions of TLS, each with an endpoint that speaks no other."""

    VERSIONS = "1.2", "1.3"

    @classmethod
    def setUpClass(cls):
        cls.endpoints = {}
        for version in cls.VERSIONS:
            try:
                e = Endpoint("--client-ca", files()["ca.pem"], "--map-certificate", "anna=tester", "--tls", version,
                             "--warm", "1")
            except Missing as why:
                raise unittest.SkipTest(str(why))
            cls.addClassCleanup(e.stop)
            cls.endpoints[version] = e

    def each(self):
        for version, e in self.endpoints.items():
            with self.subTest(tls=version):
                e.reset()
                yield e

    def test_all_forms(self):
        f = files()
        for e in self.each():
            for args, phrase in ((["--cert", f["anna.pem"], "--key", f["anna.key"]], None),
                                 (["--auth", "certificate", "--cert", f["both.pem"]], None),
                                 (["--cert", f["open.p12"]], None), (["--cert", f["anna.p12"]], PHRASE),
                                 (["--cert", f["anna.pem"], "--key", f["locked.key"]], PHRASE),
                                 (["--cert", f["anna.pem"], "--key", f["old.key"]], PHRASE)):
                r = run_at(e.https, "--ca-file", e.ca, *args, password=phrase)
                self.assertEqual((r.status, r.out, r.err), (DONE, b"42\n", ""), (args, r))

    def test_no_request_more_than_the_protocol_has(self):
        """The certificate costs none: the first one that asked is the one that is answered."""
        f = files()
        for e in self.each():
            r = run_at(e.https, "--ca-file", e.ca, "--cert", f["both.pem"])
            self.assertEqual(r.status, DONE, r)
            log = e.log()
            self.assertEqual({r["auth"] for r in log}, {"Certificate"})
            self.assertEqual({r["status"] for r in log}, {200})
            self.assertEqual([r["op"] for r in log if r["op"] != "Receive"], ["Create", "Command", "Delete"])

    def test_who_is_not_known_there(self):
        """Once, and no retry: it is not a thing that passes."""
        f = files()
        for e in self.each():
            r = run_at(e.https, "--ca-file", e.ca, "--cert", f["bob.pem"], "--key", f["bob.key"])
            self.assertEqual(r.status, AUTH, r)
            self.one_line(r, "refused the certificate of CN=bob", "mapped to a user")
            self.assertEqual([x["status"] for x in e.log()], [401])

    def test_an_authority_that_is_not_trusted_there(self):
        f = files()
        for e in self.each():
            before = e.state()["connectionsEver"]
            r = run_at(e.https, "--ca-file", e.ca, "--cert", f["own.pem"], "--key", f["own.key"])
            self.assertEqual(r.status, AUTH, r)
            self.one_line(r, "certificate of CN=anna", "trust its authority")
            self.assertEqual(e.state()["connectionsEver"], before + 1)

    def test_a_server_that_does_not_ask(self):
        with Endpoint("--warm", "0") as e:
            r = run_at(e.https, "--ca-file", e.ca, "--cert", files()["both.pem"])
            self.assertEqual(r.status, AUTH, r)
            self.one_line(r, "refused the certificate", "never asked for one", "sslcert")


@unittest.skipUnless(nginx.HERE, "no nginx")
class InTheHandshake(Case):
    """nginx asks before the first request, and has an endpoint behind it that trusts it."""

    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--no-auth", "--allow-unencrypted", "--warm", "1")
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        cls.nginx = Nginx(cls, made.name, f"""ssl_verify_client on; ssl_client_certificate {files()["ca.pem"]};
        location / {{ proxy_pass {cls.endpoint.http.rsplit("/", 1)[0]}; proxy_http_version 1.1; }}""")

    def test_it_is_shown(self):
        r = run_at(self.nginx.url, "--ca-file", self.nginx.ca, "--cert", files()["both.pem"])
        self.assertEqual((r.status, r.out, r.err), (DONE, b"42\n", ""), r)

    def test_it_is_not_trusted(self):
        """nginx lets TLS stand and answers 400 with a page."""
        f = files()
        r = run_at(self.nginx.url, "--ca-file", self.nginx.ca, "--cert", f["own.pem"],
                        "--key", f["own.key"])
        self.assertNotEqual(r.status, DONE, r)
        self.one_line(r, f"127.0.0.1:{self.nginx.port}", "HTTP 400")


if __name__ == "__main__":
    unittest.main()
