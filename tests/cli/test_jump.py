"""--jump through a real sshd, by the real ssh (with a configuration of the test's own)."""
import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

from program import AUTH, CONNECT, DONE, INTERRUPTED, PASSWORD, USAGE, USER, Case, Live, free_port, winch

SSHD = shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin")
SSH = shutil.which("ssh")


@unittest.skipUnless(SSHD and SSH, "no sshd or no ssh")
class Jump(Live):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        made = tempfile.TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        cls.made, cls.port = made.name, free_port()
        for name in "host", "user", "stranger", "stranger2":
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", cls.path(name)], check=True)
        shutil.copy(cls.path("user.pub"), cls.path("authorized"))
        cls.write("sshd_config", f"ListenAddress 127.0.0.1:{cls.port}\nHostKey {cls.path('host')}\n"
                  f"AuthorizedKeysFile {cls.path('authorized')}\nStrictModes no\nUsePAM no\nPidFile none\n"
                  "PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nMaxStartups 100\n"
                  "MaxAuthTries 2\n")
        # The wrapper is found first; it is ssh, with this configuration.
        with open(cls.path("stranger.pub")) as key:
            cls.write("changed", f"[127.0.0.1]:{cls.port} " + key.read())
        cls.write("ssh_config", f"Host jump deny many changed\n HostName 127.0.0.1\n Port {cls.port}\n User {getpass.getuser()}\n"
                  f"Host changed\n UserKnownHostsFile {cls.path('changed')}\n"
                  f"Host *\n UserKnownHostsFile {cls.path('known')}\n StrictHostKeyChecking accept-new\n LogLevel ERROR\n"
                  f"Host jump\n IdentityFile {cls.path('user')}\nHost deny many\n IdentityFile {cls.path('stranger')}\n"
                  f"Host many\n IdentityFile {cls.path('stranger2')}\n"
                  "Host *\n IdentitiesOnly yes\n IdentityAgent none\n BatchMode yes\n")
        os.mkdir(cls.path("bin"))
        cls.write("bin/ssh", f"#!/bin/sh\necho \"$*\" >>{cls.path('calls')}\nexec {SSH} -F {cls.path('ssh_config')} \"$@\"\n")
        os.chmod(cls.path("bin/ssh"), 0o755)
        if os.getuid() == 0:
            os.makedirs("/run/sshd", exist_ok=True)
        sshd = subprocess.Popen([SSHD, "-D", "-e", "-f", cls.path("sshd_config")], stdin=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        cls.addClassCleanup(sshd.wait)
        cls.addClassCleanup(sshd.terminate)
        cls.env = {"PATH": f"{cls.path('bin')}:{os.environ['PATH']}", "SSH_AUTH_SOCK": ""}
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", cls.port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError("sshd did not start")

    @classmethod
    def path(cls, name):
        return os.path.join(cls.made, name)

    @classmethod
    def write(cls, name, text):
        with open(cls.path(name), "w") as f:
            f.write(text)

    def setUp(self):
        super().setUp()
        self.write("calls", "")

    def tearDown(self):
        super().tearDown()
        self.no_ssh()

    def no_ssh(self):
        """Each ssh has ended with its connection."""
        for _ in range(200):
            left = subprocess.run(["pgrep", "-f", self.path("ssh_config")], capture_output=True, text=True).stdout
            if not left:
                return
            time.sleep(0.05)
        self.fail("left: " + left)

    def calls(self):
        with open(self.path("calls")) as f:
            return f.read().splitlines()

    def test_http_and_https(self):
        for tls in False, True:
            self.assertEqual(self.well("-c", "6*7", "--jump", "jump", tls=tls, env=self.env), [42])
        where = self.endpoint.https.split("/")[2]
        self.assertEqual(self.calls()[-1], f"-o ConnectTimeout=10 -W {where} -- jump")

    def test_forms(self):
        user = getpass.getuser()
        for to in f"{user}@jump", "ssh://jump", f"ssh://{user}@jump:{self.port}":
            self.assertEqual(self.well("-c", "1", "--jump", to, env=self.env), [1])

    def test_several_connections(self):
        """Input needs a second one."""
        r = self.run_winch("-c", "@($input).Count", "--input", "-", "--jump", "jump", env=self.env, input=b"1\n" * 30000)
        self.assertEqual((r.status, r.out, r.err), (DONE, b"30000\n", ""), r)

    def test_much(self):
        self.assertEqual(self.well("-c", "('x' * 3000000).Length; 'y' * 3000000", "--jump", "jump", env=self.env),
                         [3000000, "y" * 3000000])

    def test_ctrl_c(self):
        """It is for winch, though ssh has the same terminal: what finally says arrives, and the shell goes."""
        program = self.start("-c", "try { 1; Start-Sleep 60 } finally { 'bye' }", "--jump", "jump", env=self.env)
        program.wait_for(b"1\n")
        os.killpg(program.pid, signal.SIGINT)
        r = program.finish()
        self.assertEqual((r.status, r.out, r.err), (INTERRUPTED, b'1\n"bye"\n', ""), r)

    NOBODY = (("deny", AUTH, "Permission denied (publickey)."), ("many", AUTH, "Too many authentication failures"),
              ("changed", CONNECT, "Host key verification failed."),
              ("winch-test.invalid", CONNECT, "Could not resolve hostname winch-test.invalid"))

    def test_hosts_that_let_nobody_through(self):
        """ssh says why; it is not tried again, by no lane either, and nothing of ours was sent."""
        ways = (), ("--auth", "basic", "--allow-cleartext")
        for to, status, words in self.NOBODY:
            for tls, more in (False, ways[0]), (False, ways[1]), (True, ways[0]):
                with self.subTest(to, tls=tls, more=more):
                    self.write("calls", "")
                    r = self.run_winch("-c", "1", "--jump", to, "--retries", "2", "--retry-delay", "0.1", *more, tls=tls,
                                       env=self.env)
                    self.assertEqual((r.status, r.out, len(self.calls())), (status, b"", 1), r)
                    self.assertRegex(r.err, rf"(?m)^winch: 127[^\n]*: ssh to the jump host {to}: [^\n]*{re.escape(words)}")
                    self.assertEqual(r.err.count(words), 1)
                    self.assertNotIn(USER, r.err)
                    # What else ssh says comes before it.
                    self.assertEqual("IDENTIFICATION HAS CHANGED" in r.err, to == "changed")
        self.assertEqual(self.endpoint.log(), [])

    def test_what_may_pass_is_tried_again(self):
        """Nobody listens there, or here."""
        for to, target in ("ssh://127.0.0.1:1", self.endpoint.http), ("jump", "127.0.0.1:1"):
            with self.subTest(to):
                self.write("calls", "")
                r = winch("run", target, "--user", USER, "-c", "1", "--jump", to, "--retries", "2", "--retry-delay", "0.1",
                          password=PASSWORD, env=self.env)
                self.assertEqual((r.status, len(self.calls())), (CONNECT, 3), r)
                self.assertIn("trying again in 0.1 s (2 of 2)", r.err)

    def test_several_targets_behind_one_that_refuses(self):
        """One login counts for all; what is wrong otherwise, each finds for itself."""
        targets = ["a.invalid", "b.invalid", "c.invalid", "--user", USER, "-c", "1", "--streams"]
        for to, status, words in self.NOBODY[:3]:
            for extra in [], ["--keep-trying"]:
                with self.subTest(to, extra=extra):
                    self.write("calls", "")
                    r = winch("run", *targets, "--jump", to, *extra, password=PASSWORD, env=self.env)
                    tried = 1 if status == AUTH and not extra else 3
                    self.assertEqual((r.status, len(self.calls())), (status, tried), r)
                    errors = [x["error"] for x in r.objects()]
                    self.assertEqual(sum(words in e for e in errors), tried, r)
                    self.assertEqual(errors.count(f"not tried: the jump host {to} refused ssh's login"), 3 - tried)
                    self.assertEqual({x["status"] for x in r.objects()}, {status})
                    self.assertEqual("see --keep-trying" in r.err, tried == 1)

    def test_several_targets_behind_one_that_does_not(self):
        """Its login is good, also where the first host is not there, or refuses its own user."""
        host = self.endpoint.http.split("/")[2]
        for first in "127.0.0.1:1", "nobody@" + host:
            r = winch("run", first, USER + "@" + host, USER + "@" + host, "--user", USER, "-c", "6*7", "--jump", "jump",
                      password=PASSWORD, env=self.env)
            self.assertEqual([x["value"] for x in r.objects()], [42, 42], r)
            self.assertNotIn("not tried", r.err)

    def test_what_ssh_says_otherwise(self):
        """It comes at once, harmless, and a run is none the worse for it."""
        os.makedirs(self.path("noisy"), exist_ok=True)
        self.write("noisy/ssh", f"#!/bin/sh\nprintf 'hello\\033[2J\\r\\n%070000d\\nno end' 0 >&2\nexec {self.path('bin/ssh')} \"$@\"\n")
        os.chmod(self.path("noisy/ssh"), 0o755)
        env = {**self.env, "PATH": f"{self.path('noisy')}:{self.env['PATH']}"}
        p = self.start("-c", "1; Start-Sleep 60", "--jump", "jump", env=env)
        p.wait_for(b"1\n")
        self.assertTrue(p.written(p.err).startswith(b"hello^[[2J\n000"), p.written(p.err)[:100])
        p.signal(signal.SIGINT)
        r = p.finish()
        self.assertEqual((r.status, r.out), (INTERRUPTED, b"1\n"), r)
        self.assertEqual((r.err.count("0"), r.err.splitlines()[-1]), (70000 * len(self.calls()), "no end"))

    def test_the_doctor_goes_the_same_way(self):
        e = self.endpoint
        for url, *more in [e.http], [e.https, "--ca-file", e.ca]:
            r = winch("doctor", url, *more, "--user", USER, "--jump", "jump", password=PASSWORD, env=self.env)
            self.assertEqual((r.status, r.err), (DONE, ""), r)
            self.assertIn(b"the jump host looks it up", r.out)
            self.assertIn(b"winch run works here", r.out)
        e.reset()
        for to, status, words in self.NOBODY:
            self.write("calls", "")
            r = winch("doctor", e.http, "--user", USER, "--jump", to, password=PASSWORD, env=self.env)
            self.assertEqual((r.status, len(self.calls())), (status, 1), r)
            self.assertRegex(r.out.decode(), rf"\Aproblem +way +through {to}: [^\n]*{re.escape(words)}[^\n]*; remedy: [^\n]*ssh -W [^\n]* {to}")
        self.assertEqual(e.log(), [])

    def test_nobody_behind_it(self):
        port = free_port()
        r = winch("run", f"127.0.0.1:{port}", "--user", "u", "-c", "1", "--jump", "jump", password=PASSWORD, env=self.env)
        self.assertEqual((r.status, r.out), (CONNECT, b""), r)
        self.assertIn(str(port), r.err)

    def test_names_are_looked_up_there(self):
        r = winch("run", "winch-test.invalid", "--user", "u", "-c", "1", "--jump", "jump", password=PASSWORD, env=self.env)
        self.assertEqual(r.status, CONNECT, r)
        self.assertEqual(self.calls(), ["-o ConnectTimeout=10 -W winch-test.invalid:5985 -- jump"])

    def test_no_ssh_here(self):
        r = self.run_winch("-c", "1", "--jump", "jump", "--retries", "2", "--retry-delay", "0.1",
                           env={"PATH": self.path("nowhere")})
        self.assertEqual(r.status, CONNECT, r)
        self.one_line(r, "ssh to the jump host jump: ssh can't be started: No such file")


class Options(Case):
    def test_what_is_no_host(self):
        for value in "-oProxyCommand=x", "u@-x", "ssh://-x", "a b", "", "u@", "@x", "a\tb":
            r = winch("run", "web1", "--user", "u", "-c", "1", f"--jump={value}", password="x")
            self.assertEqual(r.status, USAGE, r)
            self.one_line(r, "--jump")
        r = winch("run", "web1", "--user", "u", "-c", "1", "--jump", "x", "--proxy", "http://y", password="x")
        self.usage(r, "--jump contradicts --proxy")


if __name__ == "__main__":
    unittest.main()
