"""What a lane asks over HTTP, and how it takes the answers of servers and of strangers."""
import socket
import time

from lane_driver import AUTH, CONNECT, Driver, PROTOCOL
from lane_case import BASIC, Case, OPEN, SEALED_WAYS, echo, plain
from fake_server import Fake, SEALED, SOAP, Server, say, sealing


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
