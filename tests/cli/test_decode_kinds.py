"""winch decode of fragments and of traces: conversations that others recorded, and one of ours."""
import base64
import glob
import json
import os
import re
import struct
import subprocess
import tempfile
import unittest

from endpoint import Endpoint, Missing
from program import environment

WINCH = os.path.join(os.environ["WINCH_BUILD"], "src", "cli", "winch")
SHARED = os.environ.get("WINCH_SHARED", os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                                     "..", "..", "..", "shared"))
CAPTURES = sorted(glob.glob(os.path.join(SHARED, "vectors", "messages", "*.json")))
RECORDINGS = sorted(glob.glob(os.path.join(SHARED, "replay", "recordings", "test_*.json")))


def decode(data, *options):
    return subprocess.run([WINCH, "decode", *options], input=data, capture_output=True)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def trace_of(entries):
    """A trace file that has these envelopes: (request or reply, bytes)."""
    out = b"# winch trace 1: secrets are removed\n"
    for kind, envelope in entries:
        out += b"2024-01-01T00:00:00.000Z trace host=h lane=1 op=X %s data=%d\n" % (kind, len(envelope))
        out += envelope + b"\n"
    return out


@unittest.skipUnless(CAPTURES, "no captures: ../shared is not here")
class Fragments(unittest.TestCase):
    """PowerShell's own client and server (vectors/messages)."""

    def check(self, capture, data, name):
        p = decode(data)
        self.assertEqual((p.returncode, p.stderr), (0, b""), name)
        got = [json.loads(line) for line in p.stdout.splitlines()]
        self.assertEqual(len(got), len(capture["messages"]), name)
        for m, want in zip(got, capture["messages"]):
            kind = want["messageType"]["name"] or want["messageType"]["hex"]
            pid = None if want["pid"].strip("0-") == "" else want["pid"].upper()
            rpid = None if want["rpid"].strip("0-") == "" else want["rpid"].upper()
            self.assertEqual((m["message"], m["to"], m["pool"], m["pipeline"]),
                             (kind, want["destination"], rpid, pid), name)
            self.assertIn("value", m, name)

    def test_binary(self):
        for path in CAPTURES:
            capture = load(path)
            self.check(capture, b"".join(base64.b64decode(f["base64"]) for f in capture["fragments"]), path)

    def test_lines_of_base64(self):
        for path in CAPTURES:
            capture = load(path)
            self.check(capture, "".join(f["base64"] + "\n" for f in capture["fragments"]).encode(), path)

    def test_values(self):
        """A body says what it says by itself."""
        capture = load(os.path.join(SHARED, "vectors", "messages", "output-objects.json"))
        data = b"".join(base64.b64decode(f["base64"]) for f in capture["fragments"])
        lines = decode(data, "-o", "typed").stdout.splitlines()
        for line, m in zip(lines, capture["messages"]):
            alone = decode(m["clixml"].encode(), "-o", "typed").stdout.decode().strip()
            self.assertTrue(line.decode().endswith('"value":' + alone + "}"), m["messageType"]["name"])


class Broken(unittest.TestCase):
    PIECE = struct.pack(">QQBI", 1, 0, 3, 43) + struct.pack("<II32x", 1, 0x41004) + b"<a>"

    def test_ends_inside(self):
        p = decode(self.PIECE[:-1], "--from", "fragments")
        self.assertEqual(p.returncode, 2)
        self.assertIn(b"ends inside a message", p.stderr)

    def test_a_body_that_is_no_clixml(self):
        p = decode(self.PIECE + self.PIECE)
        self.assertEqual(p.returncode, 0)
        got = [json.loads(line) for line in p.stdout.splitlines()]
        self.assertEqual([m["clixml"] for m in got], ["<a>", "<a>"])
        self.assertIn("error", got[0])

    def test_no_base64(self):
        p = decode(b"AAAAA" + b"A" * 40 + b"!\n")
        self.assertEqual(p.returncode, 2)
        self.assertIn(b"line 1", p.stderr)

    def test_kinds(self):
        self.assertEqual(decode(b"", "--from", "other").returncode, 2)
        p = decode(b"<S>x</S>", "--from", "clixml")
        self.assertEqual(p.stdout, b'"x"\n')

    def test_half_a_trace(self):
        whole = trace_of([(b"request", b"<Envelope/>")])
        p = decode(whole[:-5])
        self.assertEqual(p.returncode, 2)
        self.assertIn(b"ends inside an envelope", p.stderr)

    def test_a_length_that_cannot_be(self):
        p = decode(b"# winch trace 1\nx data=99999999999999999999\n")
        self.assertEqual(p.returncode, 2)
        self.assertIn(b"line 2", p.stderr)

    def test_garbage_in_a_trace(self):
        p = decode(trace_of([(b"reply", b"\x00garbage"), (b"reply", b"<a>")]))
        self.assertEqual(p.returncode, 0)
        self.assertEqual(p.stdout.count(b"can't be read"), 2)


def ends(envelope):
    """How many fragments with the end flag its base64 holds."""
    count = 0
    for text in re.findall(rb">([A-Za-z0-9+/=]{28,})<", envelope):
        try:
            data = base64.b64decode(text, validate=True)
        except ValueError:
            continue
        while len(data) >= 21 and data[:4] == b"\0\0\0\0":
            flags, length = struct.unpack(">BI", data[16:21])
            count += flags >> 1 & 1
            data = data[21 + length:]
    return count


@unittest.skipUnless(RECORDINGS, "no recordings: ../shared is not here")
class WindowsHosts(unittest.TestCase):
    def test_recordings(self):
        messages = 0
        for path in RECORDINGS:
            entries = []
            recording = load(path)
            for e in recording["exchanges"] if isinstance(recording, dict) else recording:
                entries.append((b"request", e["request"].encode()))
                if e.get("response"):
                    entries.append((b"reply", e["response"].encode()))
            p = decode(trace_of(entries))
            self.assertEqual(p.returncode, 0, path)
            self.assertNotIn(b"can't be read", p.stdout, path)
            want = sum(ends(e) for _, e in entries)
            got = len(re.findall(rb"(?m)^    [<>] [A-Z_]+ ", p.stdout))
            self.assertEqual(got, want, path)
            messages += got
        self.assertGreater(messages, 300)


class Ours(unittest.TestCase):
    def test_a_run(self):
        try:
            e = Endpoint()
        except Missing as why:
            self.skipTest(str(why))
        with e, tempfile.TemporaryDirectory() as folder:
            trace = os.path.join(folder, "trace")
            p = subprocess.run([WINCH, "run", "--user", e.user, "--trace", trace, e.http, "-c", "'h' + 'i'; Write-Error oh"],
                               env=environment(e.password), capture_output=True)
            self.assertEqual(p.returncode, 1, p.stderr)
            self.assertEqual(os.stat(trace).st_mode & 0o777, 0o600)
            p = decode(open(trace, "rb").read())
        self.assertEqual(p.returncode, 0, p.stderr)
        names = re.findall(r"(?m)^    ([<>] [A-Z_]+)", p.stdout.decode())
        self.assertEqual(names[:2], ["> SESSION_CAPABILITY", "> INIT_RUNSPACEPOOL"])
        for name in ("> CREATE_PIPELINE", "< ERROR_RECORD", "< PIPELINE_STATE"):
            self.assertIn(name, names)
        self.assertIn(b'    < PIPELINE_OUTPUT "hi"\n', p.stdout)
        self.assertIn(b"\n    Delete shell=", p.stdout)
