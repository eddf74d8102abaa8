"""run --interactive: a script's questions on a real terminal, asked by the real engine, of each protocol."""
import os
import signal
import tempfile

from program import DONE, INTERRUPTED, PASSWORD, RECORD, TIMEOUT, USER, Case, Live, OldLive, winch
from terminal import Terminal
from test_secrets import holds

SECRET = "Wört-geheim 漢😀 7"
PLAIN = "[System.Net.NetworkCredential]::new('', %s).Password"


class Usage(Case):
    def test_no_terminal(self):
        """Nothing is sent: nobody could answer."""
        self.usage(winch("run", "u@host.invalid", "-c", "1", "--interactive", password="x"),
                   "--interactive: no terminal to ask on")


class OnTerminal(Live):
    def terminal(self, *args, out=True, **how):
        return Terminal(*self.args("--interactive", *args), password=PASSWORD, out=out, **how)

    def talk(self, script, *talk, status=DONE):
        """What it asks and what is answered, in turns; its output, and what the terminal showed."""
        with self.terminal("-c", script) as t:
            for question, text, *secret in talk:
                t.answer(question, text, secret=bool(secret))
            r = t.finish()
        self.assertEqual(r.status, status, r)
        return r.objects(), r.err


class Questions(OnTerminal):
    def test_read_host(self):
        self.assertEqual(self.talk("$a = Read-Host 'Your name'; \"<$a>\"", ("Your name: ", "Jörg 漢"))[0], ["<Jörg 漢>"])

    def test_read_host_with_nothing(self):
        """ReadLine: the script has written the question itself."""
        out, shown = self.talk("Write-Host -NoNewline 'name> '; $a = $Host.UI.ReadLine(); \"<$a>\"; Write-Host after",
                               ("name> ", "x y"))
        self.assertEqual(out, ["<x y>"])
        self.assertEqual(shown, "name> x y\nafter\n")

    def test_an_empty_line(self):
        self.assertEqual(self.talk("$a = Read-Host q; \"<$a>\"", ("q: ", ""))[0], ["<>"])

    def test_erase(self):
        """A whole character goes, and a whole line."""
        self.assertEqual(self.talk("$a = Read-Host q; \"<$a>\"", ("q: ", "no\x15aü漢\x7f\x7fb"))[0], ["<ab>"])

    def test_end_of_input(self):
        with self.terminal("-c", "try { Read-Host q } catch { 'caught ' + $_.Exception.Message }; 'on'") as t:
            t.wait_for("q: ")
            t.type("\x04")
            r = t.finish()
        self.assertEqual(r.status, DONE, r)
        caught, on = r.objects()
        self.assertIn("the question was not answered", caught)
        self.assertEqual(on, "on")

    def test_choice(self):
        script = ("$c = '&Yes', '&No', 'Later', 'Mo&re' | ForEach-Object { "
                  "[System.Management.Automation.Host.ChoiceDescription]::new($_, \"help of $_\") }; "
                  "$Host.UI.PromptForChoice('Cap', 'Sure?', $c, %d)")
        line = "[Y] Yes  [N] No  [Later]  [R] More  [?] Help"
        for default, said, *answers, picked in ((0, ' (default is "Y")', "", 0), (2, ' (default is "Later")', "", 2),
                                                (-1, "", "", "?", "nonsense", "n", 1), (0, ' (default is "Y")', " later ", 2),
                                                (-1, "", "MORE", 3), (-1, "", "r", 3)):
            with self.subTest((default, answers)):
                out, shown = self.talk(script % default, *((line + said + ": ", a) for a in answers))
                self.assertEqual(out, [picked])
                self.assertTrue(shown.startswith("Cap\nSure?\n" + line), shown)
                self.assertEqual("Y - help of &Yes\nN - help of &No\n" in shown, "?" in answers)

    def test_choice_of_other_letters(self):
        script = "$Host.UI.PromptForChoice('', 'Q', @('&Ja', '&Überspringen', '&Ещё'), 0)"
        for answer, picked in (("ü", 1), ("Ü", 1), ("überspringen", 1), ("ещё", 2), ("е", 2)):
            with self.subTest(answer):
                self.assertEqual(self.talk(script, (": ", answer))[0], [picked])

    def test_choices(self):
        script = ("$c = [System.Management.Automation.Host.ChoiceDescription[]]('&A one', '&B two', '&C three'); "
                  "$Host.UI.PromptForChoice('Cap', 'Which?', $c, [int[]]@(%s)) -join ','")
        head = "Cap\nWhich?\n[A] A one\n[B] B two\n[C] C three\n[?] Help\n"
        for defaults, said, answers, picked in (
                ("0,2", "(default choices are A,C)\n", [""], "0,2"), ("1", '(default is "B")\n', [""], "1"),
                ("", "", [""], ""), ("0", '(default is "A")\n', ["c", "?", "x", "B two", ""], "2,1")):
            with self.subTest((defaults, answers)):
                count, talk = 0, []
                for a in answers:
                    talk.append((f"Choice[{count}]: ", a))
                    count += a not in ("", "?", "x")
                out, shown = self.talk(script % defaults, *talk)
                self.assertEqual(out, [picked])
                self.assertTrue(shown.startswith(head + said + "Choice[0]: "), shown)

    def test_mandatory(self):
        """Texts of which the server makes the type; arrays element by element; help."""
        script = ("function f { param([Parameter(Mandatory, HelpMessage='who it is')][string]$Name, "
                  "[Parameter(Mandatory)][int]$Count, [Parameter(Mandatory)][string[]]$Tags, "
                  "[Parameter(Mandatory)][AllowEmptyString()][string]$Empty) "
                  "\"$Name $($Count + 1) $($Tags.Count) $($Tags -join '|') <$Empty>\" }; f")
        out, shown = self.talk(script, ("Name: ", "!?"), ("Name: ", "!x"), ("Name: ", "!!n"), ("Count: ", "41"),
                               ("Tags[0]: ", "a b"), ("Tags[1]: ", "c"), ("Tags[2]: ", ""), ("Empty: ", '!""'))
        self.assertEqual(out, ["!n 42 2 a b|c <>"])
        self.assertIn("Supply values for the following parameters:\n(Type !? for help.)\nName: ", shown)
        self.assertIn("who it is\nName: ", shown)
        self.assertIn("Commands are !? for help", shown)

    def test_a_value_of_the_wrong_type(self):
        """Is the server's to refuse."""
        with self.terminal("-c", "function f([Parameter(Mandatory)][int]$n) { $n }; f") as t:
            t.answer("n: ", "many")
            r = t.finish()
        self.assertEqual((r.status, r.out), (RECORD, b""), r)
        self.assertIn('"many"', r.err)

    def test_fields(self):
        script = ("$f = [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.FieldDescription]]::new(); "
                  "foreach ($t in [string], [datetime], [int[]], [System.Collections.ArrayList], [securestring[]]) { "
                  "$d = [System.Management.Automation.Host.FieldDescription]::new(\"f$($f.Count)\"); "
                  "$d.SetParameterType($t); $f.Add($d) }; $r = $Host.UI.Prompt('Cap', 'Msg', $f); "
                  "$r.f0; $r.f1.Year; $r.f2[1] + 1; $r.f3.Count; $r.f4.Count; " + PLAIN % "$r.f4[1]")
        out, shown = self.talk(script, ("f0: ", "text"), ("f1: ", "2024-02-03"), ("f2[0]: ", "1"), ("f2[1]: ", "2"),
                               ("f2[2]: ", ""), ("f3[0]: ", ""), ("f4[0]: ", "s", 1), ("f4[1]: ", SECRET, 1),
                               ("f4[2]: ", "", 1))
        self.assertEqual(out, ["text", 2024, 3, 0, 2, SECRET])
        self.assertNotIn(SECRET, shown)
        self.assertIn("asks for a secret:\nCap\nMsg\nf0: ", shown)

    def test_one_after_the_other(self):
        out, _ = self.talk("1..20 | ForEach-Object { Read-Host \"q$_\" }", *((f"q{n}: ", f"a{n}") for n in range(1, 21)))
        self.assertEqual(out, [f"a{n}" for n in range(1, 21)])

    def test_output_before_the_question(self):
        """What the script wrote is there when it asks."""
        with self.terminal("-c", "'out'; Write-Host host; Write-Warning warn; $null = Read-Host q", out=False) as t:
            before = t.answer("q: ", "a")
            r = t.finish()
        self.assertEqual(r.status, DONE, r)
        self.assertEqual([w for w in ("out", "host", "warn") if w not in before], [])

    def test_input_from_a_pipe(self):
        """stdin is the script's input; the terminal is asked all the same."""
        with self.terminal("-c", "$n = @($input).Count; \"$n $(Read-Host q)\"", "--input", "-", stdin=b"1\n2\n3\n") as t:
            t.answer("q: ", "a")
            r = t.finish()
        self.assertEqual((r.status, r.objects()), (DONE, ["3 a"]), r)

    def test_a_long_wait(self):
        """The session stays while nobody answers: other traffic goes on."""
        with self.terminal("-c", "Read-Host q", "--operation-timeout", "1") as t:
            t.wait_for("q: ")
            while self.ops().count("Receive") < 5:
                t.more(0.1)
            t.type("late\r")
            r = t.finish()
        self.assertEqual((r.status, r.objects()), (DONE, ["late"]), r)

    def test_what_is_asked_is_harmless(self):
        evil = "([char]27 + ']0;owned' + [char]7 + [char]0x9b + '31m' + [char]0x202e + [char]13 + 'txt' + [char]8)"
        for script, end in ((f"Read-Host {evil}", "a"), (f"$Host.UI.PromptForChoice({evil}, {evil}, @(('&' + {evil}), 'b'), 1)", ""),
                            (f"$null = Get-Credential -Message {evil} -UserName {evil}", "x")):
            with self.subTest(script):
                with self.terminal("-c", script) as t:
                    t.answer(": ", end)
                    r = t.finish()
                self.assertIn("txt", r.err)
                self.assertFalse([c for c in r.err if (ord(c) < 32 and c not in "\n\t\r") or 127 <= ord(c) < 160
                                  or c == "\u202e"], r.err)

    def test_what_can_not_be_asked(self):
        """A key alone: an error that a script can catch."""
        out, _ = self.talk("try { $Host.UI.RawUI.ReadKey() } catch { 'no key' }")
        self.assertEqual(out, ["no key"])


class Ends(OnTerminal):
    def ended(self, t, status):
        """It ends so, and the terminal is as it was."""
        t.wait_echo(True)
        r = t.finish()
        self.assertEqual(r.status, status, r)
        return r

    def test_ctrl_c(self):
        """The pipeline is stopped: its finally blocks run, their output comes."""
        for ask, secret in (("Read-Host q", False), ("Read-Host q -AsSecureString", True)):
            with self.subTest(ask):
                with self.terminal("-c", f"try {{ {ask} }} catch {{ 'caught' }} finally {{ 'finally' }}; 'on'") as t:
                    t.wait_for("q: ")
                    self.assertEqual(t.echoes(), not secret)
                    t.type("half\x03")
                    r = self.ended(t, INTERRUPTED)
                # PowerShell aborts its host calls when it begins to stop: now and then the script sees that
                # before it is stopped itself.
                self.assertIn("finally", r.objects())
                self.assertNotIn("Signal", self.ops()[-1:])

    def test_leaves_at_once(self):
        """A second signal: the terminal is given back first."""
        self.endpoint.fault(op="Signal", nth=1, do="delay", ms=20000)
        with self.terminal("-c", "Read-Host q -AsSecureString") as t:
            t.wait_for("q: ")
            self.assertFalse(t.echoes())
            os.kill(t.pid, signal.SIGTERM)
            t.wait_echo(True)
            os.kill(t.pid, signal.SIGTERM)
            self.ended(t, INTERRUPTED)
        self.endpoint.ask("/close-shells", {})

    def test_time_out(self):
        with self.terminal("-c", "Read-Host q -AsSecureString", "--timeout", "8") as t:
            t.wait_for("q: ")
            self.assertFalse(t.echoes())
            self.ended(t, TIMEOUT)

    def test_the_host_goes(self):
        with self.terminal("-c", "Read-Host q -AsSecureString", "--retries", "0") as t:
            t.wait_for("q: ")
            self.assertFalse(t.echoes())
            self.endpoint.ask("/close-shells", {})
            t.wait_echo(True)
            r = t.finish()
        self.assertNotIn(r.status, (DONE, RECORD), r)

    def test_the_terminal_goes(self):
        """Hung up: the script is told, and nothing is left."""
        t = self.terminal("-c", "Read-Host q")
        t.wait_for("q: ")
        os.close(t.fd)
        _, status = os.waitpid(t.pid, 0)
        self.assertTrue(os.WIFEXITED(status) or os.WIFSIGNALED(status))

    def test_suspend(self):
        """Ctrl-Z is for the shell while nothing is hidden, and nothing while something is."""
        with self.terminal("-c", "Read-Host q -AsSecureString | ForEach-Object Length") as t:
            t.wait_for("q: ")
            self.assertFalse(t.echoes())
            t.type("ab\x1ac\r")
            r = t.finish()
        self.assertEqual((r.status, r.objects()), (DONE, [4]), r)


class Several(OnTerminal):
    def test_who_asks(self):
        """One question at a time, each with its host; none is lost."""
        e = self.endpoint
        two = e.http.replace("127.0.0.1", "localhost")
        with Terminal("run", e.http, two, "--user", USER, "--interactive", "-c",
                      "$a = Read-Host q; Write-Host -NoNewline 'part> '; $b = $Host.UI.ReadLine(); \"$a-$b\"",
                      password=PASSWORD, out=True) as t:
            asked = []
            for n in range(4):
                host = t.wait_for(" asks:\n").split()[-1]
                asked.append(host)
                while "q: " not in t.seen and "part> " not in t.seen:
                    self.assertTrue(t.more(30))
                t.seen = ""
                t.type(f"{host}\r")
            r = t.finish()
        self.assertEqual(r.status, DONE, r)
        hosts = sorted(set(asked))
        self.assertEqual((len(hosts), sorted(asked)), (2, sorted(hosts * 2)), asked)
        self.assertEqual(sorted((o["host"], o["value"]) for o in r.objects()), [(h, f"{h}-{h}") for h in hosts])


class Secrets(OldLive, OnTerminal):
    """With a server of 2.minor: under the session key before 2.4."""

    def secret(self, script, *talk, head="asks for a secret:\n"):
        """As talk(); what is typed is nowhere on the terminal, in a trace, or in what is told."""
        with tempfile.TemporaryDirectory() as folder:
            trace = os.path.join(folder, "trace")
            with self.terminal("-c", script, "--trace", trace, "-vv") as t:
                t.wait_for(head)
                for question, text, *secret in talk:
                    t.answer(question, text, secret=bool(secret))
                r = t.finish()
            with open(trace, "rb") as f:
                data = f.read()
        self.assertEqual(r.status, DONE, r)
        self.assertTrue(holds(data, script[:20]))
        self.assertFalse(holds(data, SECRET))
        self.assertFalse(holds(r.err.encode(), SECRET))
        return r.objects()

    # The scripts give back lengths and hashes of a kind: the text itself would be data of the trace.
    SAME = "(($s -join ',') -eq '" + ",".join(str(ord(c)) for c in SECRET.encode("utf-16-le").decode("latin-1")) + "')"

    def same(self, secure):
        return (f"$s = [System.Text.Encoding]::Unicode.GetBytes({PLAIN % secure}); {self.SAME}")

    def test_read_line(self):
        self.assertEqual(self.secret("$p = $Host.UI.ReadLineAsSecureString(); " + self.same("$p"), ("", SECRET, 1)), [True])

    def test_read_host(self):
        self.assertEqual(self.secret("$p = Read-Host -AsSecureString pin; " + self.same("$p"), ("pin: ", SECRET, 1)), [True])

    def test_credential(self):
        asks = (("Get-Credential -Message why -UserName x", [("why\nPassword for user x: ", SECRET, 1)], "x"),
                ("Get-Credential -Message why", [("why\nUser: ", ""), ("User: ", "DOM\\jörg"),
                                                 ("Password for user DOM\\jörg: ", SECRET, 1)], "DOM\\jörg"),
                ("$Host.UI.PromptForCredential('Cap', 'why', '', 'T')", [("Cap\nwhy\nUser: ", "u"), ("Password for user u: ", SECRET, 1)],
                 "T\\u"),
                ("$Host.UI.PromptForCredential('Cap', 'why', 'u', '', 'Generic', 'None')",
                 [("Cap\nwhy\nPassword for user u: ", SECRET, 1)], "u"))
        for ask, talk, user in asks:
            with self.subTest(ask):
                self.assertEqual(self.secret(f"$c = {ask}; $c.UserName; " + self.same("$c.Password"), *talk), [user, True])

    def test_mandatory(self):
        script = ("function f { param([Parameter(Mandatory)][securestring]$Pin, [Parameter(Mandatory)][pscredential]$Who) "
                  + self.same("$Pin") + "; $Who.UserName; " + self.same("$Who.Password") + " }; f")
        self.assertEqual(self.secret(script, ("Pin: ", SECRET, 1), ("Who\nUser: ", "u"), ("Password for user u: ", SECRET, 1)),
                         [True, "u", True])

    def test_empty(self):
        self.assertEqual(self.secret("(Read-Host -AsSecureString pin).Length", ("pin: ", "", 1)), [0])


class Secrets22(Secrets):
    minor = 2


class Secrets23(Secrets):
    minor = 3
