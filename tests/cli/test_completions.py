"""Real shells complete winch's command line, by the scripts that are installed."""
import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

HERE = os.path.join(os.environ["WINCH_BUILD"], "src", "cli")
SHOW = "winch() { printf 'got:'; printf '<%s>' \"$@\"; echo :end; }"


class Shell:
    """An interactive shell on a terminal of its own."""

    def __init__(self, argv, folder):
        self.folder = folder
        env = {"PATH": os.environ["PATH"], "TERM": "xterm", "HOME": folder, "LC_ALL": "C.UTF-8",
               "XDG_CONFIG_HOME": os.path.join(folder, "config"), "ZDOTDIR": folder}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, env)
        self.seen = ""

    def wait_for(self, text, seconds=20):
        """All up to text, which must come."""
        until = time.monotonic() + seconds
        while text not in self.seen:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self.fd], [], [], left)[0]:
                raise AssertionError(f"{text!r} did not come: {self.seen[-600:]!r}")
            self.seen += os.read(self.fd, 65536).decode("utf-8", "replace")
        before, self.seen = self.seen.split(text, 1)
        return before

    def type(self, text):
        os.write(self.fd, text.encode())

    def setup(self, *lines):
        for i, line in enumerate(lines):
            self.type(f"{line}; echo read''y{i}\r")
            self.wait_for(f"ready{i}\r")

    def arguments(self, typed):
        """What winch is called with when this is typed, with Tab where \\t stands."""
        self.type(typed + "\r")
        self.wait_for("got:")
        return self.wait_for(":end")

    def stop(self):
        os.close(self.fd)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)


class Completes:
    """What all shells must do; {typed: the arguments}."""

    def setUp(self):
        if not shutil.which(self.shell):
            self.skipTest(f"no {self.shell} here")
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.makedirs(os.path.join(self.folder.name, "config", "winch"))
        with open(os.path.join(self.folder.name, "config", "winch", "config"), "w") as f:
            f.write("Host webserver1 *.example\n  User anna\n")
        for name in ("deploy site.ps1", "export.xml", "hosts.txt"):
            open(os.path.join(self.folder.name, name), "w").close()


class OnTerminal(Completes):
    def setUp(self):
        super().setUp()
        self.terminal = Shell(self.argv, self.folder.name)
        self.addCleanup(self.terminal.stop)
        self.prepare()

    def check(self, typed, want):
        self.assertEqual(self.terminal.arguments(typed), want, repr(typed))

    def test_commands(self):
        self.check("winch dec\t", "<decode>")
        self.check("winch help enc\t", "<help><encode>")

    def test_options(self):
        self.check("winch run --allow-c\t", "<run><--allow-cleartext>")
        self.check("winch encode --ob\t", "<encode><--objs>")

    def test_words(self):
        self.check("winch run --auth neg\t", "<run><--auth><negotiate>")
        self.check("winch run -o typ\t", "<run><-o><typed>")
        self.check("winch encode --from typ\t", "<encode><--from><typed>")

    def test_files(self):
        self.check("winch run -f dep\t", "<run><-f><deploy site.ps1>")
        self.check("winch decode exp\t", "<decode><export.xml>")

    def test_targets(self):
        self.check("winch run webs\t", "<run><webserver1>")
        self.check("winch run anna@webs\t", "<run><anna@webserver1>")
        self.check("winch run @hos\t", "<run><@hosts.txt>")

    def test_a_word_behind_an_equals_sign(self):
        self.check("winch run --auth=bas\t", "<run><--auth=basic>")


class Bash(OnTerminal, unittest.TestCase):
    shell = "bash"
    argv = ["bash", "--norc", "--noprofile", "-i"]

    def prepare(self):
        self.terminal.setup("bind 'set enable-bracketed-paste off'", f"source {HERE}/winch.bash", SHOW)


class Zsh(OnTerminal, unittest.TestCase):
    shell = "zsh"
    argv = ["zsh", "-f", "-i"]

    def prepare(self):
        self.terminal.setup("unset zle_bracketed_paste", "PROMPT='> '", f"fpath=({HERE} $fpath)",
                            "autoload -Uz compinit", "compinit -u -D", SHOW)


class Fish(Completes, unittest.TestCase):
    """fish says what it would offer without a terminal."""
    shell = "fish"

    def offers(self, typed):
        env = {"PATH": os.environ["PATH"], "HOME": self.folder.name, "LC_ALL": "C.UTF-8"}
        env["XDG_CONFIG_HOME"] = os.path.join(self.folder.name, "config")
        env["XDG_DATA_HOME"] = self.folder.name
        script = f"source {HERE}/winch.fish; complete -C '{typed}'"
        p = subprocess.run(["fish", "--no-config", "-c", script], env=env, cwd=self.folder.name,
                           capture_output=True, text=True)
        self.assertEqual(p.stderr, "")
        return [line.split("\t")[0] for line in p.stdout.splitlines()]

    def test_all(self):
        self.assertEqual(self.offers("winch dec"), ["decode"])
        self.assertEqual(self.offers("winch help enc"), ["encode"])
        self.assertEqual(self.offers("winch run --allow-c"), ["--allow-cleartext"])
        self.assertEqual(self.offers("winch run --auth neg"), ["negotiate"])
        self.assertEqual(self.offers("winch run -o typ"), ["typed"])
        self.assertEqual(self.offers("winch run -f dep"), ["deploy site.ps1"])
        self.assertEqual(self.offers("winch decode exp"), ["export.xml"])
        self.assertEqual(self.offers("winch run webs"), ["webserver1"])
        self.assertEqual(self.offers("winch run @hos"), ["@hosts.txt"])
