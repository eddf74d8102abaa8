"""--accept-new and ~/.config/winch/known_hosts, with an endpoint whose authority nobody here knows."""
import os
import re
import unittest

from endpoint import Endpoint, Missing
from program import AUTH, CONNECT, DONE, USAGE, Case, winch

USER, PASSWORD = "tester", "Kh-geheim-42"


class KnownHosts(Case):
    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        cls.port = re.search(r":(\d+)/", cls.endpoint.https).group(1)
        cls.line = f"127.0.0.1 {cls.port} sha256:{cls.endpoint.pin}"

    def setUp(self):
        self.home = self.folder()
        self.path = os.path.join(self.home, "winch", "known_hosts")
        self.endpoint.reset()

    def known(self, text, mode=0o600):
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        with open(self.path, "w") as f:
            f.write(text)
        os.chmod(self.path, mode)

    def lines(self):
        try:
            with open(self.path) as f:
                return f.read().splitlines()
        except FileNotFoundError:
            return None

    def run_it(self, *args, url=None, password=PASSWORD):
        return winch("run", url or self.endpoint.https, "--user", USER, "-c", "6*7", *args, password=password,
                     env={"XDG_CONFIG_HOME": self.home})

    def well(self, *args, **how):
        r = self.run_it(*args, **how)
        self.assertEqual((r.status, r.out), (DONE, b"42\n"), r)
        return r

    def test_a_stranger_is_refused(self):
        r = self.run_it()
        self.assertEqual((r.status, r.out), (CONNECT, b""), r)
        self.one_line(r, "not trusted", "--accept-new", self.endpoint.pin)
        self.assertEqual((self.lines(), self.endpoint.log()), (None, []))

    def test_first_seen_then_known(self):
        r = self.well("--accept-new")
        self.one_line(r, "known from now on", self.endpoint.pin, self.path)
        self.assertEqual(self.lines(), [self.line])
        self.assertEqual(os.stat(self.path).st_mode & 0o777, 0o600)
        self.assertEqual(os.stat(os.path.dirname(self.path)).st_mode & 0o777, 0o700)
        # From then on with and without the option, and nothing more is written.
        self.assertEqual(self.well().err + self.well("--accept-new").err, "")
        self.assertEqual(self.lines(), [self.line])
        # Several connections, each of which looks: the input needs a second one.
        self.known("")
        r = winch("run", self.endpoint.https, "--user", USER, "-c", "@($input).Count", "--input", "-", "--accept-new",
                  password=PASSWORD, env={"XDG_CONFIG_HOME": self.home}, input=b"1\n" * 30000)
        self.assertEqual((r.status, r.out), (DONE, b"30000\n"), r)
        self.one_line(r, "known from now on")

    def test_a_changed_certificate(self):
        """Old and new pin and the line to remove; no credential, no request."""
        other = "ab" * 32
        self.known(f"# mine\n\nweb1 5986 sha256:{other}\n127.0.0.1 {self.port} sha256:{other}\n")
        for args in ([], ["--accept-new"]):
            r = self.run_it(*args)
            self.assertEqual((r.status, r.out), (CONNECT, b""), r)
            self.one_line(r, "has changed", f"it was sha256:{other}", f"it is sha256:{self.endpoint.pin}", "remove line 4",
                          self.path)
            self.assertNotIn("trying again", r.err)
        self.assertEqual(self.endpoint.log(), [])
        # Two lines: while a host changes from one to the other, both are right.
        self.known(f"127.0.0.1 {self.port} sha256:{other}\n{self.line}\n")
        self.assertEqual(self.well().err, "")

    def test_what_the_line_is_about(self):
        """Host and port, no other; case and colons of the pin do not matter."""
        pin = ":".join(re.findall("..", self.endpoint.pin)).upper()
        self.known(f"127.0.0.1 {self.port} SHA256:{pin}\r\n")
        self.well()
        for line in f"127.0.0.1 1 sha256:{self.endpoint.pin}", f"127.0.0.2 {self.port} sha256:{self.endpoint.pin}":
            self.known(line)
            self.assertEqual(self.run_it().status, CONNECT)

    def test_an_authority_counts_more(self):
        """What passes needs no line, and a line does not stand in its way."""
        self.known(f"127.0.0.1 {self.port} sha256:{'00' * 32}\n")
        self.assertEqual(self.well("--ca-file", self.endpoint.ca).err, "")
        self.assertEqual(self.well("--pin", "sha256:" + self.endpoint.pin).err, "")
        r = self.well("--insecure")
        self.assertIn("not verified", r.err)

    def test_the_credential_comes_after(self):
        r = self.run_it("--accept-new", password="wrong")
        self.assertEqual(r.status, AUTH, r)
        self.assertEqual(self.lines(), [self.line])

    def test_files_that_are_not_right(self):
        for text in ("web1 5986\n", "web1 x sha256:" + "00" * 32, "web1 5986 sha256:12", "web1 99999 sha256:" + "00" * 32,
                     f"{self.line} more", "web1 5986 md5:" + "00" * 16):
            self.known("# first\n" + text)
            r = self.run_it()
            self.usage(r, self.path, "line 2", "HOST PORT sha256:HEX")
        self.known(self.line, mode=0o622)
        self.usage(self.run_it(), "chmod go-w")
        self.assertEqual(self.endpoint.log(), [])

    def test_a_file_that_can_not_be_written(self):
        """It runs this time, and says that it will ask again."""
        os.mkdir(self.path.removesuffix("/known_hosts"))
        os.symlink("/proc/nowhere/x", self.path)
        r = self.well("--accept-new")
        self.one_line(r, "for this time only")

    def test_contradictions(self):
        for args, word in ((["--insecure"], "--insecure"), (["--pin", "sha256:" + "00" * 32], "--pin")):
            r = self.run_it("--accept-new", *args)
            self.assertEqual(r.status, USAGE)
            self.one_line(r, "--accept-new", word)

    def test_several_targets(self):
        """One answer for all of one run; each host has its own line."""
        r = winch("run", self.endpoint.https, self.endpoint.https, "--user", USER, "-c", "1", "--accept-new",
                  password=PASSWORD, env={"XDG_CONFIG_HOME": self.home})
        self.assertEqual(r.status, DONE, r)
        self.assertEqual(self.lines(), [self.line])


if __name__ == "__main__":
    unittest.main()
