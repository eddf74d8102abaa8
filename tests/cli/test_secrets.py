"""-P NAME?: SecureStrings as parameters, on servers of each protocol; never in clear in a trace."""
import base64
import os
import re
import signal
import tempfile
import unittest

from program import PASSWORD, USAGE, USER, Case, Live, OldLive, winch
from terminal import Terminal

SECRET = "Wört-geheim 漢😀 7"
# What it is, as the script sees it, and what a SecureString and a credential look like as output.
SCRIPT = ("param($p, $q) $p.GetType().Name; [System.Net.NetworkCredential]::new('', $p).Password; "
          "$p; [pscredential]::new('u', $p); $q")
SEEN = ["SecureString", SECRET, None, {"UserName": "u", "Password": None}]


def decoded(data, depth=4):
    """data, and what all base64 in it stands for, and so on."""
    yield data
    if depth:
        for run in re.findall(rb"[A-Za-z0-9+/]{8,}={0,2}", data):
            for start in range(4):
                part = run[start:]
                try:
                    yield from decoded(base64.b64decode(part[:len(part) // 4 * 4]), depth - 1)
                except ValueError:
                    pass


def holds(data, text):
    """Is the text in it, in any form that it may have on its way?"""
    forms = [text.encode(), text.encode("utf-16-le")]
    forms += [base64.b64encode(f).rstrip(b"=")[:-1] for f in forms]
    return any(form in layer for layer in decoded(data) for form in forms)


class Usage(Case):
    def one(self, *args, **how):
        return winch("run", "u@host.invalid", "-c", "1", *args, password="x", **how)

    def test_wrong_sources(self):
        for form in ("p?x", "p?fd:", "p?fd:x", "p?fd:1x", "p?fd:99999999999", "p?file:", "p?fd: 3"):
            with self.subTest(form):
                self.usage(self.one("-P", form), "-P " + form + ": not NAME?")
        self.usage(self.one("-P", "?"), "-P ?: not NAME=TEXT")
        self.usage(self.one("-P", "p?fd:77"), "-P p?fd:77: Bad file descriptor")
        self.usage(self.one("-P", "p?file:/no/such"), "-P p?file:/no/such: No such file")
        self.usage(self.one("-P", "p?file:/"), "a directory")

    def test_files_of_others(self):
        path = self.file(SECRET, mode=0o644)
        self.usage(self.one("-P", "p?file:" + path), "others can read it (mode 0644)", "chmod 600")

    def test_lines_that_are_none(self):
        for data, word in ((b"", "empty"), (b"\nx", "empty"), (b"a\xff", "not UTF-8"), (b"a\0b", "not UTF-8"),
                           (b"x" * 9000, "longer than")):
            with self.subTest(data[:9]):
                r = self.one("-P", "p?file:" + self.file(data))
                self.usage(r, word)
                self.assertNotIn("xxx", r.err)

    def test_no_terminal(self):
        self.usage(self.one("-P", "p?"), "-P p?: no terminal to ask on")

    def test_stdin_is_one_thing(self):
        for also in (("--input", "-"), ("--password-fd", "0"), ("-P", "q?fd:00")):
            if also[0] == "-P":
                continue  # two lines of the same are fine
            with self.subTest(also):
                self.usage(self.one("-P", "p?fd:0", *also), "stdin can be only one of")
        self.usage(winch("run", "u@host.invalid", "-", "-P", "p?fd:0", password="x"), "stdin can be only one of")


class OfProtocol(OldLive):
    def exchanges(self):
        """Sends to the shell itself: PUBLIC_KEY."""
        return sum(1 for r in self.endpoint.log() if r["op"] == "Send" and not r["commandId"])

    def test_file(self):
        for end in ("", "\n", "\r\n", "\nmore\n"):
            with self.subTest(end):
                self.assertEqual(self.well("-c", SCRIPT, "-P", "p?file:" + self.file(SECRET + end)), SEEN + [None])
        self.assertEqual(self.exchanges(), 0 if self.minor == 4 else 4)

    def test_trace(self):
        """In it is all but the secret, and it can be read back."""
        trace = os.path.join(self.folder(), "trace")
        # The script does not say it: then it would be data.
        script = "param($p) $p.Length; $p; [pscredential]::new('u', $p)"
        r = self.run_winch("-c", script, "-P", "p?file:" + self.file(SECRET), "--trace", trace, "-vv")
        self.assertEqual(r.status, 0, r)
        with open(trace, "rb") as f:
            data = f.read()
        self.assertTrue(holds(data, script[:20]))  # the search finds what is there
        self.assertFalse(holds(data, SECRET))
        self.assertFalse(holds(r.err.encode(), SECRET))
        self.assertTrue(holds(data, "<SS>removed</SS>"))
        read = winch("decode", "--from", "trace", trace)
        self.assertEqual((read.status, read.err), (0, ""), read)
        self.assertIn(b'> CREATE_PIPELINE {"PowerShell":', read.out)
        self.assertIn(b'< PIPELINE_OUTPUT {"UserName":"u","Password":null}', read.out)
        self.assertEqual(read.out.count(b"> PUBLIC_KEY {"), 0 if self.minor == 4 else 1)

    def test_terminal(self):
        with Terminal(*self.args("-c", SCRIPT, "-P", "p?", "-P", "q=x"), password=PASSWORD, out=True) as t:
            t.answer("p: ", SECRET, secret=True)
            r = t.finish()
        self.assertEqual(r.status, 0, r.err)
        self.assertNotIn(SECRET, r.err)
        self.assertEqual(r.objects(), SEEN + ["x"])


class Of22(OfProtocol):
    minor = 2


class Of23(OfProtocol):
    minor = 3

    def test_input_behind_it(self):
        """A pipeline that waits for the key takes its input when it has begun."""
        self.assertEqual(self.well("-c", "param($p) $input | ForEach-Object { \"$_ $($p.Length)\" }", "-P",
                                   "p?file:" + self.file("four"), "--input", "-",
                                   input=b"".join(b"%d\n" % n for n in range(2000))),
                         [f"{n} 4" for n in range(2000)])

    def test_several_targets(self):
        """One key pair for all, a session key each."""
        trace, url = os.path.join(self.folder(), "trace"), self.endpoint.http
        r = winch("run", url, url, url, "--user", USER, "-c", "param($p) $p.Length", "-P",
                  "p?file:" + self.file("four"), "--trace", trace, password=PASSWORD)
        self.assertEqual((r.status, [o["value"] for o in r.objects()]), (0, [4, 4, 4]), r)
        read = winch("decode", "--from", "trace", trace).out
        self.assertEqual(len(re.findall(rb"> PUBLIC_KEY (.*)", read)), 3)
        self.assertEqual(len(set(re.findall(rb"> PUBLIC_KEY (.*)", read))), 1)
        self.assertEqual(len(set(re.findall(rb"< ENCRYPTED_SESSION_KEY (.*)", read))), 3)

    def test_server_that_does_not_answer(self):
        """--timeout while the key is awaited: the pipeline never began."""
        self.endpoint.fault(op="Send", nth=1, do="delay", ms=8000)
        r = self.run_winch("-c", SCRIPT, "-P", "p?file:" + self.file(SECRET), "--timeout", "2")
        self.assertEqual((r.status, r.out), (6, b""), r)


class On24(OfProtocol):
    def test_lines_of_a_descriptor(self):
        with tempfile.TemporaryFile() as f:
            f.write((SECRET + "\nsecond\nthird").encode())
            f.seek(0)
            fd = f.fileno()
            self.assertEqual(self.well("-c", SCRIPT, "-P", f"p?fd:{fd}", "-P", f"q?fd:{fd}", fds=[fd]),
                             SEEN + [None])
            self.assertEqual(f.read(), b"third")
        self.assertEqual(self.well("-c", SCRIPT, "-P", "p?fd:0", input=SECRET.encode()), SEEN + [None])

    def test_names_and_commands(self):
        """A name of any letters; the parameter of a command."""
        self.assertEqual(self.well("-c", "param($größe) $größe.Length", "-P", "größe?file:" + self.file("abc")), [3])
        self.endpoint.need_cmdlets()
        r = self.well("--command", "ConvertFrom-SecureString", "-P", "SecureString?file:" + self.file("abc"), "-P",
                      "AsPlainText:=true")
        self.assertEqual(r, ["abc"])

    def test_erase_at_the_question(self):
        """Whole characters, whole lines; nothing of it is shown."""
        with Terminal(*self.args("-c", SCRIPT, "-P", "p?"), password=PASSWORD, out=True) as t:
            t.answer("p: ", "no\x15" + SECRET + "漢ü😀\x7f\x7f\x7f", secret=True)
            r = t.finish()
        self.assertEqual((r.status, r.err), (0, "p: \n"), r)
        self.assertEqual(r.objects(), SEEN + [None])

    def test_end_of_input_at_the_question(self):
        with Terminal(*self.args("-c", SCRIPT, "-P", "p?"), password=PASSWORD) as t:
            t.wait_for("p: ")
            self.assertFalse(t.echoes())
            t.type("\x04")
            t.wait_echo(True)
            r = t.finish()
        self.assertEqual(r.status, 2, r.err)
        self.assertIn("-P p?: the first line is empty", r.err)
        self.assertEqual(self.ops(), [])

    def test_ctrl_c_at_the_question(self):
        """Nothing was sent, and the terminal is as it was."""
        with Terminal(*self.args("-c", SCRIPT, "-P", "p?"), password=PASSWORD) as t:
            t.wait_for("p: ")
            self.assertFalse(t.echoes())
            t.type("half\x03")
            t.wait_echo(True)
            r = t.finish()
        self.assertEqual(r.status, -signal.SIGINT, r.err)  # a shell's 130
        self.assertEqual(self.ops(), [])


class Plain(Live):
    """Parameters that are no secrets, where they are unusual."""

    def test_long(self):
        text = "x€😀" * 400000  # 3.2 MB
        self.assertEqual(self.well("-c", "param($p) $p.Length; $p.Substring($p.Length - 4)", "-P",
                                   "p@=" + self.file(text)), [1600000, "x€😀"])

    def test_names(self):
        for name in ("größe", "名前", "Ünï_1", "é"):
            with self.subTest(name):
                self.assertEqual(self.well("-c", f"param(${name}) \"<${name}>\"", "-P", f"{name}=v"), ["<v>"])


del OfProtocol

if __name__ == "__main__":
    unittest.main()
