"""No text of a server is obeyed by a terminal.

What winch writes goes to pyte, a terminal emulator, whose every act but writing forward is recorded; and since it does
not know all that some terminal obeys, the bytes themselves are looked at, too."""
import http.server
import json
import re
import threading
import unittest

from attacks import ATTACKS, RAW
from program import PASSWORD, RECORD, USAGE, PROTOCOL
from screen import OnScreen, pyte
from terminal import Terminal

COLUMNS = 400
# What the filter lets pass; winch's own colours are such, too.
BYTE = rb"(?:\d{1,2}|1\d\d|2[0-4]\d|25[0-5])"
PART = (rb"(?:[0-7]?|0?9|2[1-9]|3[0-79]|4[0-79]|9\d|10[0-7]|[34]8;5;" + BYTE + rb"|[34]8;2;" + BYTE + rb";" + BYTE +
        rb";" + BYTE + rb")")
SGR = re.compile(rb"\x1b\[" + PART + rb"(?:;" + PART + rb")*m")
BAR = re.compile(rb"\r\x1b\[K(\x1b\[A\x1b\[K)*|\x1b\[A\x1b\[K")  # winch takes its progress bar off
HARMLESS = {"draw", "linefeed", "carriage_return", "tab", "select_graphic_rendition"}
EACH = "$n = 0; foreach ($a in $A) { $n++; $t = \"$n|keep$a|$n\"; "


class Watch:
    """In the place of an emulator's screen: what it is asked to do that moves, switches, names or answers."""

    def __init__(self):
        self.obeyed = []

    def __getattr__(self, event):
        if event in HARMLESS:
            return lambda *args, **_: None
        return lambda *args, **_: self.obeyed.append((event, args))


def obeyed(raw):
    watch = Watch()
    pyte.ByteStream(watch).feed(raw)
    return watch.obeyed


def harmful(raw):
    """What stands in the bytes that is neither text nor a colour, with what is around it."""
    text = SGR.sub(b"", raw).decode("utf-8", "surrogateescape").replace("\r\n", "\n")
    found = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
    return [text[max(m.start() - 20, 0):m.end() + 20] for m in found.finditer(text)]


FAULT = ("<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header/><s:Body><s:Fault><s:Code>"
         "<s:Value>s:Receiver</s:Value></s:Code><s:Reason><s:Text xml:lang='en'>evil TEXT</s:Text></s:Reason></s:Fault>"
         "</s:Body></s:Envelope>")


class Faulting:
    """A server that has a fault for every request; gives its URL."""

    def __init__(self, text):
        body = FAULT.replace("TEXT", text).encode()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(500)
                self.send_header("Content-Type", "application/soap+xml;charset=UTF-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


class Hostile(OnScreen):
    def setUp(self):
        super().setUp()
        if pyte is None:
            self.skipTest("no python3-pyte here")

    def shown(self, script, *options, attacks=ATTACKS, columns=COLUMNS):
        """The bytes on the terminal of a script that has $A."""
        path = self.file("param($A)\n" + script)
        values = self.file(json.dumps(attacks))
        args = self.args("-f", path, *options)
        with open(values) as f, Terminal(*args, "-P", "A:=" + f.read(), columns=columns, password=PASSWORD) as t:
            self.result = t.finish()
            return t.raw

    def harmless(self, raw):
        self.assertEqual(harmful(raw)[:5], [])
        self.assertEqual(obeyed(raw)[:5], [])

    def whole(self, raw, attacks=ATTACKS):
        """Each attack was shown, between its marks, in its order."""
        text = SGR.sub(b"", raw).decode("utf-8", "replace")
        at = 0
        for n in range(1, len(attacks) + 1):
            for mark in (f"{n}|keep", f"|{n}"):
                found = text.find(mark, at)
                self.assertGreaterEqual(found, 0, (n, attacks[n - 1], text[at:at + 300]))
                at = found + len(mark)

    def check(self, write, *options):
        raw = self.shown(EACH + write + " }", *options)
        self.harmless(raw)
        self.whole(raw)

    def test_there_are_enough(self):
        self.assertGreaterEqual(len(ATTACKS) + len(RAW), 150)
        # And the watch sees them: the emulator obeys most of what it gets unfiltered.
        self.assertGreater(len(obeyed("".join(ATTACKS).encode())), 100)
        for attack in ATTACKS:
            self.assertTrue(harmful(attack.encode()) or "\r" in attack, attack)

    def test_output(self):
        for form in ("tostring", "ndjson", "json", "typed", "clixml"):
            with self.subTest(form):
                self.check("$t", "-o", form)
        with self.subTest("default"):
            self.check("$t")

    def test_output_as_text(self):
        raw = self.shown(EACH + "$t }", "-o", "text")
        self.harmless(raw)
        self.whole(raw)

    def test_names(self):
        """Of properties, in each form."""
        for form in ("ndjson", "typed", "text"):
            with self.subTest(form):
                raw = self.shown(EACH + "[pscustomobject]@{ \"n$n|keep$a|$n\" = $a } }", "-o", form)
                self.harmless(raw)

    def test_records(self):
        for write in ("Write-Error $t", "Write-Warning $t", "Write-Verbose $t -Verbose",
                      "Write-Debug $t -Debug:$true", "Write-Information $t -InformationAction Continue"):
            with self.subTest(write):
                self.check("$DebugPreference = 'Continue'; " + write)

    def test_errors_with_more(self):
        for options in ((), ("-v",)):
            with self.subTest(options):
                raw = self.shown(EACH + "Write-Error -Message $t -ErrorId $t -CategoryActivity $t -CategoryReason $t "
                                 "-CategoryTargetName $t -CategoryTargetType $t -RecommendedAction $t }", *options)
                self.harmless(raw)

    def test_ends_of_scripts(self):
        """Exceptions, and source lines and names of commands in positions."""
        some = ATTACKS[::40]
        for n in range(len(some)):
            with self.subTest(some[n]):
                raw = self.shown(f"\nthrow ('x' + $A[{n}])", attacks=some)
                self.assertEqual(self.result.status, RECORD)
                self.harmless(raw)
        raw = self.shown(EACH + "try { & \"no-$t\" } catch { Write-Error -ErrorRecord $_ } }")
        self.harmless(raw)
        raw = self.shown(EACH + "Set-Item \"function:f$n$($a -replace '[\\\\/:*?\\[\\]]')\" { Write-Error me }\n"
                         "& (Get-Item \"function:f$n*\" | Select-Object -First 1) }")
        self.harmless(raw)

    def test_host(self):
        for write in ("Write-Host $t", "Write-Host $t -ForegroundColor Red", "$Host.UI.WriteLine($t)",
                      "$Host.UI.WriteErrorLine($t)", "$Host.UI.WriteWarningLine($t)", "$Host.UI.WriteVerboseLine($t)",
                      "$Host.UI.WriteDebugLine($t)", "Write-Host -NoNewline $t"):
            with self.subTest(write):
                self.check(write)

    def test_parts(self):
        """A sequence in pieces, each harmless alone."""
        raw = self.shown("foreach ($a in $A) { foreach ($c in $a.ToCharArray()) { Write-Host -NoNewline $c } }",
                         attacks=ATTACKS[::5])
        self.harmless(raw)

    def test_window_titles(self):
        raw = self.shown(EACH + "$Host.UI.RawUI.WindowTitle = $t; [Console]::Title }; 'done'")
        self.harmless(raw)

    def test_prompts(self):
        joined = ["".join(ATTACKS)]
        for script in ("Read-Host $A[0]", "Read-Host -AsSecureString $A[0]",
                       "$Host.UI.PromptForChoice($A[0], $A[0], [System.Management.Automation.Host.ChoiceDescription[]]"
                       "@(('&a' + $A[0])), 0)",
                       "Get-Credential -Message $A[0] -UserName $A[0]"):
            with self.subTest(script):
                raw = self.shown(script, attacks=joined)
                self.assertEqual(self.result.status, RECORD, raw[-500:])
                self.assertIn(b"^[]0;title", raw)
                self.harmless(raw)

    def test_progress(self):
        for start in range(0, len(ATTACKS), 40):
            some = ATTACKS[start:start + 40]
            raw = self.shown(EACH + "Write-Progress -Id $n $t -Status $t -CurrentOperation $t }; "
                             "Start-Sleep 1", attacks=some)
            self.assertIn(b"1|keep", raw)
            # Between its own lines winch writes CR LF, of which the terminal makes CR CR LF.
            raw = BAR.sub(b"", raw).replace(b"\r\r\n", b"\r\n")
            self.harmless(raw)

    def test_faults(self):
        """A fault's text: as it may come in XML, without its worst, and where XML itself is broken."""
        for start in range(0, len(ATTACKS), 20):
            some = "".join(ATTACKS[start:start + 20])
            allowed = "".join(c for c in some if c in "\t\n\r" or c >= " ")
            for text, shown in ((some, b"winch: "), (allowed, b": evil")):
                text = "".join(c if c.isalnum() else f"&#{ord(c)};" for c in text)
                with Faulting(text) as url, Terminal("run", url, "--user", "u", "--auth", "basic", "--allow-cleartext",
                                                     "-c", "1", columns=COLUMNS, password=PASSWORD) as t:
                    r = t.finish()
                self.assertEqual(r.status, PROTOCOL, r)
                self.assertIn(shown, t.raw)
                self.harmless(t.raw)

    def test_bytes_that_are_no_text(self):
        """As names, that messages repeat: C1 in single bytes, UTF-8 too long or cut off."""
        name = b"|keep".join(RAW)
        for args in ((b"run", b"localhost", b"-f", name), (b"decode", name), (name,), (b"run", name, b"-c", b"1"),
                     (b"run", b"localhost", b"--" + name), (b"run", b"localhost", b"-c", b"1", b"-o", name)):
            with self.subTest(args), Terminal(*args, columns=COLUMNS, password=PASSWORD) as t:
                r = t.finish()
                self.assertEqual(r.status, USAGE, r)
                self.harmless(t.raw)

    def test_lines_of_windows(self):
        """CR LF is one newline, wherever it comes from; a CR alone is shown."""
        for script, options in (("'one`r`n  two`r`nthree'", ("-o", "tostring")),
                                ("'one`r`n  two`r`nthree'", ("-o", "text")),
                                ("Write-Host 'one`r`n  two`r`nthree'", ()),
                                ("Write-Information 'one`r`n  two`r`nthree' -InformationAction Continue", ())):
            with self.subTest(script, options=options):
                r = self.on_screen("-c", script.replace("'", '"'), *options)
                self.assertEqual(r.rows[:4], ["one", "  two", "three", ""], r.raw)
        r = self.on_screen("-c", "Write-Warning \"one`r`ntwo\"; Write-Error \"a`r`nb`rc\"")
        self.assertEqual(r.rows[:2], ["WARNING: one", "two"])
        self.assertIn("b^Mc", "\n".join(r.rows))

    def test_colours_end_with_their_item(self):
        r = self.on_screen("-c", "Write-Host \"`e[31mred\"; Write-Host plain; \"`e[7mback\"", "-o", "tostring")
        self.assertIn(b"\x1b[31mred\x1b[0m", r.raw)
        self.assertIn(b"\x1b[7mback\x1b[0m", r.raw)


if __name__ == "__main__":
    unittest.main()
