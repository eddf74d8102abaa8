"""run on several targets, @FILE, and the configuration file."""
import collections
import json
import os
import re
import signal
import time
import unittest

from endpoint import Endpoint, Missing
from program import (AUTH, CONNECT, CORP, CORP_PASSWORD, DONE, INTERRUPTED, LIMIT, PASSWORD, RECORD, USER, Case,
                     Program, winch)

MANY = 40


class Fleet(Case):
    """127.0.x.y are so many hosts: the endpoint listens on each of them."""

    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--bind", "127.0.0.0/8", "--user", f"{CORP}:{CORP_PASSWORD}", "--max-shells-per-user",
                                    "100", user=USER, password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        cls.port = int(cls.endpoint.http.split("/")[2].split(":")[1])

    def setUp(self):
        self.endpoint.ask("/close-shells", {})
        self.endpoint.reset()

    def tearDown(self):
        self.assertEqual(self.endpoint.state()["shells"], [])

    def hosts(self, count, network=1):
        return [f"127.0.{network}.{i + 1}:{self.port}" for i in range(count)]

    def run_on(self, targets, *args, user=USER, password=PASSWORD, **how):
        return winch("run", *targets, "--user", user, *args, password=password, **how)

    def test_forty(self):
        """A file of them, and one beside it: each line is whole, and says whose it is."""
        hosts = self.hosts(MANY)
        path = self.file("\ufeff# a comment\r\n\n" + "".join(f"  {h} # number {i}\r\n" for i, h in enumerate(hosts)))
        r = self.run_on(["@" + path, self.hosts(1, 2)[0]], "-c", "1..3; 'x' * 5000")
        self.assertEqual(r.status, DONE, r)
        self.one_line(r, f"{MANY + 1} ok")
        found = collections.defaultdict(list)
        for line in r.objects():
            self.assertEqual(sorted(line), ["host", "value"])
            found[line["host"]].append(line["value"])
        self.assertEqual(found, {h: [1, 2, 3, "x" * 5000] for h in hosts + self.hosts(1, 2)})

    def test_one_in_a_file_is_several(self):
        (host,) = self.hosts(1)
        r = self.run_on(["@" + self.file(host)], "-c", "7")
        self.assertEqual((r.status, r.objects()), (DONE, [{"host": host, "value": 7}]), r)
        r = self.run_on(["@-"], "-c", "7", input=host.encode())
        self.assertEqual((r.status, r.objects()), (DONE, [{"host": host, "value": 7}]), r)

    def test_formats(self):
        hosts = self.hosts(2)
        r = self.run_on(hosts, "-c", "'a'; [pscustomobject]@{ n = 1 } | Format-List; \"b`nc\"", "-o", "text")
        self.assertEqual(r.status, DONE, r)
        for host in hosts:
            lines = [line.removeprefix(host + ": ") for line in r.lines() if line.startswith(host + ": ")]
            self.assertEqual([line for line in lines if line.strip()], ["a", "n : 1", "b", "c"], r)
        self.assertTrue(all(line.startswith(tuple(h + ":" for h in hosts)) for line in r.lines()), r)
        r = self.run_on(hosts, "-c", "1", "-o", "json")
        self.assertEqual(sorted(x["host"] for x in json.loads(r.out)), hosts)

    def test_streams_and_statuses(self):
        """One fails, one is not there, one is well: each is told, and the status is the highest."""
        good, bad = self.hosts(2)
        gone = "127.0.0.1:1"
        r = self.run_on([good, gone], "-c", "Write-Warning w; 1; Write-Error e", "--streams")
        self.assertEqual(r.status, CONNECT, r)
        lines = r.objects()
        self.assertEqual([(x["stream"], x["host"]) for x in lines if "stream" in x],
                         [("warning", good), ("output", good), ("error", good)], r)
        last = {x["host"]: x for x in lines if "status" in x}
        self.assertEqual({h: x["status"] for h, x in last.items()}, {good: RECORD, gone: CONNECT})
        self.assertIn("refused", last[gone]["error"])
        self.assertEqual([x for x in lines if x["host"] == good][-1], last[good])
        self.assertIn(f"winch: 1 with errors, 1 unreachable: {good}, {gone}\n", r.err)
        r = self.run_on([gone, bad, good], "-c", "1")
        self.assertEqual((r.status, sorted(x["host"] for x in r.objects())), (CONNECT, [good, bad]), r)
        self.assertIn(f"winch: 2 ok, 1 unreachable: {gone}\n", r.err)

    def test_throttle(self):
        """No more at once than that: shells, as the host sees them."""
        hosts = self.hosts(6)
        for throttle, expected in ((1, 1), (2, 2), (32, 6)):
            with self.subTest(throttle):
                self.endpoint.reset()
                # So long that all which may begin at once have begun.
                r = self.run_on(hosts, "-c", "1; Start-Sleep 3", "--throttle", str(throttle))
                self.assertEqual((r.status, len(r.objects())), (DONE, 6), r)
                open_now = most = 0
                for x in self.endpoint.log():
                    open_now += (x["op"] == "Create" and x["status"] == 200) - (x["op"] == "Delete")
                    most = max(most, open_now)
                self.assertEqual(most, expected)

    def test_a_domain_users_password(self):
        """It goes to one host first; refused there, to nobody else, unless that is asked for."""
        hosts = self.hosts(5)
        r = self.run_on(hosts, "-c", "1", "--streams", user=CORP, password="wrong")
        self.assertEqual(r.status, AUTH, r)
        texts = [x["error"] for x in r.objects()]
        self.assertEqual(sum("not tried" in t for t in texts), 4, r)
        self.assertEqual({x["status"] for x in r.objects()}, {AUTH})
        self.assertIn("winch: 1 refused, 4 not tried: ", r.err)
        self.assertIn("--keep-trying", r.err)
        r = self.run_on(hosts, "-c", "1", "--keep-trying", user=CORP, password="wrong")
        self.assertEqual(r.status, AUTH, r)
        self.assertIn("winch: 5 refused: ", r.err)
        # A local user's is each host's own.
        r = self.run_on(hosts, "-c", "1", password="wrong")
        self.assertIn("winch: 5 refused: ", r.err)
        r = self.run_on(hosts, "-c", "1", user=CORP, password=CORP_PASSWORD)
        self.assertEqual((r.status, len(r.objects())), (DONE, 5), r)

    def test_input_is_read_for_each(self):
        hosts = self.hosts(3)
        r = self.run_on(hosts, "-c", "process { $_ * 2 }", "--input", self.file("1\n2\n"))
        self.assertEqual(sorted((x["host"], x["value"]) for x in r.objects()), [(h, v) for h in hosts for v in (2, 4)], r)
        self.usage(self.run_on(hosts, "-c", "1", "--input", "-", input=b"1\n"), "--input -")
        self.usage(self.run_on(hosts, "-c", "1", "--input", "/dev/null"), "--input /dev/null")

    def test_ctrl_c(self):
        """The first stops all of them; what has not begun does not."""
        hosts = self.hosts(5)
        p = Program("run", *hosts, "--user", USER, "--throttle", "3", "-c",
                    "try { 1; Start-Sleep 60 } finally { 'bye' }", password=PASSWORD)
        for host in hosts[:3]:
            p.wait_for(json.dumps({"host": host, "value": 1}, separators=(",", ":")).encode())
        p.signal(signal.SIGINT)
        r = p.finish()
        self.assertEqual(r.status, INTERRUPTED, r)
        self.assertEqual(sorted(x["host"] for x in r.objects() if x["value"] == "bye"), hosts[:3], r)
        self.assertIn("winch: 3 interrupted, 2 not begun: ", r.err)

    def test_a_slow_one_delays_no_other(self):
        """The others are over, shell and all, before the first word of its own."""
        hosts = self.hosts(4)
        self.endpoint.fault(op="Create", do="delay-after", ms=15000)
        p = Program("run", *hosts, "--user", USER, "-c", "1", password=PASSWORD)
        end = time.monotonic() + LIMIT
        while [x["op"] for x in self.endpoint.log()].count("Delete") < 3 and time.monotonic() < end:
            time.sleep(0.05)
        lines = p.written().splitlines()
        r = p.finish()
        self.assertEqual((r.status, len(r.objects())), (DONE, 4), r)
        self.assertEqual(len(lines), 3)


class Config(Case):
    def settings(self, text, *args, mode=0o600):
        """winch run -G with this file: (the result, {key: value})"""
        home = self.folder()
        os.mkdir(os.path.join(home, "winch"))
        path = os.path.join(home, "winch", "config")
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)
        r = winch("run", "-G", *args, env={"XDG_CONFIG_HOME": home})
        return r, dict(line.split(" ", 1) for line in r.lines())

    def test_blocks(self):
        text = ("# first value wins\nport 1111\nHost web* !web9\n  HostName %s\n  User anna\n  Auth ntlm\n  port 2222\n"
                "Host web1 db\n  user bert\n  connect-timeout 3\n  RetryDelay = 7\nHost *\n  tls yes\n  User carl\n"
                % "10.0.0.7")
        for target, want in (
                ("web1", {"host": "web1", "hostname": "10.0.0.7", "user": "anna", "auth": "ntlm", "port": "1111",
                          "connect-timeout": "3", "retry-delay": "7", "tls": "yes"}),
                ("web9", {"hostname": "web9", "user": "carl", "auth": "negotiate", "connect-timeout": "10"}),
                ("db", {"hostname": "db", "user": "bert", "retry-delay": "7"}),
                ("dora@db:3", {"user": "dora", "port": "3"})):
            with self.subTest(target):
                r, found = self.settings(text, target)
                self.assertEqual((r.status, r.err), (DONE, ""), r)
                self.assertEqual({k: found.get(k) for k in want}, want)

    def test_the_command_line_wins(self):
        r, found = self.settings("port 1111\nauth ntlm\n", "h", "--port", "5", "--auth", "basic", "--tls")
        self.assertEqual((found["port"], found["auth"], found["tls"]), ("5", "basic", "yes"), r)

    def test_without_a_file(self):
        r = winch("run", "-G", "u@h", env={"XDG_CONFIG_HOME": self.folder()})
        lines = r.lines()
        for line in ("host h", "hostname h", "user u", "port 5985", "tls no", "auth negotiate", "connect-timeout 10",
                     "operation-timeout 20", "idle-timeout 300", "retries 2", "retry-delay 10"):
            self.assertIn(line, lines)
        lines = winch("run", "-G", "https://u@h", env={"XDG_CONFIG_HOME": self.folder()}).lines()
        self.assertIn("port 5986", lines)

    def test_lines_that_are_none(self):
        for text, words in (("port 1\nfoo bar\n", "line 2: foo: unknown key"), ("port\n", "line 1: port: no value"),
                            ("tls maybe\n", "neither yes nor no"), ("\nport 1\x1b[2J\n", "line 2: a control character"),
                            ("password x\n", "password: unknown key")):
            with self.subTest(text):
                r, _ = self.settings(text, "u@h")
                self.usage(r, words)
                self.assertNotIn("\x1b", r.err)

    def test_others_can_write_it(self):
        r, _ = self.settings("password-command id\n", "u@h", mode=0o666)
        self.usage(r, "others can")

    def test_lines_of_a_file_of_targets(self):
        for data, words in (("a\nb\x1b[2J\n", "line 2"), ("a\n\n-oops\n", "line 3"), ("a\nu@-h\n", "line 2"),
                            ("\n# nothing\n", "no TARGET in it"), ("good\nexec:id\n", "line 2")):
            with self.subTest(data):
                r = winch("run", "@" + self.file(data), "--user", "u", "-c", "1", password="x")
                self.usage(r, words)
                self.assertFalse(re.search("[\x00-\x09\x0b-\x1f]", r.err), r)
        self.usage(winch("run", "@/no/such", "-c", "1", password="x"), "/no/such", "No such file")


if __name__ == "__main__":
    unittest.main()
