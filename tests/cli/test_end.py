"""How a run ends: its exit status, errors, time-outs, signals, a reader that goes away."""
import os
import signal
import socket
import subprocess
import time
import unittest

from program import (AUTH, CLOSED, CONNECT, DONE, INTERRUPTED, LIMIT, PASSWORD, PROTOCOL, RECORD, TIMEOUT,
                     USAGE, USER, WINCH, Case, Listener, Live, Program, environment, winch)

# An answer that comes later than a run may take: who waits for it hangs, and that is a failure.
NEVER = 5 * LIMIT * 1000


class Errors(Live):
    """PowerShell's own errors: status 1, its text, and where it happened."""

    def record(self, script, *lines, out=b""):
        r = self.run_winch("-c", script)
        self.assertEqual((r.status, r.out), (RECORD, out), r)
        found = r.err.splitlines()
        for line in lines:
            self.assertEqual(found.count(line), 1, r)
        return r

    def test_a_parse_error(self):
        r = self.record("1\n2 2\n3", "Line |", "   2 |  2 2", "     |    ~",
                        "     | Unexpected token '2' in expression or statement.")
        self.assertNotIn("winch:", r.err)

    def test_throw(self):
        self.record("1; throw 'no way'; 2", "Exception: no way", out=b"1\n")
        self.record("1\nthrow 'no way'; 2", "Line |", "   2 |  throw 'no way'; 2", "     |  ~~~~~~~~~~~~~~", out=b"1\n")

    def test_error_records(self):
        """They do not end the script, but they are its status."""
        self.record("Write-Error one; 1; Write-Error two; 2", "Write-Error: one", "Write-Error: two",
                    out=b"1\n2\n")
        self.record("Get-Variable nope; 1", "Get-Variable: Cannot find a variable with the name 'nope'.", out=b"1\n")
        self.record("\n[int]'x'; 1", "   2 |  [int]'x'; 1", out=b"1\n")
        self.record("\nNo-SuchCommand", "   2 |  No-SuchCommand", "     |  ~~~~~~~~~~~~~~")

    def test_errors_that_are_handled(self):
        for script in ("try { throw 'x' } catch { 1 }", "Write-Error x -ErrorAction SilentlyContinue; 1",
                       "Write-Error x 2>$null; 1"):
            self.assertEqual(self.well("-c", script), [1])
        # A record that goes to the output is an object.
        r = self.run_winch("-c", "(Write-Error x 2>&1).Exception.Message")
        self.assertEqual((r.status, r.out), (DONE, b'"x"\n'), r)

    def test_exit_in_a_script(self):
        r = self.run_winch("-c", "1; exit 7; 2")
        self.assertEqual((r.status, r.out), (DONE, b"1\n"), r)

    def test_questions(self):
        for script, words in (("'a'; Read-Host 'your name'; Start-Sleep 60; 'b'", "your name"),
                              ("Read-Host -AsSecureString pass", "pass"),
                              ("[void]$Host.UI.PromptForChoice('cap', 'sure?', @('&Yes', '&No'), 0)", "sure?"),
                              ("Get-Credential -Message who -UserName x", "who"),
                              ("function f([Parameter(Mandatory)]$need) {}; f", "parameters: need\n")):
            with self.subTest(script):
                r = self.run_winch("-c", script)
                self.assertEqual(r.status, RECORD, r)
                self.assertIn(words, r.err)
                self.assertIn("asks a question", r.err)
                self.assertNotIn(b"b", r.out)

    def test_a_question_is_not_caught(self):
        """It ends the pipeline, not a try block.  The engine aborts the call a moment before it stops the script,
        which may come as far as the catch in between."""
        r = self.run_winch("-c", "try { Read-Host 'your name' } catch { Start-Sleep 60; 'caught' } "
                                 "finally { 'finally' }; 'on'")
        self.assertEqual((r.status, r.objects()), (RECORD, ["finally"]), r)

    def test_what_a_script_says_is_harmless(self):
        """Control characters of a server's text are shown, not obeyed."""
        evil = "[char]27 + ']0;owned' + [char]7 + [char]0x9b + '31m' + [char]0x202e + 'txt' + [char]8"
        for script in (f"Write-Warning ({evil})", f"Write-Error ({evil})", f"throw ({evil})",
                       f"Write-Host ({evil})", f"$Host.UI.WriteErrorLine({evil})"):
            r = self.run_winch("-c", script)
            self.assertIn("txt", r.err)
            self.assertFalse([c for c in r.err if (ord(c) < 32 and c not in "\n\t") or 127 <= ord(c) < 160
                              or c == "\u202e"], r)


class Faults(Live):
    """The endpoint refuses or breaks the protocol: status 5, the fault's number and meaning."""

    def test_numbers_and_meanings(self):
        for op, code, words in (("Create", 2150859173, "shells"), ("Command", 2150859241, "commands|processes"),
                                ("Receive", 2150858843, "shell"), ("Create", 5, "ccess"),
                                ("Command", 995, "."), ("Create", 4242424242, ".")):
            with self.subTest((op, code)):
                self.endpoint.ask("/close-shells", {})
                self.endpoint.reset()
                self.endpoint.fault(op=op, do="fault", code=code)
                r = self.run_winch("-c", "1")
                self.assertEqual(r.status, PROTOCOL, r)
                self.one_line(r, str(code), op)
                self.assertRegex(r.err, words)
                self.assertIn(self.endpoint.http.split("/")[2], r.err)
                if op == "Command":  # after the others there is no shell
                    self.assertEqual(self.ops()[-1], "Delete")
        self.endpoint.ask("/close-shells", {})

    def test_a_configuration_that_is_not_there(self):
        r = self.run_winch("-c", "1", "--configuration", "Nope")
        self.assertEqual(r.status, PROTOCOL, r)
        self.one_line(r, "2150858811", "session configuration", "Nope")

    def test_shells_that_are_gone(self):
        program = self.start("-c", "1; Start-Sleep 60; 2")
        program.wait_for(b"1\n")
        self.endpoint.ask("/close-shells", {})
        r = program.finish()
        self.assertEqual((r.status, r.out), (PROTOCOL, b"1\n"), r)
        self.one_line(r, self.endpoint.http.split("/")[2])

    def test_seals(self):
        """A seal that is wrong, an answer without one, rubbish, half an answer: an error, and the
        shell is deleted all the same."""
        for what, status, words in (
                ({"do": "bad-seal"}, PROTOCOL, "seal"), ({"do": "unsealed"}, PROTOCOL, "not authenticated"),
                ({"do": "status", "status": 200, "body": "<html>"}, PROTOCOL, ""),
                ({"do": "status", "status": 404, "body": "<html>"}, PROTOCOL, "404"),
                ({"do": "garbage"}, PROTOCOL, ""), ({"do": "truncate"}, CONNECT, ""),
                ({"do": "drop-after"}, CONNECT, "")):
            with self.subTest(what):
                self.endpoint.reset()
                self.endpoint.fault(op="Command", **what)
                r = self.run_winch("-c", "'secret-output'")
                self.assertEqual((r.status, r.out), (status, b""), r)
                self.one_line(r, words, self.endpoint.http.split("/")[2])
                self.assertEqual(self.ops()[-1], "Delete", self.ops())
                self.no_shell()

    def test_what_passes(self):
        """Only what can be done again is: a Receive, and what a 401 did not let happen."""
        for what in ({"op": "Receive", "nth": 3, "do": "drop-before"},
                     {"op": "Receive", "nth": 3, "do": "drop-after"}, {"op": "Receive", "do": "truncate"},
                     {"op": "Command", "do": "401"}, {"op": "Command", "do": "401", "keep": True},
                     {"op": "*", "times": 9, "do": "drip", "ms": 300}, {"op": "Delete", "do": "delay", "ms": 800}):
            with self.subTest(what):
                self.endpoint.reset()
                self.endpoint.fault(**what)
                self.assertEqual(self.well("-c", "1"), [1])
                self.no_shell()


class Reached(Case):
    """Nobody there: status 3, before anything of us is told."""

    def refused(self, target, *words, args=()):
        r = winch("run", target, "--user", "u", "-c", "1", *args, password="pw")
        self.assertEqual((r.status, r.out), (CONNECT, b""), r)
        self.one_line(r, *words)
        return r

    def test_nobody_listens(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            self.refused(f"127.0.0.1:{port}", f"127.0.0.1:{port}", "refused")
            self.refused(f"https://127.0.0.1:{port}", f"127.0.0.1:{port}", "refused")

    def test_an_unknown_name(self):
        self.refused("no-such-host.invalid", "no-such-host.invalid")

    def test_who_accepts_and_says_nothing(self):
        """TLS does not come about within the time for a connection."""
        with Listener() as silent:
            self.refused(f"https://127.0.0.1:{silent.port}", f"127.0.0.1:{silent.port}",
                         args=["--connect-timeout", "0.5"])

    def test_somebody_else(self):
        """An ssh daemon, a web server that knows no WinRM."""
        for banner, words in ((b"SSH-2.0-OpenSSH_9.2\r\n", "HTTP"),
                              (b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>",
                               "WinRM"),
                              (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404")):
            with socket.create_server(("127.0.0.1", 0)) as server:
                program = Program("run", f"127.0.0.1:{server.getsockname()[1]}", "--user", "u", "-c", "1",
                                  password="pw")
                connection, _ = server.accept()
                with connection:
                    connection.recv(65536)
                    connection.sendall(banner)
                    connection.shutdown(socket.SHUT_WR)
                    r = program.finish()
            self.assertEqual(r.status, PROTOCOL, r)
            self.one_line(r, words)


class TimeOuts(Live):
    def test_a_pipeline_that_takes_too_long(self):
        """It is stopped as by Ctrl-C: what finally says arrives."""
        r = self.run_winch("-c", "try { 1; Start-Sleep 60; 2 } finally { 'bye' }", "--timeout", "6")
        self.assertEqual((r.status, r.out), (TIMEOUT, b'1\n"bye"\n'), r)
        self.one_line(r, "--timeout")

    def test_a_server_that_is_slow(self):
        """Before there is anything to stop, too."""
        for op in ("Create", "Command", "Receive"):
            with self.subTest(op):
                self.endpoint.ask("/close-shells", {})
                self.endpoint.reset()
                self.endpoint.fault(op=op, do="delay-after", ms=NEVER)
                r = self.run_winch("-c", "1", "--timeout", "1")
                self.assertEqual((r.status, r.out), (TIMEOUT, b""), r)
                self.assertIn("--timeout", r.err)
                if op == "Create":  # there may be one; nobody knows
                    self.assertIn("may stay until its idle time-out", r.err)
                    self.endpoint.ask("/close-shells", {})
                self.no_shell()

    def test_a_request_without_an_answer(self):
        for op in ("Create", "Command"):
            with self.subTest(op):
                self.endpoint.ask("/close-shells", {})
                self.endpoint.reset()
                self.endpoint.fault(op=op, do="delay-after", ms=NEVER)
                r = self.run_winch("-c", "1", "--operation-timeout", "1")
                self.assertEqual(r.status, TIMEOUT, r)
                self.assertIn(op, r.err)
                self.no_shell()

    def test_an_operation_timeout_is_none_of_a_pipeline(self):
        """A Receive that has no data is asked again."""
        self.assertEqual(self.well("-c", "1; Start-Sleep 3; 2", "--operation-timeout", "1"), [1, 2])
        self.assertGreater(self.ops().count("Receive"), 4)

    def test_time_enough(self):
        self.assertEqual(self.well("-c", "1", "--timeout", "100", "--connect-timeout", "30"), [1])


class Signals(Live):
    SCRIPT = "try { 1; Start-Sleep 60; 2 } finally { 'bye'; Write-Warning last }"

    def test_once(self):
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            with self.subTest(number):
                program = self.start("-c", self.SCRIPT)
                program.wait_for(b"1\n")
                program.signal(number)
                r = program.finish()
                self.assertEqual((r.status, r.out, r.err), (INTERRUPTED, b'1\n"bye"\n', "WARNING: last\n"), r)
                self.assertEqual(self.ops()[-1], "Delete")
                self.no_shell()

    def test_at_the_start(self):
        """Whenever it comes, the shell goes."""
        for after in (0, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3):
            with self.subTest(after):
                program = self.start("-c", "Start-Sleep 60", "-vv")
                # The handlers are there once it has said something.
                program.wait_for(b"lane=1", program.err)
                time.sleep(after)
                program.signal(signal.SIGINT)
                r = program.finish()
                self.assertEqual((r.status, r.out), (INTERRUPTED, b""), r)
                self.no_shell()

    def test_a_pipeline_that_does_not_stop(self):
        """Five seconds are enough; the shell is deleted all the same."""
        program = self.start("-c", "try { 1; Start-Sleep 60 } finally { Start-Sleep 30; 'late' }")
        program.wait_for(b"1\n")
        program.signal(signal.SIGINT)
        r = program.finish()
        self.assertEqual((r.status, r.out), (INTERRUPTED, b"1\n"), r)
        self.assertIn("Delete", self.ops())

    def test_twice(self):
        """The second leaves at once, and names the shell that stays."""
        program = self.start("-c", "try { 1; Start-Sleep 60 } finally { Start-Sleep 4; 'late' }")
        program.wait_for(b"1\n")
        shell = self.endpoint.state()["shells"][0]["id"]
        program.signal(signal.SIGINT)
        while "Signal" not in self.ops():
            time.sleep(0.02)
        program.signal(signal.SIGINT)
        r = program.finish()
        self.assertEqual((r.status, r.out), (INTERRUPTED, b"1\n"), r)
        self.one_line(r, "left at once", shell, self.endpoint.http.split("/")[2])
        self.endpoint.ask("/close-shells", {})

    def test_a_server_that_answers_no_more(self):
        program = self.start("-c", "1; Start-Sleep 60")
        program.wait_for(b"1\n")
        self.endpoint.fault(op="*", times=50, do="delay-after", ms=NEVER)
        program.signal(signal.SIGINT)
        r = program.finish()
        self.assertEqual(r.status, INTERRUPTED, r)
        self.assertIn("idle time-out", r.err)
        self.endpoint.reset()
        self.endpoint.ask("/close-shells", {})

    def test_killed(self):
        """What it leaves has its own end: the shell was asked for with an idle time-out of 300 s."""
        program = self.start("-c", "1; Start-Sleep 60")
        program.wait_for(b"1\n")
        program.signal(signal.SIGKILL)
        self.assertEqual(program.finish().status, -signal.SIGKILL)
        (shell,) = self.endpoint.state()["shells"]
        self.assertEqual(shell["idleTimeOut"], 300)
        self.endpoint.ask("/close-shells", {})

    def test_stopped_and_continued(self):
        """Ctrl-Z and fg: it stands still, and then all of the output is there."""
        # In a process group of this session: one of a session of its own can't be stopped so.
        program = subprocess.Popen([WINCH, *self.args("-c", "1..4 | ForEach-Object { $_; Start-Sleep 1 }")],
                                   stdout=subprocess.PIPE, env=environment(PASSWORD), stdin=subprocess.DEVNULL,
                                   process_group=0)
        self.assertEqual(program.stdout.readline(), b"1\n")
        program.send_signal(signal.SIGTSTP)
        stopped = os.waitid(os.P_PID, program.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        self.assertEqual((stopped.si_code, stopped.si_status), (os.CLD_STOPPED, signal.SIGTSTP))
        time.sleep(3)
        program.send_signal(signal.SIGCONT)
        self.assertEqual(program.communicate(), (b"2\n3\n4\n", None))
        self.assertEqual(program.returncode, DONE)

    def test_ignored_ones_stay_ignored(self):
        """nohup's choice."""
        program = subprocess.Popen(
            ["sh", "-c", 'trap "" HUP; exec "$@"', "sh", WINCH, *self.args(
                "-c", "1; Start-Sleep 2; 2")], stdout=subprocess.PIPE, env=environment(PASSWORD),
            stdin=subprocess.DEVNULL)
        self.assertEqual(program.stdout.readline(), b"1\n")
        program.send_signal(signal.SIGHUP)
        self.assertEqual(program.communicate()[0], b"2\n")
        self.assertEqual(program.returncode, DONE)


class Readers(Live):
    def test_who_goes_away(self):
        """stdout is closed: the pipeline is stopped on the server, its finally runs."""
        mark = os.path.join(self.folder(), "mark")
        for script in (f"try {{ 1; 2; Start-Sleep 60 }} finally {{ [IO.File]::WriteAllText('{mark}', 'x') }}",
                       "1..1000000"):
            program = self.start("-c", script, stdout=subprocess.PIPE)
            self.assertEqual(program.process.stdout.readline(), b"1\n")
            program.process.stdout.close()
            r = program.finish()
            self.assertEqual((r.status, r.err), (CLOSED, ""), r)
            self.no_shell()
        self.assertTrue(os.path.exists(mark))

    def test_who_is_not_there_from_the_start(self):
        r, w = os.pipe()
        os.close(r)
        program = self.start("-c", "1; Start-Sleep 60", stdout=w)
        os.close(w)
        self.assertEqual(program.finish().status, CLOSED)

    def test_who_does_not_read(self):
        """A signal, and --timeout, end it also while nothing can be written; the shell goes."""
        for args, number, status in (([], signal.SIGINT, INTERRUPTED), (["--timeout", "2"], 0, TIMEOUT)):
            with self.subTest(status):
                program = self.start("-c", "1..200000", *args, stdout=subprocess.PIPE)
                self.assertEqual(program.process.stdout.readline(), b"1\n")
                self.wait_until_it_blocks(program.pid)
                if number:
                    program.signal(number)
                r = program.finish()
                program.process.stdout.close()
                self.assertEqual(r.status, status, r)
                self.assertNotIn("stays until", r.err)
                self.no_shell()

    def wait_until_it_blocks(self, pid):
        """Its CPU time does not grow any more."""
        before, same = None, 0
        while same < 5:
            with open(f"/proc/{pid}/stat") as f:
                now = f.read().rsplit(")", 1)[1].split()[11:13]
            same = same + 1 if now == before else 0
            before = now
            time.sleep(0.1)

    def test_a_full_disk(self):
        with open("/dev/full", "wb") as full:
            r = self.start("-c", "1; Start-Sleep 60", stdout=full).finish()
        self.assertEqual(r.status, USAGE, r)
        self.one_line(r, "stdout", "No space left")

    def test_a_slow_one_gets_all(self):
        program = self.start("-c", "1..30000", stdout=subprocess.PIPE)
        time.sleep(2)
        out = program.process.stdout.read()
        r = program.finish()
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        self.assertEqual(out, b"".join(b"%d\n" % i for i in range(1, 30001)))
        program.process.stdout.close()


class Refused(Live):
    """A password that is wrong goes to the host once."""

    def test_wrong_passwords(self):
        for mechanism in ("negotiate", "ntlm", "basic"):
            for user, password in ((USER, "wrong-PW"), (USER, PASSWORD + " "), ("nobody", PASSWORD)):
                with self.subTest((mechanism, user)):
                    self.endpoint.reset()
                    r = self.run_winch("-c", "'x'", "--auth", mechanism, user=user, password=password,
                                       tls=mechanism == "basic")
                    self.assertEqual((r.status, r.out), (AUTH, b""), r)
                    host = (self.endpoint.https if mechanism == "basic" else self.endpoint.http).split("/")[2]
                    self.one_line(r, user, mechanism, host)
                    self.assertNotIn(password.strip(), r.err)
                    self.assertEqual(r.err.count(user), 1, r)
                    log = self.endpoint.log()
                    # Negotiate's first token, or none, and then one credential: nothing after it.
                    self.assertLessEqual(len(log), 1 if mechanism == "basic" else 2, log)
                    self.assertEqual({x["op"] for x in log} - {"Negotiate", "?"}, set(), log)
                    self.assertEqual({x["status"] for x in log}, {401}, log)

    def test_what_the_host_does_not_offer(self):
        """The endpoint takes Basic on TLS only."""
        r = self.run_winch("-c", "1", "--auth", "basic", "--allow-cleartext")
        self.assertEqual(r.status, AUTH, r)
        self.one_line(r, "Negotiate")


if __name__ == "__main__":
    unittest.main()
