"""What happens once: no script runs twice, and no credential that was refused is sent again."""
import time

from lane_driver import ARG, AUTH, CONNECT, Driver, PROTOCOL
from lane_case import BASIC, Case, OPEN, SEALED_WAYS, SECRET, echo, plain
from fake_server import Fake, SEALED, say, sealing


class Repeats(Case):
    """A script must never run twice."""

    def test_dropped_before_the_first_reply_byte(self):
        for how in ("close", "reset"):
            for options, late in [(OPEN, None), (BASIC, None), (("--auth=fake",), False),
                                  (("--auth=fake-late",), True)]:
                with self.subTest((how, options)):
                    def drop(connection, what):
                        if b"<drop/>" in what:
                            getattr(connection, how)()
                            return False
                        return True

                    def open_answer(connection, request):
                        return drop(connection, request.body) and echo(connection, request)

                    def sealed_answer(connection, fake, text, request):
                        return drop(connection, text) and say(connection, fake, text, request)

                    handler = (plain(open_answer) if late is None else
                               sealing(sealed_answer, late=late))
                    d = self.play(handler, *options)
                    self.assertEqual(d.ask("<first/>")["status"], 200)
                    before = len(self.bodies())
                    done = d.ask("<drop/>")
                    self.assertEqual((done["error"], done["sent"]), (CONNECT, True))
                    time.sleep(0.1)
                    self.assertEqual(len(self.bodies()) - before, 1)
                    # The lane itself lives: the next request opens a connection.
                    self.assertEqual(d.ask("<next/>")["body"], "<NEXT/>")
                    self.finish()

    def test_a_receive_is_repeated_once(self):
        def drop(connection, fake, text, request):
            if b"<drop/>" in text:
                connection.close()
                return False
            say(connection, fake, text, request)

        d = self.play(sealing(drop), "--auth=fake")
        d.ask("<first/>")
        before = len(self.bodies())
        done = d.ask("<drop/>", op="Receive", flags="r")
        self.assertEqual((done["error"], done["sent"]), (CONNECT, True))
        self.assertEqual(len(self.bodies()) - before, 2)

    def test_idle_close_is_seen_before_sending(self):
        for options, late in [(OPEN, None), (BASIC, None), (("--auth=fake",), False),
                              (("--auth=fake-late",), True)]:
            with self.subTest(options):
                def once(connection, *rest):
                    (echo if late is None else say)(connection, *rest)
                    return False  # and close

                d = self.play(plain(once) if late is None else sealing(once, late=late),
                              *options)
                for i in range(3):
                    self.assertEqual(d.ask("<a%d/>" % i)["body"], "<A%d/>" % i)
                    time.sleep(0.1)
                self.assertEqual(self.server.connections, 3)
                self.assertEqual(len(self.bodies()), 3)
                self.finish()

    def test_connection_close(self):
        def closing(connection, fake, text, request):
            connection.reply(200, fake.seal(text), SEALED, [b"Connection: close", *fake.headers])

        d = self.play(sealing(closing), "--auth=fake")
        for _ in range(3):
            self.assertEqual(d.ask("<a/>")["body"], "<a/>")
        self.assertEqual(len(self.bodies()), 3)

    def test_closing_in_the_handshake_is_explained(self):
        def handler(connection):
            connection.receive()
            connection.reply(401, headers=[Fake().challenge(), b"Connection: close"])

        d = self.play(handler, "--auth=fake")
        done = d.ask()
        self.assertEqual((done["error"], done["sent"]), (AUTH, False))
        self.assertIn("authenticates a connection", done["text"])
        self.assertEqual(len(self.server.posts()), 1)

    def dropped_at(self, prefix, flags="-"):
        """The connection goes when a token that begins so came."""
        def handler(connection):
            fake = Fake()
            while True:
                request = connection.receive()
                if not request or request.token().startswith(prefix):
                    return
                connection.reply(401, headers=[fake.challenge()])

        d = self.play(handler, "--auth=fake")
        done = d.ask(op="Create", flags=flags)
        self.assertIn(done["error"], (CONNECT, AUTH))
        self.assertEqual(len([r for r in self.server.posts()
                              if r.token().startswith(prefix)]), 1)
        self.finish()
        return done

    def test_dropped_in_the_handshake(self):
        """No token is sent twice: the last one may count as a bad log-on."""
        self.assertFalse(self.dropped_at(b"HELLO")["sent"])
        self.assertFalse(self.dropped_at(b"PROOF")["sent"])
        self.assertTrue(self.dropped_at(b"PROOF", "f")["sent"])
        self.assertTrue(self.dropped_at(b"PROOF", "rf")["sent"])

    def test_401_in_mid_session(self):
        for way, late in SEALED_WAYS:
            with self.subTest(way):
                forget = [True]

                def answer(connection, fake, text, request):
                    if text == b"<b/>" and forget.pop() if forget else False:
                        connection.reply(401, headers=[b"WWW-Authenticate: Negotiate"])
                        return None
                    say(connection, fake, text, request)

                d = self.play(sealing(answer, late=late), way)
                self.assertEqual(d.ask("<a/>")["body"], "<A/>")
                self.assertEqual(d.ask("<b/>")["body"], "<B/>")
                self.assertEqual(len(self.bodies()), 3)  # a, b refused, b sealed anew
                self.assertEqual(self.server.connections, 2)
                self.finish()

    def test_401_for_ever(self):
        def answer(connection, fake, text, request):
            connection.reply(401, headers=[b"WWW-Authenticate: Negotiate"])

        d = self.play(sealing(answer), "--auth=fake")
        done = d.ask()
        self.assertEqual(done["error"], AUTH)
        self.assertEqual(len(self.bodies()), 2)
        count = len(self.server.posts())
        self.assertEqual(d.ask(lane=2)["error"], AUTH)
        self.assertEqual(len(self.server.posts()), count)


class Refusals(Case):
    def test_wrong_password_is_sent_once(self):
        for way, late in SEALED_WAYS:
            for flags in "-f":
                with self.subTest((way, flags)):
                    d = self.play(sealing(say, late=late), way, password=SECRET)
                    done = d.ask(flags=flags, op="Create")
                    self.assertEqual((done["error"], done["http"]), (AUTH, 401))
                    self.assertIn("refused user vagrant (fake)", done["text"])
                    self.assertNotIn(SECRET, done["text"])
                    self.assertEqual(d.ask(flags=flags)["text"], done["text"])
                    self.assertEqual(d.ask(lane=2, flags=flags)["text"], done["text"])
                    self.assertEqual(len([r for r in self.server.posts()
                                          if r.token().startswith(b"PROOF")]), 1)
                    self.finish()

    def test_wrong_password_basic(self):
        d = self.play(plain(lambda c, r: c.reply(401, headers=[
            b'WWW-Authenticate: Negotiate', b'WWW-Authenticate: Basic realm="WSMAN"'])),
            *BASIC, password=SECRET)
        done = d.ask()
        self.assertEqual(done["error"], AUTH)
        self.assertIn("refused user vagrant (basic)", done["text"])
        self.assertEqual(d.ask(lane=2)["error"], AUTH)
        self.assertEqual(len(self.server.posts()), 1)

    def test_not_offered(self):
        d = self.play(plain(lambda c, r: c.reply(401, headers=[
            b'WWW-Authenticate: Kerberos, Basic realm="a, b", charset="x"'])), "--auth=fake")
        done = d.ask()
        self.assertEqual(done["error"], AUTH)
        self.assertIn("does not offer Negotiate (for fake): it offers Kerberos, Basic",
                      done["text"])
        self.assertEqual(len(self.bodies()), 0)

    def test_endless_legs(self):
        d = self.play(plain(lambda c, r: c.reply(401, headers=[
            b"WWW-Authenticate: Negotiate AAAAAAAAAAAAAAAAAAAAAA=="])), "--auth=fake-late")
        self.assertEqual(d.ask()["error"], AUTH)
        self.assertLessEqual(len(self.server.posts()), 10)

    def test_token_that_is_not_base64(self):
        d = self.play(plain(lambda c, r: c.reply(401, headers=[
            b"WWW-Authenticate: Negotiate A"])), "--auth=fake")
        self.assertEqual(d.ask()["error"], PROTOCOL)

    def test_basic_over_http(self):
        for auth in ("basic", "none"):
            d = self.play(plain(echo), "--auth=" + auth)
            done = d.read()
            self.assertEqual(done["refused"], ARG)
            self.assertEqual(self.server.connections, 0)
            d.process.wait(5)
            self.finish()

    def test_urls(self):
        for url in ("ftp://h/", "http://user:pw@h/wsman", "", "http://"):
            d = Driver(url, *OPEN)
            self.assertEqual(d.read()["refused"], ARG)
            d.end()
