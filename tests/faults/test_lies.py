"""Replies that somebody on the way has written or changed."""
import os

from lane_driver import AUTH, LIMIT, PROTOCOL
from lane_case import Case, plain
from fake_server import BOUNDARY, Fake, SEALED, SOAP, multipart, say, sealing


class Lies(Case):
    """Whoever sits on the way must not be able to lie."""

    def test_unsealed_reply(self):
        for status in (200, 500, 400, 302, 404):
            with self.subTest(status):
                d = self.play(sealing(lambda c, f, t, r: c.reply(status, b"<lie/>")),
                              "--auth=fake")
                done = d.ask()
                self.assertEqual((done["error"], done["http"]), (PROTOCOL, status))
                self.assertIn("not authenticated", done["text"])
                self.assertEqual(done["hearsay"], "<lie/>")
                self.assertEqual(len(self.bodies()), 1)
                self.finish()

    def test_unsealed_reply_to_a_receive_is_no_reason_to_repeat(self):
        d = self.play(sealing(lambda c, f, t, r: c.reply(500, b"<lie/>")), "--auth=fake")
        self.assertEqual(d.ask(op="Receive", flags="r")["error"], PROTOCOL)
        self.assertEqual(len(self.bodies()), 1)

    def test_unsealed_reply_after_the_host_took_a_first_body(self):
        lie = []

        def answer(connection, fake, text, request):
            if lie:
                connection.reply(400, b"<lie/>", SOAP, fake.headers)
            else:
                say(connection, fake, text, request)

        d = self.play(sealing(answer), "--auth=fake")
        self.assertEqual(d.ask(op="Create", flags="f")["status"], 200)
        lie.append(1)
        self.assertEqual(d.ask(lane=2, op="Create", flags="f")["error"], PROTOCOL)
        self.assertEqual(len(self.bodies()), 2)

    def test_no_body_leaves_unsealed(self):
        # A server that takes the first token for everything and asks for nothing more.
        d = self.play(plain(lambda c, r: c.reply(200)), "--auth=fake")
        self.assertEqual(d.ask()["error"] in (AUTH, PROTOCOL), True)
        self.assertEqual(self.bodies(), [])

    def test_late_token_is_checked(self):
        for flags in "-f":
            def handler(connection):
                fake = Fake(b"other", late=True)
                while True:
                    request = connection.receive()
                    if not request:
                        return
                    if request.token() == b"HELLO":
                        connection.reply(401, headers=[fake.challenge()])
                    else:
                        connection.reply(200, b"x" if request.body else b"", SEALED,
                                         fake.accepted())

            d = self.play(handler, "--auth=fake-late")
            self.assertEqual(d.ask(flags=flags)["error"], AUTH)
            self.finish()

    def bad_seal(self, make, text):
        d = self.play(sealing(lambda c, f, t, r: c.reply(200, make(f), SEALED)), "--auth=fake")
        done = d.ask()
        self.assertIn(done["error"], (PROTOCOL, LIMIT))
        self.assertIn(text, done["text"])
        # Dead: it does not even connect again.
        d.post()
        self.assertIn(text, d.read()["text"])
        self.assertEqual(self.server.connections, 1)
        self.finish()

    def test_bad_seals(self):
        def flip(at):
            def make(fake):
                body = bytearray(fake.seal(b"<a>lie</a>"))
                body[at] ^= 1
                return bytes(body)
            return make

        def sequence(fake):
            fake.seal(b"")
            return fake.seal(b"<a/>")

        def length(by):
            return lambda fake: fake.seal(b"<a/>").replace(b"Length=4", b"Length=%d" % (4 + by))

        cases = [
            ("data", flip(-30), "bad seal"),
            ("sequence", sequence, "bad seal"),
            ("longer", length(1), "shorter than it says"),
            ("huge", length(10 ** 9), "shorter than it says"),
            ("no number", lambda f: f.seal(b"<a/>").replace(b"=4", b"=x"), "Length"),
            ("negative", lambda f: f.seal(b"<a/>").replace(b"=4", b"=-4"), "Length"),
            ("garbage", lambda f: os.urandom(500), "ill-formed"),
            ("no end", lambda f: f.seal(b"<a/>")[:-4], "shorter than it says"),
            ("half", lambda f: f.seal(b"<a/>" * 100)[:300], "shorter than it says"),
            ("more", lambda f: f.seal(b"<a/>") + b"x", "boundary"),
            ("header", lambda f: multipart(b"", b"", 0).replace(b"\0\0\0\0", b"\xff" * 4),
             "signature"),
            ("charset", lambda f: f.seal(b"<a/>").replace(b"UTF-8", b"UTF-16"), "charset"),
            ("protocol", lambda f: f.seal(b"<a/>").replace(b"SPNEGO", b"Kerberos"),
             "another protocol"),
        ]
        for name, make, text in cases:
            with self.subTest(name):
                self.bad_seal(make, text)

    def test_sealed_type_without_a_body(self):
        d = self.play(sealing(lambda c, f, t, r: c.reply(200, b"", SEALED)), "--auth=fake")
        done = d.ask()
        self.assertEqual(done["error"], PROTOCOL)
        self.assertIn("unsealed reply", done["text"])

    def test_length_shorter_than_the_octets(self):
        self.bad_seal(lambda f: f.seal(b"<aaaa/>").replace(b"Length=7", b"Length=5"),
                      "holds 7 bytes, but says 5")

    def test_odd_boundary_is_taken(self):
        def answer(connection, fake, text, request):
            body = fake.seal(b"<" + BOUNDARY + b"\r\n/>")  # its own boundary inside
            connection.reply(200, body.replace(BOUNDARY, b"-- Encrypted Boundary"), SEALED)

        d = self.play(sealing(answer), "--auth=fake")
        self.assertEqual(d.ask()["body"], "<--Encrypted Boundary\r\n/>")
