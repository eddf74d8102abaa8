"""Running the program, and the one endpoint that all tests of this folder share."""
import atexit
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from endpoint import TOP, Endpoint, Missing

BUILD = os.environ["WINCH_BUILD"]
WINCH = os.path.join(BUILD, "src", "cli", "winch")
SHARED = os.environ.get("WINCH_SHARED", os.path.join(TOP, "..", "shared"))
VECTORS = os.path.join(TOP, "tests", "vectors")
LIMIT = 120  # seconds after which a program hangs: no run here takes a tenth of it

DONE, RECORD, USAGE, CONNECT, AUTH, PROTOCOL, TIMEOUT = range(7)
INTERRUPTED, CLOSED = 130, 141


def _default_signals():
    """A test that runs in a shell's background inherits a SIGINT that is ignored."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


_config = None


def config_home():
    """Not the user's own: one that tries once, so that a test need not wait for what fails."""
    global _config
    if _config is None:
        _config = tempfile.TemporaryDirectory()
        os.mkdir(os.path.join(_config.name, "winch"))
        with open(os.path.join(_config.name, "winch", "config"), "w") as f:
            f.write("retries 0\n")
        os.chmod(f.name, 0o600)
    return _config.name


def environment(password, more=None):
    env = {k: v for k, v in os.environ.items()
           if k not in ("WINCH_PASSWORD", "NO_COLOR") and not k.lower().endswith("_proxy")}
    env["XDG_CONFIG_HOME"] = config_home()
    if password is not None:
        env["WINCH_PASSWORD"] = password
    env.update(more or {})
    return env


class Result:
    """status, out (bytes), err (text), mib (peak memory)."""

    def __repr__(self):
        return f"status {self.status}, stdout {self.out[:2000]!r}, stderr:\n{self.err[:4000]}"

    def lines(self):
        return self.out.decode().splitlines()

    def objects(self):
        return [json.loads(line) for line in self.lines()]


class Program:
    """A running winch.  What it writes goes to files, or to a pipe where stdout is one."""

    def __init__(self, *args, password=None, env=None, stdin=subprocess.DEVNULL, stdout=None, fds=(),
                 cwd=None, umask=-1, program=WINCH):
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            [program, *args], stdin=stdin, stdout=self.out if stdout is None else stdout,
            stderr=self.err, env=environment(password, env), pass_fds=fds, cwd=cwd, umask=umask,
            preexec_fn=_default_signals, start_new_session=True)
        self.pid = self.process.pid

    def signal(self, number):
        self.process.send_signal(number)

    def written(self, file=None):
        """What is in stdout, or in another of its files, by now."""
        file = file or self.out
        return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0)

    def wait_for(self, text, file=None):
        """Until it has written text."""
        end = time.monotonic() + LIMIT
        while text not in self.written(file):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"{text!r} did not come: {self.finish()}")
            time.sleep(0.02)

    def finish(self):
        """Wait for its end.  What hangs is killed, and fails."""
        end, hung = time.monotonic() + LIMIT, False
        used = None
        while used is None and self.process.returncode is None:
            pid, status, usage = os.wait4(self.pid, os.WNOHANG)
            if pid:
                used = usage
                self.process.returncode = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > end:
                hung = True
                self.process.kill()
                end += LIMIT
            else:
                time.sleep(0.005)
        r = Result()
        r.status, r.out = self.process.returncode, self.written()
        r.err = self.written(self.err).decode("utf-8", "backslashreplace")
        r.mib = used.ru_maxrss / 1024 if used else 0
        self.out.close()
        self.err.close()
        if hung:
            raise AssertionError(f"hung for {LIMIT} s; {r}")
        if "AddressSanitizer" in r.err or "runtime error:" in r.err or "LeakSanitizer" in r.err:
            raise AssertionError(r)
        return r


def winch(*args, input=None, **how):
    """winch ARGS to its end; input is what stdin holds."""
    with tempfile.TemporaryFile() as file:
        if input is not None:
            file.write(input)
            file.seek(0)
            how["stdin"] = file
        return Program(*args, **how).finish()


# Users of the shared endpoint, each with a password that no other test text holds.
USER, PASSWORD = "tester", "Xq7-geheim-Zz"
JOERG, UMLAUTS = "jörg", "pässwörd-ñ-漢字-😀"
CORP, CORP_PASSWORD = "CORP\\anna", "K-corp-Pw-11"
_shared = None


def shared():
    """The endpoint that is kept for the whole folder; SkipTest where there is none."""
    global _shared
    if _shared is None:
        try:
            _shared = Endpoint("--user", f"{JOERG}:{UMLAUTS}", "--user", f"{CORP}:{CORP_PASSWORD}",
                               user=USER, password=PASSWORD)
            atexit.register(_shared.stop)
        except Missing as why:
            _shared = why
    if isinstance(_shared, Missing):
        raise unittest.SkipTest(str(_shared))
    return _shared


class Case(unittest.TestCase):
    maxDiff = None

    def folder(self):
        made = tempfile.TemporaryDirectory()
        self.addCleanup(made.cleanup)
        return made.name

    def file(self, data, mode=0o600, name="file"):
        path = os.path.join(self.folder(), name)
        with open(path, "wb") as f:
            f.write(data if isinstance(data, bytes) else data.encode())
        os.chmod(path, mode)
        return path

    def one_line(self, r, *words):
        """stderr is one line of winch's that holds these words; a failure on the way to a single host has another
        one behind it, that points to the doctor."""
        pointer = r"(winch: see also: winch doctor [^\n]*\n)?" if r.status in (CONNECT, AUTH, PROTOCOL) else ""
        self.assertRegex(r.err, r"\Awinch: [^\n]*\n" + pointer + r"\Z", r)
        for word in words:
            self.assertIn(word, r.err)

    def usage(self, r, *words):
        """Refused before anything was sent or written."""
        self.assertEqual((r.status, r.out), (USAGE, b""), r)
        self.one_line(r, *words)


class Live(Case):
    """Against the endpoint; each test leaves no shell on it."""

    @classmethod
    def setUpClass(cls):
        cls.endpoint = shared()

    def setUp(self):
        self.endpoint.ask("/close-shells", {})  # what a failed test has left
        self.endpoint.reset()

    def tearDown(self):
        self.no_shell()

    def args(self, *args, user=USER, tls=False):
        e = self.endpoint
        way = [e.https, "--ca-file", e.ca] if tls else [e.http]
        return ["run", *way, "--user", user, *args]

    def run_winch(self, *args, user=USER, tls=False, password=PASSWORD, **how):
        return winch(*self.args(*args, user=user, tls=tls), password=password, **how)

    def start(self, *args, password=PASSWORD, **how):
        return Program(*self.args(*args), password=password, **how)

    def well(self, *args, **how):
        """It ends with 0 and says nothing; its output objects."""
        r = self.run_winch(*args, **how)
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        return r.objects()

    def no_shell(self):
        # The reply to Delete may be on its way while the endpoint still tidies up.
        for _ in range(100):
            if not self.endpoint.state()["shells"]:
                return
            time.sleep(0.05)
        self.assertEqual(self.endpoint.state()["shells"], [])

    def ops(self):
        return [r["op"] for r in self.endpoint.log()]


class OldLive(Live):
    """With a server of 2.minor."""
    minor = 4

    @classmethod
    def setUpClass(cls):
        if cls.minor == 4:
            return super().setUpClass()
        try:
            cls.endpoint = Endpoint("--protocol", f"2.{cls.minor}", "--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


class Listener:
    """A port that accepts, keeps all that arrives, and never answers."""

    def __init__(self, address=("127.0.0.1", 0)):
        self.socket = socket.create_server(address)
        self.port = self.socket.getsockname()[1]
        self.connections, self.received = 0, b""
        self.open = []
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        for s in self.open:
            s.close()

    def _accept(self):
        while True:
            try:
                s, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            self.open.append(s)
            threading.Thread(target=self._read, args=(s,), daemon=True).start()

    def _read(self, s):
        try:
            while data := s.recv(65536):
                self.received += data
        except OSError:
            pass
