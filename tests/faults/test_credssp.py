"""Hosts whose CredSSP breaks off, or is strange: Python's ssl is the TLS inside.  No body leaves, and no credential
is tried twice; before NTLM's response nobody was refused."""
import base64
import os
import ssl
import subprocess
import tempfile

from lane_driver import AUTH, PROTOCOL
from test_auth import ALL, KEYS_128, answer, challenge, der, wrapped
from lane_case import Case, SECRET

VERSIONS = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3


def request(version=6, token=b"", more=b""):
    """A TSRequest."""
    fields = der(0xA0, der(0x02, bytes([version])))
    if token:
        fields += der(0xA1, der(0x30, der(0x30, der(0xA0, der(0x04, token)))))
    return der(0x30, fields + more)


class Host:
    """The TLS of one connection."""

    def __init__(self, context):
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_side=True)

    def take(self, token):
        """What the client said inside; b"": only TLS's own."""
        self.incoming.write(token)
        try:
            self.tls.do_handshake()
            return self.tls.read()
        except ssl.SSLWantReadError:
            return b""

    def say(self, *plains):
        """A record for each, behind what TLS has to say of its own."""
        for plain in plains:
            self.tls.write(plain)
        return self.outgoing.read()


class CredSsp(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.certificate, cls.key = (os.path.join(cls.folder.name, n) for n in ("cert.pem", "key.pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=CREDSSP",
                        "-keyout", cls.key, "-out", cls.certificate], check=True, capture_output=True)

    def context(self, version, tickets=2):
        c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        c.load_cert_chain(self.certificate, self.key)
        c.minimum_version = c.maximum_version = version
        c.num_tickets = tickets
        return c

    def start(self, legs, version=ssl.TLSVersion.TLSv1_3, tickets=2):
        """legs: by number what the host does, given the TLS and what was said; else what is usual.  It gives a status and a token,
        None: no token at all, or the headers."""
        context = self.context(version, tickets)
        self.said = []

        def usual(leg, tls, plain):
            if leg == 3:
                return 401, tls.say(request(token=wrapped()))
            return 401, tls.say()

        def handler(connection):
            tls = Host(context)
            for leg in range(1, 30):
                r = connection.receive()
                if not r:
                    return
                scheme, _, token = r.headers.get(b"authorization", b"").partition(b" ")
                self.assertEqual(scheme, b"CredSSP")
                plain = tls.take(base64.b64decode(token))
                self.said.append(plain)
                status, token = legs.get(leg, lambda t, p, n=leg: usual(n, t, p))(tls, plain)
                if isinstance(token, bytes):
                    token = [b"WWW-Authenticate: CredSSP " + base64.b64encode(token)]
                connection.reply(status, headers=token or [])

        return self.play(handler, "--auth=credssp", password=SECRET)

    def refused(self, d, text, error=AUTH, legs=1):
        done = d.ask(op="Create")
        self.assertEqual(done.get("error"), error, done)
        self.assertIn(text, done["text"])
        self.assertNotIn(SECRET, done["text"])
        # NTLM's response, which names the user, goes with the fourth token.
        self.assertEqual(done["refused"], legs > 3, done)
        self.assertEqual((len(self.server.posts()), self.bodies()), (legs, []))
        if error == AUTH:
            self.assertEqual(d.ask(lane=2, op="Create")["text"], done["text"])
            self.assertEqual(len(self.server.posts()), legs)
        self.finish()

    def each(self):
        for version in VERSIONS:
            with self.subTest(version.name):
                yield version

    def test_usual(self):
        """So far a host comes that does not know the password."""
        for version in self.each():
            self.refused(self.start({4: lambda t, p: (401, None)}, version), "refused user vagrant (credssp)", legs=4)
            self.assertEqual(self.said[:2], [b"", b""])
            # version 6, and a token; then the binding, too
            self.assertEqual([p[2:7] if p[1] < 128 else p[3:8] if p[1] == 0x81 else p[4:9] for p in self.said[2:]],
                             [bytes.fromhex("a003020106")] * 2)
            self.assertNotIn(SECRET.encode("utf-16le"), b"".join(self.said))

    def test_no_more(self):
        """401 without a token, or with another scheme's: the user is refused only where it was named."""
        for version in self.each():
            for leg in (1, 2, 3):
                for headers in ([b"WWW-Authenticate: CredSSP"], None, [b"WWW-Authenticate: Negotiate"]):
                    if leg == 2 and headers and b"CredSSP" in headers[0] and version == ssl.TLSVersion.TLSv1_3:
                        continue  # that is an answer: test_no_tickets
                    d = self.start({leg: lambda t, p, h=headers: (401, h)}, version)
                    text = "does not offer CredSSP" if leg == 1 and headers != [b"WWW-Authenticate: CredSSP"] else \
                        "does not go on with credssp"
                    self.refused(d, text, legs=leg)

    def test_no_base64(self):
        """Behind the user's name it is as good as none."""
        for version in self.each():
            for leg, text, error in (3, "is not base64", PROTOCOL), (4, "refused user vagrant (credssp)", AUTH):
                d = self.start({leg: lambda t, p: (401, [b"WWW-Authenticate: CredSSP abc"])}, version)
                self.refused(d, text, error=error, legs=leg)

    def test_no_tickets(self):
        """TLS 1.3's last word is the client's: a host without tickets has nothing to answer."""
        for headers in ([b"WWW-Authenticate: CredSSP"], [b"WWW-Authenticate: Negotiate, CredSSP"]):
            d = self.start({2: lambda t, p, h=headers: (401, h), 4: lambda t, p: (401, None)}, tickets=0)
            self.refused(d, "refused user", legs=4)

    def test_let_in_too_early(self):
        for version in self.each():
            for leg in (1, 2, 3, 4):
                d = self.start({leg: lambda t, p: (200, t.say() if p == b"" else None)}, version)
                done = d.ask(op="Create")
                self.assertIn(done.get("error"), (AUTH, PROTOCOL), done)
                self.assertEqual(self.bodies(), [])
                self.finish()

    def test_in_two_records(self):
        """A message may be cut by TLS, and tickets may come before it."""
        whole = request(token=wrapped())
        for version in self.each():
            d = self.start({3: lambda t, p: (401, t.say(whole[:5], whole[5:])), 4: lambda t, p: (401, None)}, version)
            self.refused(d, "refused user", legs=4)

    def test_speaks_first(self):
        for version in self.each():
            d = self.start({2: lambda t, p: (401, t.say(request(token=wrapped())))}, version)
            self.refused(d, "speaks before it was asked", error=PROTOCOL, legs=2)

    def test_messages(self):
        for plain, text, error in (
                (b"0", "no TSRequest", PROTOCOL),
                (request(token=wrapped()) + b"0", "no TSRequest", PROTOCOL),
                (request(), "out of its order", PROTOCOL),
                (request(token=challenge()), "no SPNEGO answer", AUTH),
                (request(token=answer(2)), "rejected", AUTH),
                (request(1, wrapped()), "no version", PROTOCOL),
                (request(2, wrapped()), "CVE-2018-0886", AUTH),
                (request(token=wrapped(challenge(ALL & ~KEYS_128))), "does not grant 128-bit keys", AUTH),
                (request(token=wrapped(), more=der(0xA3, der(0x04, b"proof"))), "out of its order", PROTOCOL),
                (request(more=der(0xA4, der(0x02, bytes.fromhex("c0000234")))),
                 "before anybody was named: the host says: the account is locked", AUTH)):
            with self.subTest(text):
                d = self.start({3: lambda t, p, x=plain: (401, t.say(x))})
                self.refused(d, text, error=error, legs=3)

    def test_error_code(self):
        """Of an account it can be only when that was named."""
        locked = request(more=der(0xA4, der(0x02, bytes.fromhex("c0000234"))))
        for version in self.each():
            self.refused(self.start({4: lambda t, p: (401, t.say(locked))}, version), "credssp: the host says: the account is locked", legs=4)

    def test_endless(self):
        """TLS that always has more to say of its own."""
        legs = {n: (lambda t, p: (401, t.say(request(token=wrapped())))) for n in range(3, 30)}
        d = self.start(legs)
        done = d.ask(op="Create")
        self.assertIn(done.get("error"), (AUTH, PROTOCOL), done)
        self.assertLessEqual(len(self.server.posts()), 10)
        self.assertEqual(self.bodies(), [])
