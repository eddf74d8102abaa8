"""docs/recipes.md from its first line to its last: each block of sh is typed into bash, the block of text after it is
what that wrote, the configuration is the one that all of it runs with; the line of the crontab is run as cron does, the
step of the workflow as GitHub's runner does."""
import os
import re
import subprocess
import tempfile
import unittest

from endpoint import TOP, Endpoint, Missing
from program import WINCH, Case, environment

SECRETS = {"corp/anna": "A-geheim-31", "edge/admin": "E-geheim-32", "corp/service": "12-geheim-33"}
DEPLOY = "D-geheim-34"
USERS = {"CORP\\anna": SECRETS["corp/anna"], "admin": SECRETS["edge/admin"], "deploy": DEPLOY}
PASS = 'case "$2" in\n' + "".join(f"{k}) echo {v} ;;\n" for k, v in SECRETS.items()) + "*) exit 1 ;;\nesac\n"

# What only Windows has, as a function in front of the script.
SERVICES = """function Get-Service([string]$Name = "*") {
    $all = @("Spooler", "Stopped", "Manual"), @("W32Time", "Running", "Automatic"), @("WinRM", "Running", "Automatic")
    $all | Where-Object { $_[0] -like $Name } |
        ForEach-Object { [pscustomobject]@{ Name = $_[0]; Status = $_[1]; StartType = $_[2] } } }; """
HOME_FILES = {
    "users.json": '{"users":[{"name":"Eva O\'Neil","mail":"eva@corp.example"},'
                  '{"name":"Tom $HOME","mail":"tom@corp.example"}]}\n',
    "servers": "# production\nweb1\nweb2\n\ndb1\n",
    "nightly.ps1": "param($day) \"night of $day\"\n",
    "deploy.ps1": 'param($commit) "deployed $($commit.Substring(0, 6))"\n',
}
ADDRESSES = {"web1": "127.0.0.2", "web2": "127.0.0.3", "edge1": "127.0.0.5"}


def blocks():
    """(language, text) of each fenced block."""
    with open(os.path.join(TOP, "docs", "recipes.md"), encoding="utf-8") as f:
        return re.findall(r"^```(\w+)\n(.*?)^```$", f.read(), re.DOTALL | re.MULTILINE)


class Recipes(Case):
    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--bind", "127.0.0.0/8",
                                    *(o for u, p in USERS.items() for o in ("--user", f"{u}:{p}")))
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        cls.endpoint.need_cmdlets()
        cls.port = re.search(r":(\d+)/", cls.endpoint.http).group(1)

    def setUp(self):
        self.home = self.folder()
        os.makedirs(os.path.join(self.home, "bin"))
        os.symlink(WINCH, os.path.join(self.home, "bin", "winch"))
        self.put("bin/pass", "#!/bin/sh\n" + PASS, 0o755)
        for name, text in HOME_FILES.items():
            self.put(name, text)
        self.stderr = ""
        (config,) = [text for language, text in blocks() if language == "config"]
        # Behind the page's own blocks, which come first: where these hosts are.
        for host, address in ADDRESSES.items():
            config += f"Host {host}\n\tHostName {address}\n\tPort {self.port}\n"
        self.put(".config/winch/config", config + "Host db1\n\tHostName 127.0.0.4\n\tPort 1\n")
        self.put(".config/winch/deploy.password", DEPLOY + "\n")

    def put(self, name, text, mode=0o600):
        path = os.path.join(self.home, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, mode)

    def path(self):
        return f"{self.home}/bin:{os.environ['PATH']}"

    def typed(self, text, shell=("/bin/bash", "-c"), env=None):
        """What it wrote, with nothing that says which ports the test has."""
        if env is None:
            env = environment(None, {"HOME": self.home, "PATH": self.path(), "NEW_PASSWORD": DEPLOY})
            del env["XDG_CONFIG_HOME"]
        text = text.replace("-c '", f"-c '{SERVICES}") if "Get-Service" in text else text
        r = subprocess.run([*shell, text], cwd=self.home, env=env, stdin=subprocess.DEVNULL, capture_output=True,
                           text=True, timeout=120)
        self.stderr = re.sub(rf":({self.port}|1)\b", "", r.stderr)
        return re.sub(rf":{self.port}\b|(?<=db1):1\b", "", r.stdout)

    def sh(self, text):
        return self.typed(text)

    def crontab(self, text):
        """/bin/sh, few variables; % ends the command, unless a backslash is before it."""
        *settings, line = text.splitlines()
        env = {"HOME": self.home, "SHELL": "/bin/sh", "LOGNAME": "ops", **dict(s.split("=", 1) for s in settings)}
        env["PATH"] = f"{self.home}/bin:{env['PATH']}"
        command = line.split(" ", 5)[5]
        self.assertNotRegex(command, r"(?<!\\)%")
        out = self.typed(command.replace("\\%", "%"), ("/bin/sh", "-c"), env)
        self.assertEqual((out, self.stderr), ("", ""), "cron would send a mail")
        with open(os.path.join(self.home, "nightly.ndjson"), encoding="utf-8") as f:
            self.assertRegex(f.read(), r'\A"night of \d{4}-\d\d-\d\d"\n\Z')
        return out

    def yaml(self, text):
        """The script of the one step that has one, as the runner's shell: bash calls it."""
        self.assertIn("shell: bash\n", text)
        self.assertIn("WINCH_PASSWORD: ${{ secrets.DEPLOY_PASSWORD }}\n", text)
        ((indent, script),) = re.findall(r"^( +)run: \|\n((?:\1  .*\n)+)", text, re.MULTILINE)
        self.put("step.sh", "".join(line[len(indent) + 2:] for line in script.splitlines(keepends=True)))
        env = {"HOME": self.home, "PATH": self.path(), "CI": "true",
               "WINCH_PASSWORD": DEPLOY, "GITHUB_SHA": "4f1d2e" * 6 + "aaaa"}
        return self.typed("step.sh", ("/bin/bash", "--noprofile", "--norc", "-eo", "pipefail"), env)

    def test_each_block(self):
        ways = {"sh": self.sh, "crontab": self.crontab, "yaml": self.yaml}
        out, ran = None, 0
        for language, text in blocks():
            if language == "config":
                continue
            with self.subTest(text):
                if language in ways:
                    if out is not None:
                        self.assertEqual((out, self.stderr), ("", ""), "wrote what the page does not show")
                    out = ways[language](text)
                    ran += 1
                elif language == "text":
                    wrote, out = out, None
                    self.assertEqual(wrote, text, self.stderr)
                else:
                    self.assertEqual((language, self.stderr), ("stderr", text))
        self.assertGreater(ran, 12)

    def test_the_step_fails_when_winch_does(self):
        (text,) = [text for language, text in blocks() if language == "yaml"]
        self.put("deploy.ps1", 'throw "no"\n')
        env = {"HOME": self.home, "PATH": self.path(), "WINCH_PASSWORD": DEPLOY,
               "GITHUB_SHA": "0" * 40}
        self.yaml(text)
        r = subprocess.run(["/bin/bash", "-eo", "pipefail", "step.sh"], cwd=self.home, env=env, capture_output=True,
                           text=True, timeout=120)
        self.assertEqual(r.returncode, 1, r.stderr)
