"""README's examples, each typed into a shell as it stands, with what it needs around it: hosts of
those names, the files, a password manager, and a terminal where it asks."""
import os
import re
import stat
import subprocess
import tempfile
import unittest

from endpoint import TOP, Endpoint, Missing
from program import BUILD, DONE, TIMEOUT, Case
from terminal import Terminal
from servers import Servers

SECRET = "R-geheim-77"
USERS = ("anna", "CORP\\anna")

FILES = {
    "deploy.ps1": "param($site, $ports, $config) \"$site $($ports -join '+') $($config.Length)\"\n",
    "join.ps1": "param([securestring]$secret) $secret.Length\n",
    "add-users.ps1": "$input | ForEach-Object { \"added $($_.name)\" }\n",
    "web.config": "<configuration/>\n",
    "users.json": '[{"name":"eva"},{"name":"tom"}]\n',
    "export.xml": '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
                  "<I32>7</I32></Objs>\n",
}
PROGRAMS = {
    "pass": 'case "$*" in "show web1") printf "%s\\n" "$WINCH_TEST_PASSWORD" ;;'
            ' "show join") echo a-secret ;; *) exit 1 ;; esac',
    "robocopy": "exit 3",
}
# What only Windows has, as a function in front of the script.
SERVICES = 'function Get-Service { [pscustomobject]@{ Name = "W32Time"; Status = "Running" } }; '

# The example (a part of it) → what it writes to stdout.
WRITES = {
    "Get-Service W32Time": r"Running\n",
    "Get-Process": r'(\{"Name":"[^"]+","Id":\d+\}\n){3}',
    "deploy.ps1": r'"Default 80\+443 17"\n',
    "'secret?'": r"14\n",
    "secret?fd:3": r"8\n",
    "--interactive": r'"Hello, Eva"\n',
    "-- one two": r'"one and two"\n',
    "--input -": r'"added eva"\n"added tom"\n',
    "'$PSVersionTable' -o json": r'\[\{.*"PSVersion":.*\}\]\n',
    "-o typed": r'\{.*"\$ps":.*\n|.*\d{4}-\d\d-\d\dT.*\n',
    "-o clixml": r"<Obj .*<DT>.*</Obj>\n",
    "-o tostring": r"(/[^\n]*\n)+",
    "-o text": r".*\nName +: .*",
    "--streams": r'\{"stream":"warning",.*careful.*\}\n\{"stream":"output","value":42\}\n',
    "--pin": r"null\n",  # only Windows has COMPUTERNAME
    "--proxy": r"7\n",
    "--accept-new": r"\d+\n",
    "--cert": r'"[^"\n]+"\n',
    "--password-command": r'"PT[0-9DHMS.]+"\n',
    "Get-Variable": r'\{.*"Name":"PSHOME".*\}\n',
    "--exit-code": r"",
    "--timeout 10": r"(\d+\n)+",
    "winch doctor": r"(ok|note|skipped) .*\nok +summary +winch run works here\n",
    "winch decode export.xml": r"7\n",
    "winch decode run.trace": r"[^{]*\{.*Get-Date.*",
    "winch encode": r"",
}
STATUS = {"--timeout 10": TIMEOUT, "--exit-code": 3}


def examples():
    """Each line of README's blocks that calls winch; of the first block what is typed."""
    with open(os.path.join(TOP, "README.md"), encoding="utf-8") as f:
        lines = [line[4:].rstrip() for line in f if line.startswith("    ")]
    for line in lines:
        typed = line.removeprefix("$ ")
        if re.match(r"(winch|jq .*\| winch) ", typed):
            yield typed


class Readme(Case):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.work.cleanup)
        cls.bin = os.path.join(cls.work.name, "bin")
        os.mkdir(cls.bin)
        os.symlink(os.path.join(BUILD, "src", "cli", "winch"), os.path.join(cls.bin, "winch"))
        for name, body in PROGRAMS.items():
            cls.make(os.path.join("bin", name), f"#!/bin/sh\n{body}\n", 0o755)
        for name, text in FILES.items():
            cls.make(name, text)
        # The endpoint's scripts find robocopy there.
        os.environ["PATH"] = f"{cls.bin}:{os.environ['PATH']}"
        cls.addClassCleanup(os.environ.__setitem__, "PATH", os.environ["PATH"].partition(":")[2])
        cls.make_certificate()
        more = ["--client-ca", cls.work.name + "/anna.pem", "--map-certificate", "anna=anna"]
        more += [o for user in USERS for o in ("--user", f"{user}:{SECRET}")]
        try:
            cls.endpoint = Endpoint(*more)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        cls.endpoint.need_cmdlets()
        cls.proxy, _ = Servers(cls).tinyproxy()
        host, port = re.search(r"//([^/:]+):(\d+)", cls.endpoint.http).groups()
        os.makedirs(os.path.join(cls.work.name, "winch"))
        cls.make("winch/config", f"Host web1 dc1\n\tHostName {host}\n\tPort {port}\n")

    @classmethod
    def make_certificate(cls):
        key, cert = (os.path.join(cls.work.name, "anna." + end) for end in ("key", "pem"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=anna",
                        "-keyout", key, "-out", cert], check=True, capture_output=True)

    @classmethod
    def make(cls, name, text, mode=0o644):
        path = os.path.join(cls.work.name, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, stat.S_IFREG | mode)

    def typed(self, line):
        """What README shortens, and what only Windows has, put in."""
        e = self.endpoint
        line = re.sub(r"sha256:[0-9a-f]+\.\.\.", f"sha256:{e.pin}", line)
        if "--cert" in line:
            line = line.replace("winch run", f"winch run --ca-file {e.ca}")
        line = line.replace("https://web1", e.https)
        line = line.replace("http://proxy.example:3128", f"127.0.0.1:{self.proxy}")
        return line.replace("-c 'Get-Service", f"-c '{SERVICES}Get-Service")

    def run_example(self, line):
        env = {"XDG_CONFIG_HOME": self.work.name, "WINCH_TEST_PASSWORD": SECRET}
        password = None if "--password-command" in line else SECRET
        script = f"cd {self.work.name} && set -o pipefail && {self.typed(line)}"
        with Terminal("-c", script, program="/bin/bash", password=password, env=env, out=True,
                      err=True) as t:
            if "?'" in line:
                t.answer("secret", "typed-by-hand!", secret=True)
            if "--interactive" in line:
                t.answer("Name: ", "Eva")
            return t.finish()

    def test_each_example(self):
        seen = set()
        for line in examples():
            with self.subTest(line):
                known = [part for part in WRITES if part in line]
                self.assertEqual(len(known), 1, "an example of README that this test does not know")
                r = self.run_example(line)
                self.assertEqual(r.status, STATUS.get(known[0], DONE), r)
                self.assertRegex(r.out.decode(), rf"\A(?s:{WRITES[known[0]]})\Z")
                seen.add(known[0])
        self.assertEqual(seen, set(WRITES))

    def test_examples_leave_what_they_say(self):
        for line in examples():
            if "--trace" in line or "winch encode" in line:
                self.run_example(line)
        with open(os.path.join(self.work.name, "users.xml"), encoding="utf-8") as f:
            self.assertIn("<S N=\"name\">tom</S>", f.read())
        self.assertTrue(os.path.getsize(os.path.join(self.work.name, "run.trace")))
