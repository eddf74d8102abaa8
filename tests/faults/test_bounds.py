"""Servers that never end, and memory that does."""
import time

from lane_driver import CONNECT, Driver, LIMIT, TIMEOUT
from lane_case import Case, OPEN, echo, plain
from fake_server import Fake, SEALED, Server, say, sealing


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
                    self.assertIn(done.get("error", done.get("refused")), (-3, LIMIT), (n, done))
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
