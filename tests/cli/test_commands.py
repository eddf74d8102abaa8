"""--command in place of a script, and --exit-code, against the real engine."""
import os
import subprocess
import unittest

from endpoint import Endpoint, Missing
from program import environment

WINCH = os.path.join(os.environ["WINCH_BUILD"], "src", "cli", "winch")


class OnEndpoint(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint()
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)

    def run_winch(self, *options, stdin=b""):
        e = self.endpoint
        p = subprocess.run([WINCH, "run", "--user", e.user, e.http, *options], input=stdin,
                           env=environment(e.password), capture_output=True, timeout=60)
        return p.returncode, p.stdout.decode(), p.stderr.decode()


class Commands(OnEndpoint):
    def test_parameters_belong_to_the_command_before(self):
        self.endpoint.need_cmdlets()
        self.assertEqual(self.run_winch("--command", "Get-Variable", "-P", "Name=PSHOME",
                                        "--command", "Select-Object", "-P", "ExpandProperty=Name"),
                         (0, '"PSHOME"\n', ""))

    def test_arguments_go_to_the_last(self):
        self.endpoint.need_cmdlets()
        self.assertEqual(self.run_winch("--command", "Get-Item", "-P", "Path=/",
                                        "--command", "Select-Object", "--", "FullName")[:2],
                         (0, '{"FullName":"/"}\n'))

    def test_input(self):
        self.assertEqual(self.run_winch("--input", "-", "--command", "Measure-Object",
                                        "--command", "ForEach-Object", "-P", "MemberName=Count", stdin=b"1\n2\n"),
                         (0, "2\n", ""))

    def test_no_language(self):
        self.endpoint.need_cmdlets()
        status, out, err = self.run_winch("--configuration", "NoLanguage", "-c", "1")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("no-language mode", err)
        self.assertEqual(self.run_winch("--configuration", "NoLanguage", "--command", "Get-Variable",
                                        "-P", "Name=PSHOME", "--command", "Select-Object", "-P", "ExpandProperty=Name"),
                         (0, '"PSHOME"\n', ""))

    def test_an_unknown_command(self):
        status, out, err = self.run_winch("--command", "Get-Nothing")
        self.assertEqual((status, out), (1, ""))
        self.assertIn("Get-Nothing", err)

    def test_what_is_refused(self):
        for options, word in ((("-P", "A=1", "--command", "X"), "before the first --command"),
                              (("-c", "1", "--command", "X"), "only one of"),
                              (("--command", ""), "no name")):
            status, out, err = self.run_winch(*options)
            self.assertEqual((status, out), (2, ""))
            self.assertIn(word, err)


class ExitCode(OnEndpoint):
    def check(self, script, status, stderr=""):
        got = self.run_winch("--exit-code", "-c", script)
        self.assertEqual((got[0], got[2]), (status, stderr), script)
        return got[1]

    def test_of_the_script(self):
        self.check("exit 7", 7)
        self.check("exit 0", 0)
        self.assertEqual(self.check("1; exit 254; 2", 254), "1\n")

    def test_of_the_last_program(self):
        self.assertEqual(self.check("/bin/sh -c 'exit 3'; 1", 3), "1\n")
        self.check("/bin/sh -c 'exit 3'; /bin/true", 0)
        self.check("/bin/sh -c 'exit 3'; exit 4", 4)

    def test_without_one(self):
        self.check("1", 0)
        self.assertEqual(self.run_winch("--exit-code", "-c", "throw 'oh'")[0], 1)
        self.assertEqual(self.run_winch("--exit-code", "-c", "Write-Error oh")[0], 1)

    def test_255(self):
        for code in (255, 300, -5, 2147483647):
            status, _, err = self.run_winch("--exit-code", "-c", f"exit {code}")
            self.assertEqual(status, 255)
            self.assertRegex(err, rf"^winch: \S+: exit code {code}\n$")

    def test_failures_of_ours(self):
        for options in (("-c", "1", "--port", "x"), ("--timeout", "1", "-c", "Start-Sleep 30"), ("--nothing",), ()):
            status, _, err = self.run_winch("--exit-code", *options)
            self.assertEqual(status, 255, options)
            self.assertTrue(err.startswith("winch: "), err)

    def test_no_language(self):
        self.endpoint.need_cmdlets()
        self.assertEqual(self.run_winch("--configuration", "NoLanguage", "--exit-code", "--command", "Get-Variable",
                                        "-P", "Name=PSHOME")[0], 0)

    def test_no_shell_is_left(self):
        self.check("exit 7", 7)
        self.assertEqual(self.endpoint.state()["shells"], [])
