"""--retries, --retry-delay and --wait: what may pass is tried again, and said; what does not is not."""
import re
import socket
import struct
import threading
import time

from program import AUTH, CONNECT, DONE, INTERRUPTED, PASSWORD, PROTOCOL, USER, Live, Program, winch
from relay import Relay

QUICK = ("--retry-delay", "0.2")


class Again(Live):
    def again(self, r):
        """How often it was announced: "trying again in ... (N of M)"."""
        return [(int(n), int(m)) for n, m in re.findall(r"trying again in 0\.2 s \((\d+) of (\d+)\)", r.err)]

    def run_at(self, url, *args, password=PASSWORD):
        return winch("run", url, "--user", USER, "-c", "6*7", *args, password=password)

    def test_nobody_listens(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            url = "http://127.0.0.1:%d" % s.getsockname()[1]
        for count in 0, 1, 3:
            r = self.run_at(url, "--retries", str(count), *QUICK)
            self.assertEqual((r.status, r.out), (CONNECT, b""), r)
            self.assertEqual(self.again(r), [(n, count) for n in range(1, count + 1)], r)
            # Once, behind the last one.
            self.assertEqual(r.err.splitlines()[count + 1:], [f"winch: see also: winch doctor {url}"], r)

    def test_the_default_is_two(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            url = "http://127.0.0.1:%d" % s.getsockname()[1]
        # The folder's own configuration says 0; another one says nothing.
        r = winch("run", url, "--user", USER, "-c", "1", *QUICK, password=PASSWORD,
                  env={"XDG_CONFIG_HOME": self.folder()})
        self.assertEqual(self.again(r), [(1, 2), (2, 2)], r)

    def test_it_passes(self):
        """Reset in the handshake, 503, a quota: the next try is the one that counts."""
        for fault in ({"op": "Negotiate", "do": "drop-before"}, {"op": "Create", "do": "status", "status": 503},
                      {"op": "Create", "do": "fault", "code": 2150859173}):
            with self.subTest(fault):
                self.endpoint.reset()
                self.endpoint.fault(**fault)
                r = self.run_at(self.endpoint.http, "--retries", "2", *QUICK)
                self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)
                self.assertEqual(self.again(r), [(1, 2)], r)
                self.no_shell()

    def test_what_does_not_pass(self):
        wrong = self.run_at(self.endpoint.http, "--retries", "2", *QUICK, password="wrong")
        self.assertEqual(wrong.status, AUTH, wrong)
        unknown = self.run_at("http://winch-test.invalid", "--retries", "2", *QUICK)
        self.assertEqual(unknown.status, CONNECT, unknown)
        stranger = self.run_at(self.endpoint.https, "--retries", "2", *QUICK)
        self.assertEqual(stranger.status, CONNECT, stranger)
        self.endpoint.reset()
        self.endpoint.fault(op="Create", do="fault", code=5)
        denied = self.run_at(self.endpoint.http, "--retries", "2", *QUICK)
        self.assertEqual(denied.status, PROTOCOL, denied)
        for r in wrong, unknown, stranger, denied:
            self.one_line(r)
            self.assertEqual(self.again(r), [], r)

    def test_wait_is_no_reason_either(self):
        """What does not pass ends it at once, however long it may wait."""
        for url, args, password, status in (
                (self.endpoint.http, (), "wrong", AUTH), (self.endpoint.https, (), PASSWORD, CONNECT),
                (self.endpoint.https, ("--pin", "sha256:" + "0" * 64), PASSWORD, CONNECT),
                ("http://winch-test.invalid", (), PASSWORD, CONNECT)):
            with self.subTest(url, args=args):
                r = self.run_at(url, "--wait", "600", *QUICK, *args, password=password)
                self.assertEqual(r.status, status, r)
                self.one_line(r)
                self.assertNotIn("trying again", r.err)

    def test_tls_that_is_not_ready(self):
        """A listener that closes, or resets, before TLS has come about: as often as is said."""
        for linger in False, True:
            with self.subTest(reset=linger), socket.create_server(("127.0.0.1", 0)) as s:
                came = []

                def close():
                    while True:
                        try:
                            near, _ = s.accept()
                        except OSError:
                            return
                        came.append(near.recv(1000))
                        if linger:
                            near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        near.close()

                threading.Thread(target=close, daemon=True).start()
                r = self.run_at("https://127.0.0.1:%d" % s.getsockname()[1], "--retries", "2", *QUICK)
                s.shutdown(socket.SHUT_RDWR)
                self.assertEqual((r.status, self.again(r)), (CONNECT, [(1, 2), (2, 2)]), r)
                self.assertEqual(len(came), 3)

    def test_never_once_the_script_may_have_run(self):
        self.endpoint.fault(op="Command", do="drop-after")
        r = self.run_at(self.endpoint.http, "--retries", "2", *QUICK)
        self.assertEqual(r.status, CONNECT, r)
        self.assertEqual(self.again(r), [], r)
        self.assertEqual(self.ops().count("Command"), 1)

    def test_wait_for_a_host_that_comes(self):
        """Somebody listens from the third try on: the endpoint, behind a relay."""
        with socket.create_server(("127.0.0.1", 0)) as s:
            port = s.getsockname()[1]
        relays = []
        timer = threading.Timer(1, lambda: relays.append(Relay(self.endpoint.http, port)))
        timer.start()
        r = self.run_at(f"http://127.0.0.1:{port}", "--wait", "60", *QUICK)
        timer.join()
        relays[0].__exit__()
        self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)
        self.assertRegex(r.err, r"\A(winch: [^\n]*trying again in 0\.2 s, for [\d.]+ s more\n)+\Z")

    def test_wait_for_nobody(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            url = "http://127.0.0.1:%d" % s.getsockname()[1]
        r = self.run_at(url, "--wait", "1", *QUICK)
        self.assertEqual((r.status, r.out), (CONNECT, b""), r)
        self.assertGreater(len(r.err.splitlines()), 2, r)

    def test_ctrl_c_while_it_waits(self):
        with socket.create_server(("127.0.0.1", 0)) as s:
            url = "http://127.0.0.1:%d" % s.getsockname()[1]
        program = Program("run", url, "--user", USER, "-c", "1", "--wait", "600", password=PASSWORD)
        program.wait_for(b"trying again", program.err)
        program.signal(2)
        self.assertEqual(program.finish().status, INTERRUPTED)
