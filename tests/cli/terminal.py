"""A program on a terminal of its own, and who types there."""
import fcntl
import os
import pty
import select
import signal
import struct
import tempfile
import termios
import time

from program import LIMIT, WINCH, Result, environment


class Terminal:
    """winch (or another program) ARGS with the terminal as its controlling one.  stdout and stderr are the terminal,
    too, unless they are to be kept in files (out, err of the result); stdin: a file's bytes, or
    the terminal."""

    def __init__(self, *args, password=None, env=None, stdin=None, out=False, err=False, columns=80,
                 lines=50, program=WINCH):
        self.seen, self.shown = "", ""  # what was not waited for yet, and all
        self.raw = b""  # the same, as it came
        files = {1: tempfile.TemporaryFile() if out else None,
                 2: tempfile.TemporaryFile() if err else None}
        self.files = files
        given = None
        if stdin is not None:
            given = tempfile.TemporaryFile()
            given.write(stdin)
            given.seek(0)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP):
                    signal.signal(number, signal.SIG_DFL)
                if given:
                    os.dup2(given.fileno(), 0)
                for number, file in files.items():
                    if file:
                        os.dup2(file.fileno(), number)
                os.execve(program, [program, *args], environment(password, {"TERM": "xterm", **(env or {})}))
            finally:
                os._exit(127)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.fd)
        for file in self.files.values():
            if file:
                file.close()

    def more(self, seconds):
        """false: nothing came in that time, or nothing can come any more."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # its last user has closed it
            return False
        self.raw += data
        text = data.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        self.seen += text
        self.shown += text
        return bool(data)

    def wait_for(self, text):
        """Until text is there; gives what was shown before it."""
        end = time.monotonic() + LIMIT
        while text not in self.seen:
            if not self.more(end - time.monotonic()):
                raise AssertionError(f"{text!r} did not come: {self.shown[-3000:]!r}")
        before, self.seen = self.seen.split(text, 1)
        return before

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def wait_echo(self, on):
        """Until what is typed is shown, or is not."""
        end = time.monotonic() + LIMIT
        while self.echoes() != on:
            if time.monotonic() > end:
                raise AssertionError(f"echo stays {not on}: {self.shown[-3000:]!r}")
            self.more(0.02)

    def type(self, text):
        os.write(self.fd, text.encode())

    def answer(self, question, text, secret=False):
        """When it has asked: a line, at once.  secret: by then it must not be shown any more."""
        before = self.wait_for(question) if question else ""
        if secret and self.echoes():
            raise AssertionError(f"what is typed is shown: {self.shown[-3000:]!r}")
        self.type(text + "\r")
        return before

    def finish(self):
        """Its end: a Result whose .err is what the terminal showed, unless stderr went to a file."""
        end = time.monotonic() + LIMIT
        while self.more(end - time.monotonic()):
            pass
        if time.monotonic() > end:
            raise AssertionError(f"hung for {LIMIT} s: {self.shown[-3000:]!r}")
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        os.close(self.fd)
        r = Result()
        r.status, r.out, r.err = os.waitstatus_to_exitcode(status), b"", self.shown
        for number, name in ((1, "out"), (2, "err")):
            if self.files[number]:
                self.files[number].seek(0)
                setattr(r, name, self.files[number].read())
        if isinstance(r.err, bytes):
            r.err = r.err.decode("utf-8", "backslashreplace")
        if "AddressSanitizer" in r.err or "runtime error:" in r.err:
            raise AssertionError(r)
        return r
