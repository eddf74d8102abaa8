"""-o text, compared with what the engine's own Out-String makes of the same; and JSON on a terminal, compared with
what jq shows."""
import json
import os
import shutil
import subprocess
import unittest

from program import DONE, RECORD, USAGE, Live, winch
from screen import OnScreen, screen_of
from terminal import Terminal

SCRIPTS = {
    "table": "1..3 | ForEach-Object { [pscustomobject]@{ Name = \"n$_\"; Value = $_ * 1.5; Text = 'x' * 30 * $_ } }",
    "list": "[pscustomobject]@{ a=1; b=2; c=3; d=4; e=5; f='Grüße 😀 日本' }",
    "hashtable": "@{ one = 1 }",
    "strings": "'a', '', \"b`tc\", \"two`nlines\"",
    "numbers": "1, 2.5, 1e20, $true, $null, [char]'x'",
    "mixed": "'first'; Get-Date -Year 2001 -Month 2 -Day 3 -Hour 4 -Minute 5 -Second 6; [pscustomobject]@{ p = 7 }",
    "version": "[version]'1.2.3'",
    "error as an object": "Write-Error careful 2>&1",
    "wide": "'word ' * 60",
    "a type's own format": "[timespan]::FromMinutes(61); Get-Variable PID | Select-Object Name",
    "nothing": "",
    "many": "1..1000",
}


def rendered(script, width):
    """The same by the engine, in a pipeline of its own, as a JSON array of lines."""
    return f"ConvertTo-Json -Compress @({{ {script} }}.Invoke() | Out-String -Stream -Width {width})"


class Text(OnScreen):
    def lines(self, *args, **how):
        r = self.run_winch("-o", "text", *args, **how)
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        return r.out.decode().split("\n")[:-1]

    def engine(self, script, width=120):
        (text,) = self.well("-c", rendered(script, width), "-o", "ndjson")
        return "\n".join(json.loads(text)).split("\n") if json.loads(text) else []

    def test_as_the_engine_says(self):
        for name, script in SCRIPTS.items():
            with self.subTest(name):
                self.assertEqual(self.lines("-c", script), self.engine(script))

    def test_widths(self):
        for width in 2, 20, 79, 300:
            for name in "table", "wide":
                with self.subTest(name, width=width):
                    self.assertEqual(self.lines("-c", SCRIPTS[name], "--width", str(width)),
                                     self.engine(SCRIPTS[name], width))
        for bad in "1", "x", "-3", "32767":
            self.usage(self.run_winch("-c", "1", "-o", "text", f"--width={bad}"), "--width")

    def test_lines_come_as_they_are_made(self):
        program = self.start("-c", "1; Start-Sleep 60", "-o", "text")
        program.wait_for(b"1\n")
        program.signal(2)
        program.finish()

    def test_commands_without_a_script(self):
        self.assertEqual(self.lines("--command", "Get-Variable", "-P", "Name=PSCulture"),
                         self.engine("Get-Variable PSCulture"))

    def test_errors_stay_errors(self):
        r = self.run_winch("-c", "1; Write-Error careful; 2", "-o", "text")
        self.assertEqual((r.status, r.out), (RECORD, b"1\n2\n"), r)
        self.assertIn("careful", r.err)

    def test_parameters_and_input_reach_the_script(self):
        self.assertEqual(self.lines("-c", "param($a) $a; $input", "-P", "a=x", "--input", "-", input=b"1\n2\n"),
                         ["x", "1", "2"])
        self.assertEqual(self.lines("-c", "param($a, $b) \"$b $a\"", "--", "x", "y"), ["y x"])

    def test_several_targets(self):
        e = self.endpoint
        r = winch("run", e.http, e.http, "--user", "tester", "-c", "'a'; \"b`nc\"", "-o", "text", password="Xq7-geheim-Zz")
        self.assertEqual(r.status, DONE, r)
        host = e.http.split("/")[2]
        self.assertEqual(sorted(r.lines()), sorted([f"{host}: {x}" for x in "abc"] * 2))

    def test_streams_are_json(self):
        self.usage(self.run_winch("-c", "1", "-o", "text", "--streams"), "--streams")

    def test_a_terminal_has_its_width(self):
        for columns in 40, 100:
            r = self.on_screen("-c", SCRIPTS["table"], "-o", "text", columns=columns)
            self.assertEqual(r.status, DONE, r)
            self.assertEqual(r.rows[:8], [line.rstrip() for line in self.engine(SCRIPTS["table"], columns)][:8] +
                             [""] * (8 - len(self.engine(SCRIPTS["table"], columns))))

    def test_colours_on_a_terminal_only(self):
        """Those of $PSStyle, for this pipeline's formatting and nothing else."""
        script = "$PSStyle.OutputRendering; [pscustomobject]@{ a = 1 }; [pscustomobject]@{ a = 2 } | Out-String"
        r = self.on_screen("-c", script, "-o", "text")
        self.assertIn(b"\x1b[32;1m", r.raw)
        screen = screen_of(r.raw)
        heads = [y for y, line in enumerate(screen.display) if line.strip() == "a"]
        self.assertEqual([screen.buffer[y][0].fg for y in heads], ["green", "default"], r)
        self.assertIn("Host", r.rows)
        for how in ({"env": {"NO_COLOR": "1"}}, {"env": {"TERM": "dumb"}}):
            r = self.on_screen("-c", script, "-o", "text", **how)
            self.assertNotIn(b"\x1b[32", r.raw)
        self.assertNotIn("\x1b", "".join(self.lines("-c", script)))

    def test_a_restricted_language(self):
        """Nothing is set there, and it is shown all the same."""
        script = ("$ExecutionContext.SessionState.LanguageMode = 'ConstrainedLanguage'; "
                  "New-Object psobject -Property @{ a = 1 }")
        r = self.on_screen("-c", script, "-o", "text")
        self.assertEqual((r.status, [x for x in r.rows if x]), (DONE, ["a", "-", "1"]), r)

    def test_what_it_leaves_behind(self):
        """No variable of ours in the script's scope."""
        names = self.well("-c", "(Get-Variable).Name | Sort-Object -Unique", "-o", "ndjson")
        r = self.on_screen("-c", "(Get-Variable).Name | Sort-Object -Unique", "-o", "text", lines=200)
        self.assertEqual([x for x in r.rows if x], names)


VALUES = r"""
[ordered]@{ a = 1; b = 'two "quoted" \ {x:[1,2]}'; c = $null; d = $true; e = @(); f = @{}; g = @(1, @{ h = 'i' }, @()) }
'text: [not] {json}, "q"'
1.5
$null
$false
, @()
, @(1, 2, 3)
[pscustomobject]@{ Name = 'Grüße 😀'; 'odd key: "x"' = "a`nb" }
"""


@unittest.skipUnless(shutil.which("jq"), "no jq")
class Json(OnScreen):
    def cells(self, raw):
        screen = screen_of(raw, 200, 120)
        return [[(x, c.data, c.fg, c.bold) for x, c in sorted(line.items()) if c.data.strip()]
                for _, line in sorted(screen.buffer.items())]

    def test_as_jq_shows_it(self):
        script = VALUES.strip().replace("\n", "; ")
        plain = self.run_winch("-c", script, "-o", "ndjson")
        self.assertEqual(plain.status, DONE, plain)
        for option, env in (("-C", {}), ("-M", {"NO_COLOR": "1"})):
            shown = subprocess.run(["jq", option, "."], input=plain.out, capture_output=True, check=True).stdout
            r = self.on_screen("-c", script, columns=200, lines=120, env=env)
            self.assertEqual(r.status, DONE, r)
            self.assertEqual(self.cells(r.raw), self.cells(shown.replace(b"\n", b"\r\n")))
            self.assertEqual(b"\x1b" in r.raw, option == "-C")

    def test_what_was_asked_for_stays_as_it_is(self):
        for form, want in (("ndjson", '{"a":[1,2]}'), ("json", '[{"a":[1,2]}]')):
            r = self.on_screen("-c", "@{ a = 1, 2 }", "-o", form)
            self.assertEqual("".join(r.rows), want)

    def test_no_character_is_obeyed(self):
        r = self.on_screen("-c", "@{ \"k`e[31m\" = \"a`e]0;t`a$([char]0x9b)2J$([char]0x202e)\" }")
        self.assertNotIn(b"\x1b]", r.raw)
        text = "".join(r.rows)
        self.assertIn("\\u001b]0;t\\u0007\\u009b2J\\u202e", text)

    def test_decode_too(self):
        path = self.file('<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
                         "<I32>7</I32><Nil/></Objs>")
        with Terminal("decode", path) as t:
            r = t.finish()
        self.assertEqual(r.err.replace("\x1b[0m", ""), "\x1b[0;39m7\n\x1b[1;30mnull\n")


if __name__ == "__main__":
    unittest.main()
