"""--log, --trace, -v: what goes where."""
import datetime
import os
import re
import time
import unittest

from program import DONE, PROTOCOL, Live

LINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) (warning|info|debug|trace)((?: [a-z_]+=(?:\"[^\"]*\"|\S*))*) (.*)\Z")


class Log(Live):
    def entries(self, text):
        """Each line is an event: [(level, {field: value}, words)]"""
        found = []
        for line in text.splitlines():
            m = LINE.match(line)
            self.assertTrue(m, line)
            fields = dict(pair.split("=", 1) for pair in m[3].split())
            found.append((m[2], fields, m[4]))
        return found

    def test_files_leave_stderr_alone(self):
        folder = self.folder()
        for option in "--log", "--trace":
            path = os.path.join(folder, option)
            r = self.run_winch("-c", "1", option, path)
            self.assertEqual((r.status, r.out), (DONE, b"1\n"), r)
            if option == "--trace":
                self.one_line(r, path, "scripts and data")
            else:
                self.assertEqual(r.err, "")
            self.assertGreater(os.path.getsize(path), 0)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)

    def test_levels(self):
        """-v: a line an operation; -vv: requests, replies and states, too."""
        r = self.run_winch("-c", "1", "-v")
        entries = self.entries(r.err)
        self.assertEqual({level for level, _, _ in entries}, {"info"})
        more = self.entries(self.run_winch("-c", "1", "-vv").err)
        self.assertEqual({level for level, _, _ in more} - {"info"}, {"debug"})
        self.assertGreater(len(more), len(entries))

    def test_fields(self):
        path = os.path.join(self.folder(), "log")
        r = self.run_winch("-c", "1", "--log", path, "-v")
        with open(path) as f:
            text = f.read()
        self.assertEqual(r.err.splitlines(), [line for line in text.splitlines() if " info " in line])
        entries = self.entries(text)
        host = self.endpoint.http.split("/")[2]
        self.assertEqual({fields["host"] for _, fields, _ in entries}, {host})
        posts = [fields for _, fields, words in entries if words == "POST"]
        self.assertEqual([f["op"] for f in posts if f["op"] not in ("token", "Receive")], ["Create", "Command", "Delete"])
        self.assertTrue(all(f["lane"].isdigit() and f["http"].isdigit() and f["ms"].isdigit() for f in posts), posts)

    def test_an_operation_has_an_id(self):
        """Its message's: with it, the endpoint's log and a trace tell of the same one."""
        path = os.path.join(self.folder(), "trace")
        r = self.run_winch("-c", "1", "-v", "--trace", path)
        posts = [fields for _, fields, words in self.entries(r.err.split("\n", 1)[1]) if words == "POST"]
        found = [(f["op"], f.get("id")) for f in posts if f["op"] != "token"]
        self.assertTrue(all("id" not in f for f in posts if f["op"] == "token"), posts)
        self.assertEqual(sorted(found), sorted(
            (x["op"], x["messageId"]) for x in self.endpoint.log() if x["op"] not in ("Negotiate", "?")))
        with open(path, "rb") as f:
            trace = f.read()
        for op, number in found:
            self.assertRegex(trace, rb"op=%s id=%s request data=" % (op.encode(), number.encode()))

    def test_times(self):
        """In order, and now."""
        before = time.time()
        text = self.run_winch("-c", "1", "-v").err
        times = [datetime.datetime.fromisoformat(line.split()[0]).timestamp() for line in text.splitlines()]
        self.assertEqual(times, sorted(times))
        self.assertTrue(before - 0.01 <= times[0] and times[-1] <= time.time(), times)

    def test_several_targets(self):
        """Each line says whose it is."""
        other = self.endpoint.https.split("/")[2]
        r = self.run_winch(self.endpoint.https, "--ca-file", self.endpoint.ca, "-c", "1", "-v")
        self.assertEqual(r.status, DONE, r)
        lines = [line for line in r.err.splitlines() if not line.startswith("winch: ")]
        hosts = [fields["host"] for _, fields, words in self.entries("\n".join(lines)) if words == "POST"]
        self.assertEqual(set(hosts), {self.endpoint.http.split("/")[2], other})

    def test_a_host_writes_no_lines_of_its_own(self):
        """Its text has line breaks and a time of its own: it stays within one line."""
        forged = "2026-01-02T03:04:05.678Z info host=forged lane=1 op=Create POST"
        for options in ("-v",), ("-vv",):
            self.endpoint.reset()
            self.endpoint.fault(op="Command", do="status", status=500, body=f"x\r\n{forged}\n\x1b[2J{forged}\n")
            path = os.path.join(self.folder(), "log")
            r = self.run_winch("-c", "1", *options, "--log", path)
            self.assertEqual(r.status, PROTOCOL, r)
            with open(path) as f:
                text = f.read()
            self.entries(text)
            for line in (r.err + text).splitlines():
                self.assertFalse(line.startswith("2026-01-02"), line)
                self.assertNotIn("\x1b", line)


if __name__ == "__main__":
    unittest.main()
