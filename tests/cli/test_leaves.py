"""Twenty runs in a row, in each way that a run can end, leave nothing behind."""
import os
import time

from program import CONNECT, DONE, INTERRUPTED, LIMIT, PASSWORD, RECORD, TIMEOUT, Live, Program

WAYS = (  # the script, the options, the status
    ("1", (), DONE),
    ("throw 'no'", (), RECORD),
    ("Start-Sleep 60", ("--timeout", "0.2"), TIMEOUT),
    ("1; Start-Sleep 60", "Ctrl-C", INTERRUPTED),
    ("'x' * 1MB", (), DONE),
)


class Leaves(Live):
    def one(self, script, options, status, folder):
        env = {name: folder for name in ("HOME", "TMPDIR", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")}
        interrupted = options == "Ctrl-C"
        p = Program(*self.args("-c", script, *(() if interrupted else options), tls=self.tls),
                    password=PASSWORD, env=env, cwd=folder)
        if interrupted:
            p.wait_for(b"1\n")
            p.signal(2)
        r = p.finish()
        self.assertEqual(r.status, status, r)
        # Its process group has its number: nothing of it is there any more.
        self.assertRaises(ProcessLookupError, os.killpg, p.pid, 0)

    def test_twenty_runs(self):
        folder = self.folder()
        for i in range(20):
            self.tls = i % 2 == 1
            self.one(*WAYS[i % len(WAYS)], folder)
            with self.subTest(WAYS[i % len(WAYS)]):
                self.no_shell()
        self.assertEqual(os.listdir(folder), [])
        end = time.monotonic() + 20
        while self.endpoint.state()["connectionsOpen"] and time.monotonic() < end:
            time.sleep(0.05)
        self.assertEqual(self.endpoint.state()["connectionsOpen"], 0)


class LostDelete(Live):
    """The connection goes while the shell is being deleted: Delete, and nothing else, is sent once more."""

    def deletes(self):
        return [x["messageId"] for x in self.endpoint.log() if x["op"] == "Delete"]

    def test_it_is_sent_once_more(self):
        """Whether it was carried out or not."""
        for do in ("drop-before", "drop-after", "truncate"):
            for tls in False, True:
                with self.subTest(do, tls=tls):
                    self.endpoint.reset()
                    self.endpoint.fault(op="Delete", do=do)
                    self.assertEqual(self.well("-c", "1", tls=tls), [1])
                    self.assertEqual(len(set(self.deletes())), 2)
                    self.no_shell()

    def test_after_ctrl_c(self):
        for do in ("drop-before", "drop-after"):
            with self.subTest(do):
                self.endpoint.reset()
                self.endpoint.fault(op="Delete", do=do)
                p = self.start("-c", "1; Start-Sleep 60")
                p.wait_for(b"1\n")
                p.signal(2)
                r = p.finish()
                self.assertEqual((r.status, r.err, len(self.deletes())), (INTERRUPTED, "", 2), r)
                self.no_shell()

    def test_not_a_third_time(self):
        self.endpoint.fault(op="Delete", do="drop-before", times=9)
        r = self.run_winch("-c", "1")
        self.assertEqual((r.status, r.out, len(self.deletes())), (DONE, b"1\n", 2), r)
        self.one_line(r, "may stay until its idle time-out", "lost")
        self.endpoint.ask("/close-shells", {})

    def test_the_second_has_what_is_left_of_the_time(self):
        self.endpoint.fault(op="Delete", do="drop-before")
        self.endpoint.fault(op="Delete", nth=2, do="delay-after", ms=5 * LIMIT * 1000)
        p = self.start("-c", "1; Start-Sleep 60")
        p.wait_for(b"1\n")
        p.signal(2)
        r = p.finish()
        self.assertEqual((r.status, len(self.deletes())), (INTERRUPTED, 2), r)
        self.assertIn("idle time-out", r.err)
        self.endpoint.reset()
        self.no_shell()

    def test_what_else_is_lost_is_not_sent_again(self):
        """No shell, no script and no input twice, whether it was carried out or not."""
        for op in ("Create", "Command", "Send"):
            for do in ("drop-before", "drop-after", "truncate"):
                with self.subTest(op, do=do):
                    self.endpoint.reset()
                    self.endpoint.fault(op=op, do=do)
                    r = self.run_winch("-c", "$input", "--input", "-", input=b"1\n")
                    self.assertEqual((r.status, self.ops().count(op)), (CONNECT, 1), r)
                    self.no_shell()


class SlowHost(Live):
    """A host that takes two seconds for what a stopped run waits for."""

    def slow(self, op, do):
        self.endpoint.fault(op=op, do=do, ms=2000)

    def test_time_out_while_the_shell_is_made(self):
        for do in ("delay", "delay-after"):
            with self.subTest(do):
                self.slow("Create", do)
                r = self.run_winch("-c", "1", "--timeout", "0.3")
                self.assertEqual(r.status, TIMEOUT, r)
                self.one_line(r, "--timeout")
                self.no_shell()

    def test_ctrl_c_while_the_shell_is_made(self):
        self.slow("Create", "delay-after")
        p = self.start("-c", "1")
        while "Create" not in self.ops():
            time.sleep(0.02)
        p.signal(2)
        r = p.finish()
        self.assertEqual((r.status, r.out, r.err), (INTERRUPTED, b"", ""), r)
        self.no_shell()

    def test_ctrl_c_while_the_shell_is_deleted(self):
        for do in ("delay", "delay-after"):
            with self.subTest(do):
                self.slow("Delete", do)
                p = self.start("-c", "1")
                p.wait_for(b"1\n")
                p.signal(2)
                r = p.finish()
                self.assertEqual((r.status, r.err), (INTERRUPTED, ""), r)
                self.no_shell()
