"""Channel binding: each mechanism over https to an endpoint that wants one, whatever its certificate is signed by; and nobody in
the middle gets through, whose certificate is trusted, too.  The endpoint has the hash by its own reading of the certificate."""
import os
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest

from endpoint import Endpoint, Missing, TOP
from port import Port, read_message

sys.path += [os.path.join(TOP, "tests", "endpoint"), os.path.join(TOP, "tests", "cli")]
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402
from program import AUTH, BUILD, DONE, winch  # noqa: E402

PASSWORD = "Pa55-word"
RSA, EC, EC384 = (["-newkey", "rsa:2048"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
                  ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"])
PSS = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
# How openssl req makes it.
CERTIFICATES = {
    "RSA, SHA-256": [*RSA, "-sha256"],
    "RSA, SHA-384": [*RSA, "-sha384"],
    "RSA, SHA-512": [*RSA, "-sha512"],
    "RSA, SHA-1": [*RSA, "-sha1"],
    "RSA, MD5": [*RSA, "-md5"],
    "RSA-PSS, SHA-256": [*RSA, "-sha256", *PSS],
    "RSA-PSS, SHA-512": [*RSA, "-sha512", *PSS],
    "RSA-PSS, SHA-1": [*RSA, "-sha1", *PSS],
    "ECDSA, SHA-256": [*EC, "-sha256"],
    "ECDSA, SHA-384": [*EC384, "-sha384"],
}
# Raw and in SPNEGO: what --auth says, the host's name, a ticket or a password.
MECHANISMS = (("ntlm", "localhost", False), ("negotiate", "127.0.0.1", False), ("kerberos", "localhost", True), ("negotiate", "localhost", True))
realm = None


def setUpModule():
    global realm
    if not os.path.exists(os.path.join(BUILD, "tests", "auth", "kerberos-peer")):
        raise unittest.SkipTest("this build has no Kerberos (Debian: libkrb5-dev)")
    try:
        realm = Realm(user="anna", password=PASSWORD)
    except Skip as why:
        raise unittest.SkipTest(str(why))
    unittest.addModuleCleanup(realm.stop)


def make(folder, name, *how):
    """A certificate and its key in one file."""
    made, key = (os.path.join(folder, name + end) for end in (".pem", ".key"))
    subprocess.run(["openssl", "req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", key, "-out", made, *how],
                   check=True, stdin=subprocess.DEVNULL, capture_output=True)
    with open(key) as k, open(made, "a") as m:
        m.write(k.read())
    return made


NAMES = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]


class Case(unittest.TestCase):
    def folder(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return made.name

    def endpoint(self, *options):
        try:
            e = Endpoint("--warm", "0", "--shells-per-process", "20", "--keytab", realm.keytab, *options, user="anna", password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        self.addCleanup(e.stop)
        return e

    def run_at(self, url, mechanism, *args):
        auth, host, ticket = mechanism
        env = {**realm.env, "HOME": realm.dir}
        if not ticket:
            args += "--user", "anna"
            env["KRB5CCNAME"] = "FILE:/nonexistent/tickets"
        return winch("run", url.replace("127.0.0.1", host), "--auth", auth, *args, "-c", "6*7", password=None if ticket else PASSWORD, env=env)


class Signatures(Case):
    def each(self, endpoint, *args):
        """All of them come in; what each has said."""
        said = []
        for mechanism in MECHANISMS:
            r = self.run_at(endpoint.https, mechanism, *args)
            self.assertEqual((r.status, r.out), (DONE, b"42\n"), (mechanism, r))
            said.append(r.err)
        return said

    def test_each_is_bound(self):
        """--cbt strict: who does not bind, or to anything else, stays out."""
        for number, (name, how) in enumerate(CERTIFICATES.items()):
            file = make(self.folder(), f"host{number}", *how, *NAMES)
            e = self.endpoint("--cbt", "strict", "--certificate", file)
            with self.subTest(name):
                self.each(e, "--pin", "sha256:" + e.pin)

    def test_one_that_has_no_binding(self):
        """Ed25519: RFC 5929 names no hash for it; -v says so, once."""
        folder = self.folder()
        authority = make(folder, "authority", "-newkey", "ed25519")
        key = os.path.join(folder, "authority.key")
        file = make(folder, "host", *RSA, "-CA", authority, "-CAkey", key, *NAMES)
        e = self.endpoint("--cbt", "relaxed", "--certificate", file)
        for said in self.each(e, "--ca-file", authority, "-v"):
            self.assertEqual(said.count("no channel binding"), 1, said)
            self.assertIn("Ed25519", said)
            self.assertNotIn("NTLM in place of Kerberos: the server", said)


class Middle(Port):
    """Ends TLS with a certificate of its own, and speaks TLS to the host as anybody may."""

    def __init__(self, url, file):
        self.to = url.split("/")[2].split(":")
        self.server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.server.load_cert_chain(file)
        self.client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.client.check_hostname, self.client.verify_mode = False, ssl.CERT_NONE
        super().__init__()
        self.url = f"https://127.0.0.1:{self.port}/wsman"

    def serve(self, near):
        """Request and reply by turns, as the connection has them: a thread for each way would use one TLS object in two."""
        try:
            near = self.server.wrap_socket(near, server_side=True)
            far = self.client.wrap_socket(socket.create_connection((self.to[0], int(self.to[1]))))
            while self.message(near, far) and self.message(far, near):
                pass
        except (OSError, ssl.SSLError):
            pass
        near.close()

    def message(self, a, b):
        """One message of HTTP; whether there was one."""
        message = read_message(a)
        if message:
            b.sendall(b"\r\n\r\n".join(message))
        return message is not None


class InTheMiddle(Case):
    def test_nobody_gets_through(self):
        """Whoever trusts the one in the middle, and whether the host insists on a binding or only looks at it."""
        file = make(self.folder(), "middle", *RSA, *NAMES)
        for cbt in "strict", "relaxed":
            e = self.endpoint("--cbt", cbt)
            middle = Middle(e.https, file)
            self.addCleanup(middle.close)
            for trust in (["--insecure"], ["--ca-file", file]):
                # it does pass on: what binds to nothing goes through it
                r = self.run_at(middle.url, ("basic", "localhost", False), *trust)
                self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)
                for mechanism in MECHANISMS:
                    with self.subTest((cbt, trust, mechanism)):
                        self.refused(e, self.run_at(middle.url, mechanism, *trust))

    def refused(self, e, r):
        self.assertEqual((r.status, r.out), (AUTH, b""), r)
        self.assertIn("somebody on the way may have ended it (channel binding)", r.err)
        self.assertNotIn("Create", [x["op"] for x in e.log() if x["auth"] != "Basic"])


if __name__ == "__main__":
    unittest.main()
