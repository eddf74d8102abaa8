"""--log, --trace, -v: what goes where."""
import os
import re
import unittest

from program import DONE, Live

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


if __name__ == "__main__":
    unittest.main()
