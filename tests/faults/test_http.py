"""What servers do wrong to a lane, and what a lane may not do then: by tests/live/lane-driver."""
import os
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

from lane_driver import ARG, AUTH, CONNECT, LIMIT, PROTOCOL, TIMEOUT, TLS, Driver, have
from fake_server import BOUNDARY, Fake, SEALED, SOAP, Server, multipart, say, sealing

SECRET = "s3cr3t-Pa55"


class Case(unittest.TestCase):
    def play(self, handler, *options, url=None, password="vagrant", tls=None):
        if "--auth=basic" in options and not have("basic"):
            self.skipTest("this build has no Basic")
        self.server = Server(handler, tls)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.driver = Driver(url(self.server) if url else
                             self.server.url("https" if tls else "http"), *options,
                             password=password)
        self.addCleanup(self.finish)
        return self.driver

    def finish(self):
        if self.driver.ended:
            return
        log = self.driver.end()
        self.assertEqual(self.server.failures, [])
        self.assertNotIn(SECRET, log)

    def bodies(self):
        return [r for r in self.server.posts() if r.body]


OPEN = ("--allow-cleartext", "--auth=none")
BASIC = ("--allow-cleartext", "--auth=basic")
# The handshake's final token and the body travel together, or apart; the server ends it or not.
SEALED_WAYS = [("--auth=fake", False), ("--auth=fake-late", True)]


def plain(answer):
    """A handler for unsealed bodies."""

    def handler(connection):
        while True:
            request = connection.receive()
            if not request or answer(connection, request) is False:
                return

    return handler


def echo(connection, request):
    connection.reply(200, request.body.upper())


class Exchanges(Case):
    def test_plain(self):
        d = self.play(plain(echo), *OPEN)
        for i in range(3):
            self.assertEqual(d.ask("<a%d/>" % i), {"lane": 1, "status": 200,
                                                   "body": "<A%d/>" % i})
        self.assertEqual(self.server.connections, 1)
        self.assertEqual([r.connection for r in self.server.posts()], [1, 1, 1])

    def test_headers(self):
        d = self.play(plain(echo), *OPEN)
        d.ask("x" * 100000)  # so long that libcurl by itself would say Expect
        request = self.server.posts()[0]
        self.assertEqual(request.line, b"POST /wsman HTTP/1.1")
        names = sorted(request.headers)
        self.assertEqual(names, [b"accept-encoding", b"content-length", b"content-type", b"host",
                                 b"user-agent"])
        self.assertEqual(request.headers[b"accept-encoding"], b"identity")
        self.assertEqual(request.headers[b"content-type"], SOAP)
        self.assertEqual(request.headers[b"content-length"], b"100000")
        self.assertTrue(request.headers[b"user-agent"].startswith(b"winch/"))

    def test_basic(self):
        d = self.play(plain(echo), *BASIC)
        d.ask()
        d.ask()
        self.assertEqual([r.headers[b"authorization"] for r in self.server.posts()],
                         [b"Basic dmFncmFudDp2YWdyYW50"] * 2)

    def test_sealed(self):
        for way, late in SEALED_WAYS:
            with self.subTest(way):
                d = self.play(sealing(say, late=late), way)
                for text in ("<a/>", "<b/>", "<%s/>" % ("long" * 50000)):
                    self.assertEqual(d.ask(text)["body"], text.upper())
                # token, token, three bodies: a Command does not go with the final token
                self.assertEqual(len(self.server.posts()), 5)
                self.assertEqual(self.server.connections, 1)
                self.finish()

    def test_first_body_goes_with_the_final_token(self):
        for way, late in SEALED_WAYS:
            with self.subTest(way):
                d = self.play(sealing(say, late=late), way)
                self.assertEqual(d.ask(op="Create", flags="f")["body"], "<HELLO/>")
                self.assertEqual(len(self.server.posts()), 2)
                # The host has taken one: another lane's goes so whatever it is.
                self.assertEqual(d.ask(lane=2)["body"], "<HELLO/>")
                self.assertEqual(len(self.server.posts()), 4)
                self.finish()

    def test_first_body_refused_once_for_a_host(self):
        for way, late in SEALED_WAYS:
            with self.subTest(way):
                d = self.play(sealing(say, late=late, first_body=False), way)
                self.assertEqual(d.ask(op="Create", flags="f")["body"], "<HELLO/>")
                self.assertEqual(len(self.server.posts()), 2 + 3)
                self.assertEqual(d.ask(op="Create", lane=2, flags="f")["body"], "<HELLO/>")
                self.assertEqual(len(self.server.posts()), 5 + 3)
                self.finish()

    def test_first_body_never(self):
        d = self.play(sealing(say), "--auth=fake", "--never-first-body")
        self.assertEqual(d.ask(op="Create", flags="f")["body"], "<HELLO/>")
        self.assertEqual([len(r.body) > 0 for r in self.server.posts()], [False, False, True])

    def test_first_body_401_with_the_last_token_is_no_refused_credential(self):
        def handler(connection):
            fake = Fake(late=True)
            while True:
                request = connection.receive()
                if not request:
                    return
                if request.token() == b"HELLO":
                    connection.reply(401, headers=[fake.challenge()])
                elif request.token():
                    fake.check(request.token())
                    connection.reply(401 if request.body else 200, headers=fake.accepted())
                else:
                    connection.reply(200, fake.seal(fake.unseal(request.body)), SEALED)

        d = self.play(handler, "--auth=fake-late")
        self.assertEqual(d.ask(op="Create", flags="f")["body"], "<hello/>")
        self.assertEqual(len(self.server.posts()), 5)

    def test_lanes_at_once(self):
        def slow(connection, fake, text, request):
            if b"slow" in text:
                time.sleep(0.3)
            say(connection, fake, text, request)

        d = self.play(sealing(slow), "--auth=fake")
        d.post("<slow/>", lane=1)
        d.post("<quick/>", lane=2)
        self.assertEqual([d.wait()["lane"], d.wait()["lane"]], [2, 1])
        d.post("<a/>", lane=2)
        d.post("<b/>", lane=1)
        self.assertEqual({d.wait()["body"], d.wait()["body"]}, {"<A/>", "<B/>"})
        # Each lane has stayed on its connection.
        for connection in (1, 2):
            self.assertEqual(len([r for r in self.server.posts()
                                  if r.connection == connection]), 4)

    def test_cancel(self):
        def silent(connection, fake, text, request):
            if text != b"<silent/>":
                say(connection, fake, text, request)

        d = self.play(sealing(silent), "--auth=fake")
        d.post("<silent/>")
        d.write("sleep 200")
        d.write("cancel 1")
        self.assertEqual(d.ask("<a/>")["body"], "<A/>")
        self.assertEqual(self.server.connections, 2)

    def test_freed_in_mid_exchange(self):
        d = self.play(sealing(lambda c, f, t, r: None), "--auth=fake")
        d.post(lane=1)
        d.post(lane=2)
        d.write("sleep 200")
        d.write("free 1")  # the other is freed by the end, which checks descriptors

    def test_a_name_with_several_addresses(self):
        d = self.play(sealing(say), "--auth=fake",
                      url=lambda s: s.url(host="localhost"))  # ::1 refuses
        for _ in range(2):
            self.assertEqual(d.ask()["body"], "<HELLO/>")
        self.assertEqual(self.server.connections, 1)

    def test_ipv6(self):
        try:
            server = Server(sealing(say), family=socket.AF_INET6)
        except OSError as e:
            self.skipTest("no ::1 here: %s" % e)
        with server:
            d = Driver(server.url(host="[::1]"), "--auth=fake")
            self.assertEqual(d.ask()["body"], "<HELLO/>")
            d.end()
            d = Driver("http://[::1]:1/wsman", "--auth=fake")
            self.assertIn("nobody listens on [::1]:1 ", d.ask()["text"])
            d.end()

    def test_one_at_a_time(self):
        d = self.play(plain(echo), *OPEN)
        d.post()
        d.post()
        self.assertEqual(d.read()["refused"], -2)
        self.assertEqual(d.wait()["status"], 200)

    def test_soap_faults_are_replies(self):
        d = self.play(plain(lambda c, r: c.reply(500, b"<fault/>")), *OPEN)
        self.assertEqual(d.ask(), {"lane": 1, "status": 500, "body": "<fault/>"})

    def test_chunked(self):
        def chunks(connection, request):
            connection.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                            b"Content-Type: application/soap+xml\r\n\r\n"
                            b"3\r\n<a>\r\n4;x=y\r\n</a>\r\n0\r\n"
                            b"Content-Type: text/html\r\nX: y\r\n\r\n")

        d = self.play(plain(chunks), *OPEN)
        for _ in range(2):
            self.assertEqual(d.ask()["body"], "<a></a>")
        self.assertEqual(self.server.connections, 1)

    def test_100_continue(self):
        def hundred(connection, request):
            connection.send(b"HTTP/1.1 100 Continue\r\nContent-Type: text/html\r\n\r\n" * 3)
            connection.reply(200, b"<a/>")

        d = self.play(plain(hundred), *OPEN)
        self.assertEqual(d.ask()["body"], "<a/>")

    def test_drip(self):
        def drip(connection, request):
            for c in b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Type: text/xml\r\n\r\n<a/>":
                connection.send(bytes([c]))
                time.sleep(0.002)

        d = self.play(plain(drip), *OPEN)
        self.assertEqual(d.ask()["body"], "<a/>")


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


class Bounds(Case):
    """Bounded memory, no hang beyond the time-outs."""

    def endless(self, start, piece, *options):
        """A reply of this start, and then of one piece again and again."""
        def handler(connection, request):
            connection.send(start)
            while True:
                connection.send(piece)

        done = self.one(plain(handler), *options)
        self.assertEqual(done["error"], LIMIT)
        return done["text"]

    def one(self, handler, *options, timeout_ms=2000):
        return self.play(handler, *(options or OPEN)).ask(timeout_ms=timeout_ms)

    def test_half_a_reply(self):
        def half(connection, request):
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n"
                            b"Content-Type: text/xml\r\n\r\n<half>")
            return False

        done = self.one(plain(half))
        self.assertEqual((done["error"], done["sent"]), (CONNECT, True))
        self.assertIn("middle of its reply", done["text"])

    def test_endless_headers(self):
        self.assertIn("65536", self.endless(b"HTTP/1.1 200 OK\r\n", b"X-Header: yyyyyyyyyyyyyyyy\r\n" * 200))

    def test_headers_at_the_limit(self):
        for extra, expected in ((0, "status"), (1, "error")):
            def headers(connection, request):
                start = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 4\r\n"
                rest = 65536 - len(start) - 2 + extra
                connection.send(start)
                for size in (rest // 2, rest - rest // 2):
                    connection.send(b"X: " + b"y" * (size - 5) + b"\r\n")
                connection.send(b"\r\n<a/>")

            self.assertIn(expected, self.one(plain(headers)))
            self.finish()

    def test_one_endless_header(self):
        self.endless(b"HTTP/1.1 200 OK\r\nX-Header: ", b"y" * 10000)

    def test_endless_100_continue(self):
        self.endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100)

    def test_endless_body(self):
        self.assertIn("longer than 1048576 bytes",
                      self.endless(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n", b"y" * 10000))

    def test_body_at_the_limit(self):
        for extra, expected in ((0, "status"), (1, "error")):
            d = self.play(plain(lambda c, r: c.reply(200, b"y" * (1000 + extra))), *OPEN,
                          "--max-reply=1000")
            self.assertIn(expected, d.ask())
            self.finish()
            d = self.play(sealing(lambda c, f, t, r: c.reply(
                200, f.seal(b"y" * (1000 + extra)), SEALED)), "--auth=fake", "--max-reply=1000")
            self.assertIn(expected, d.ask())
            self.finish()

    def test_1_gib_content_length(self):
        def huge(connection, request):
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n"
                            b"Content-Type: text/xml\r\n\r\n")
            time.sleep(5)

        # By the announced length: waiting for the body would end as TIMEOUT.
        self.assertEqual(self.one(plain(huge))["error"], LIMIT)

    def test_endless_body_of_a_401(self):
        self.endless(b"HTTP/1.1 401 No\r\nWWW-Authenticate: Negotiate\r\n\r\n", b"y" * 10000, "--auth=fake")

    def test_silence(self):
        done = self.one(plain(lambda c, r: time.sleep(5)), timeout_ms=500)
        self.assertEqual((done["error"], done["sent"]), (TIMEOUT, True))

    def test_time_out_counts_the_handshake(self):
        def slow(connection):
            while connection.receive():
                time.sleep(0.4)
                connection.reply(401, headers=[Fake().challenge()])

        self.assertEqual(self.one(slow, "--auth=fake-late", timeout_ms=600)["error"], TIMEOUT)

    def test_drip_without_end(self):
        def drip(connection, request):
            connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while True:
                connection.send(b"y")
                time.sleep(0.05)

        self.assertEqual(self.one(plain(drip), timeout_ms=600)["error"], TIMEOUT)


class Memory(Case):
    """The n-th allocation of ours fails, for every n: an error or the reply, and nothing leaks."""

    def run_all(self, handler, *options, post):
        with Server(handler) as server:
            n, last = 1, None
            while last is None or n <= last:
                d = Driver(server.url(), *options, "--fail-at=%d" % n)
                done = d.attempt(**post)
                if "refused" in done or "error" in done:
                    self.assertIn(done.get("refused", done.get("error")), (-3, LIMIT), (n, done))
                else:
                    self.assertEqual(done["body"], "<HELLO/>")
                count = [w for w in d.end().split("\n") if w.startswith("allocations: ")]
                if "body" in done:
                    last = int(count[0].split()[1])
                n += 1
            self.assertGreater(n, 10)
            self.assertEqual(server.failures, [])

    def test_plain(self):
        self.run_all(plain(echo), *OPEN, post={})

    def test_sealed(self):
        self.run_all(sealing(say, late=True), "--auth=fake-late",
                     post={"op": "Create", "flags": "f"})


class Strangers(Case):
    """Servers that are no WinRM endpoint, and none at all."""

    def expect(self, answer, status, *texts):
        d = self.play(plain(answer), *OPEN)
        done = d.ask()
        self.assertEqual(done["error"], status)
        for text in texts:
            self.assertIn(text, done["text"])
        self.finish()

    def test_strangers(self):
        html = b"text/html; charset=utf-8"
        self.expect(lambda c, r: c.reply(200, b"<html>", html), PROTOCOL,
                    "not a WinRM endpoint", "text/html")
        self.expect(lambda c, r: c.reply(404, b"<html>", html), PROTOCOL, "HTTP 404")
        self.expect(lambda c, r: c.reply(302, headers=[b"Location: https://x/"]), PROTOCOL,
                    "https://x/", "not a WinRM endpoint")
        self.expect(lambda c, r: c.reply(503), CONNECT, "503")
        self.expect(lambda c, r: c.reply(200), PROTOCOL, "without a SOAP message")
        self.expect(lambda c, r: c.send(b"SSH-2.0-OpenSSH_9\r\n\r\n") or False, PROTOCOL,
                    "not HTTP")
        self.expect(lambda c, r: c.reply(401, headers=[b"WWW-Authenticate: Negotiate"]), AUTH,
                    "it offers Negotiate")
        self.expect(lambda c, r: False, CONNECT, "lost before a reply")

    def test_redirect_is_not_followed(self):
        d = self.play(plain(lambda c, r: c.reply(307, headers=[
            b"Location: /elsewhere"])), *BASIC)
        self.assertEqual(d.ask()["error"], PROTOCOL)
        self.assertEqual(len(self.server.requests), 1)

    def test_nobody(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        d = Driver("http://127.0.0.1:%d/wsman" % port, *OPEN)
        done = d.ask()
        self.assertEqual((done["error"], done["sent"]), (CONNECT, False))
        self.assertEqual(done["text"],
                         "nobody listens on 127.0.0.1:%d (connection refused)" % port)
        d.end()

    def test_unknown_name(self):
        d = Driver("http://no-such-host.invalid:5985/wsman", *OPEN)
        done = d.ask(timeout_ms=20000)
        self.assertEqual(done["error"], CONNECT)
        self.assertIn("no-such-host.invalid", done["text"])
        d.end()

    def test_nobody_accepts(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen(0)
            fill = []
            for _ in range(3):  # the queue is full: the next SYN gets no answer
                c = socket.socket()
                c.setblocking(False)
                c.connect_ex(s.getsockname())
                fill.append(c)
            time.sleep(0.1)
            d = Driver("http://127.0.0.1:%d/wsman" % s.getsockname()[1], *OPEN,
                       "--connect-timeout=400")
            done = d.ask(timeout_ms=20000)
            self.assertEqual((done["error"], done["sent"]), (CONNECT, False))
            self.assertIn("no answer from", done["text"])
            d.end()
            for c in fill:
                c.close()


class Trust(Case):
    """TLS: what must hold before anything is sent."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.ca = cls.make("ca", "/CN=test authority", None)
        cls.good = cls.make("good", "/CN=localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
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
        import hashlib
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
