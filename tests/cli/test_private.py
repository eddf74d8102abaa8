"""Secrets stay secret: in the process, in what it writes, and on the wire; and so do scripts and output there."""
import base64
import os
import shlex
import socket
import subprocess
import unittest

from program import AUTH, DONE, PASSWORD, USER, WINCH, Live, Program, environment, winch
from relay import Relay
from terminal import Terminal


def forms(text):
    """The bytes under which a text may show: UTF-8, UTF-16, and base64 at each of its three places."""
    for data in text.encode(), text.encode("utf-16-le"):
        yield data
        for shift in range(3):
            whole = base64.b64encode(b"\0" * shift + data)
            yield whole[4:-4]  # what does not depend on the neighbours


class Private(Live):
    def no_trace_of(self, text, data):
        for form in forms(text):
            self.assertNotIn(form, data)

    def test_the_wire_of_a_sealed_run(self):
        script, output = "'Wz5-geheime-Ausgabe'.ToUpper() + 'Kk8-Skript-Text'", "WZ5-GEHEIME-AUSGABEKk8-Skript-Text"
        with Relay(self.endpoint.http) as relay:
            r = winch("run", relay.url, "--user", USER, "-c", script, password=PASSWORD)
            self.assertEqual((r.status, r.out.decode()), (DONE, f'"{output}"\n'), r)
            self.assertGreater(len(relay.seen), 5000)
            self.assertIn(b"HTTP-SPNEGO-session-encrypted", relay.seen)
            for text in script, output, "geheime-Ausgabe", "Skript-Text", PASSWORD:
                self.no_trace_of(text, relay.seen)

    def test_the_relay_would_see_it(self):
        """The same search finds all of it where nothing is sealed."""
        with Relay(self.endpoint.http) as relay:
            with socket.create_connection(("127.0.0.1", int(relay.url.split(":")[2].split("/")[0]))) as s:
                s.sendall(b"POST /wsman HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " +
                          base64.b64encode(f"{USER}:{PASSWORD}".encode()) + b"\r\nContent-Length: 0\r\n\r\n")
                s.recv(1000)
            self.assertTrue(any(form in relay.seen for form in forms(PASSWORD)))

    def sources(self):
        """(options, how the program is started) for each source of a password."""
        path = self.file(PASSWORD + "\n")
        yield [], {"password": PASSWORD}
        yield ["--password-file", path], {}
        yield ["--password-command", f"cat {path}"], {}
        r, w = os.pipe()
        os.write(w, PASSWORD.encode() + b"\n")
        os.close(w)
        yield ["--password-fd", str(r)], {"fds": (r,)}
        os.close(r)

    def test_the_process(self):
        """Its command line, its environment block as it was started with, its limits."""
        for auth, tls in ("ntlm", False), ("basic", True):
            for options, how in self.sources():
                with self.subTest(options, auth=auth):
                    args = self.args("-c", "1; Start-Sleep 60", "--auth", auth, *options, tls=tls)
                    program = Program(*args, **how)
                    program.wait_for(b"1\n")
                    self.look_at(program.pid, "password" in how)
                    program.signal(2)
                    program.finish()

    def look_at(self, pid, from_environment):
        proc = f"/proc/{pid}/"
        with open(proc + "cmdline", "rb") as f:
            self.no_trace_of(PASSWORD, f.read())
        with open(proc + "limits") as f:
            core = next(line for line in f if line.startswith("Max core file size"))
        self.assertEqual(core.split()[4:6], ["0", "0"])
        if os.geteuid() == 0:
            with open(proc + "environ", "rb") as f:
                environ = f.read()
            self.no_trace_of(PASSWORD, environ)
            self.assertEqual(b"WINCH_PASSWORD=" in environ, from_environment)

    def test_who_may_look_at_the_process(self):
        """It is not dumpable: its files in /proc are root's, also where it is not."""
        other = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        if other and subprocess.run(["test", "-x", WINCH], **other).returncode:
            self.skipTest("nobody may not run winch where it was built")
        for program, owner in (["sleep", "60"], None), ([WINCH, *self.args("-c", "1; Start-Sleep 60")], 0):
            with self.subTest(program[0]):
                p = subprocess.Popen(program, env=environment(PASSWORD, {"XDG_CONFIG_HOME": "/"}), stdout=subprocess.PIPE,
                                     stdin=subprocess.DEVNULL, **other)
                if owner == 0:
                    self.assertEqual(p.stdout.readline(), b"1\n")
                else:
                    owner = other.get("user", os.geteuid())
                self.assertEqual(os.stat(f"/proc/{p.pid}/environ").st_uid, owner)
                p.terminate()
                p.communicate()

    def test_what_it_writes(self):
        """-vv, --log, --trace and messages, also of runs that fail."""
        folder = self.folder()
        for name, url, script, password in (
                ("well", self.endpoint.http, "1", PASSWORD), ("tls", self.endpoint.https, "1", PASSWORD),
                ("throws", self.endpoint.http, "throw 'x'", PASSWORD), ("wrong", self.endpoint.http, "1", PASSWORD + "-no"),
                ("nobody", "http://127.0.0.1:1", "1", PASSWORD)):
            for auth in "negotiate", "ntlm", "basic":
                if auth == "basic" and not url.startswith("https"):
                    continue
                with self.subTest(name, auth=auth):
                    files = [os.path.join(folder, f"{name}-{auth}-{end}") for end in ("log", "trace")]
                    r = winch("run", url, "--ca-file", self.endpoint.ca, "--user", USER, "--auth", auth, "-c", script, "-vv",
                              "--log", files[0], "--trace", files[1], password=password)
                    written = r.out + r.err.encode()
                    for path in files:
                        with open(path, "rb") as f:
                            written += f.read()
                    self.assertGreater(len(written), 200)
                    self.no_trace_of(PASSWORD, written)
                    if name == "wrong":
                        self.assertEqual(r.status, AUTH, r)

    def test_a_terminal(self):
        """What is typed is not shown, and in no log."""
        log = os.path.join(self.folder(), "log")
        with Terminal(*self.args("-c", "1", "--log", log, "-vv")) as t:
            t.answer("Password for", PASSWORD, secret=True)
            r = t.finish()
        self.assertEqual(r.status, DONE, r)
        with open(log, "rb") as f:
            self.no_trace_of(PASSWORD, f.read() + t.raw)

    def test_ctrl_z_at_the_question(self):
        """The shell has a terminal that shows what is typed; after fg it is asked again."""
        with Terminal("-i", program="/bin/sh", env={"PS1": "ready> "}) as t:
            t.answer("ready> ", shlex.join([WINCH, *self.args("-c", "6*7")]))
            t.wait_for("Password for")
            self.assertFalse(t.echoes())
            t.type("half-a-secr\x1a")
            t.wait_for("ready> ")
            self.assertTrue(t.echoes())
            t.type("fg\r")
            t.answer("Password for", PASSWORD, secret=True)
            t.wait_for("42")
            t.answer("ready> ", "exit $?")
            r = t.finish()
        self.assertEqual(r.status, DONE, r)
        self.assertNotIn("secr", r.err.replace("secrets", ""))
        self.assertNotIn(PASSWORD, r.err)


if __name__ == "__main__":
    unittest.main()
