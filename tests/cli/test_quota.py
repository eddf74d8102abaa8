"""Input that is more than the host takes, or comes faster than the script: constant memory, and a clear end."""
import os
import subprocess
import tempfile
import time
import unittest

from endpoint import Endpoint, Missing
from program import DONE, PASSWORD, PROTOCOL, TIMEOUT, USER, Case, Live, winch

LINE = b'"' + b"x" * 100 + b'"\n'


class Quota(Case):
    """The endpoint's configuration takes 1 MB a command, as Windows' takes 50."""

    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--max-received-per-command", "1", "--warm", "1", user=USER, password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)

    def run_it(self, script, data, *args):
        return winch("run", self.endpoint.http, "--user", USER, "-c", script, *args, password=PASSWORD, input=data)

    def test_too_much(self):
        probe = self.run_it("1", b"")
        if "handful" in probe.err:
            self.skipTest("a handful of cmdlets has the engine's own quotas")
        for script in "@($input).Count", "process { $null = $_ }":
            r = self.run_it(script, LINE * 50000, "--input", "-")
            self.assertEqual(r.status, PROTOCOL, r)
            self.one_line(r, "MaximumReceivedDataSizePerCommandMB", self.endpoint.http.split("/")[2])
        path = self.file("y" * 3_000_000)
        r = self.run_it("param($t) $t.Length", None, "-P", f"t@={path}")
        self.assertEqual(r.status, PROTOCOL, r)
        self.one_line(r, "MaximumReceivedDataSizePerCommandMB")
        self.assertEqual(self.endpoint.state()["shells"], [])

    def test_enough(self):
        r = self.run_it("@($input).Count", LINE * 2000, "--input", "-")
        self.assertEqual((r.status, r.out, r.err), (DONE, b"2000\n", ""), r)


class Pressure(Live):
    """A producer that never waits, and scripts that read slowly, nothing, or not to the end."""

    def endless(self):
        """A pipe that always has more."""
        r, w = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(r)
            try:
                while True:
                    os.write(w, LINE * 100)
            finally:
                os._exit(0)
        os.close(w)
        self.addCleanup(os.waitpid, child, 0)
        return r

    def test_a_script_that_reads_nothing_for_long(self):
        """Its input waits in the pipe, not in winch's memory."""
        r = self.endless()
        program = self.start("-c", "Start-Sleep 8; 'woke'", "--input", "-", stdin=r)
        os.close(r)
        done = program.finish()
        self.assertEqual((done.status, done.out), (DONE, b'"woke"\n'), done)
        self.assertLess(done.mib, 64)  # a tenth of what the producer could have given

    def test_a_script_that_is_slower(self):
        """And one that is stopped while its input still comes."""
        r = self.endless()
        program = self.start("-c", "process { Start-Sleep -Milliseconds 20 }", "--input", "-", "--timeout", "6", stdin=r)
        os.close(r)
        done = program.finish()
        self.assertEqual((done.status, done.out), (TIMEOUT, b""), done)
        self.one_line(done, "--timeout")
        self.assertLess(done.mib, 64)

    def test_nobody_reads_what_comes_back(self):
        """The script gives what it gets, and stdout's reader comes late: neither waits for the other for ever."""
        data = LINE * 60000
        with tempfile.TemporaryFile() as f:
            f.write(data)
            f.seek(0)
            program = self.start("-c", "process { $_ }", "--input", "-", stdin=f, stdout=subprocess.PIPE)
            time.sleep(4)
            out = program.process.stdout.read()
            done = program.finish()
            program.process.stdout.close()
        self.assertEqual((done.status, done.err), (DONE, ""), done)
        self.assertTrue(out == data, len(out))
        self.assertLess(done.mib, 64)

    def test_a_script_that_ends_before_its_input(self):
        r = self.endless()
        program = self.start("-c", "'done'", "--input", "-", stdin=r)
        os.close(r)
        done = program.finish()
        self.assertEqual((done.status, done.out, done.err), (DONE, b'"done"\n', ""), done)

    def test_a_script_that_takes_the_first(self):
        done = self.run_winch("-c", "$input | Select-Object -First 2", "--input", "-", input=b"1\n2\n" + b"3\n" * 50000)
        self.assertEqual((done.status, done.out, done.err), (DONE, b"1\n2\n", ""), done)


if __name__ == "__main__":
    unittest.main()
