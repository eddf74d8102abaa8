"""Error records on stderr, compared with what PowerShell's own formatter prints for the same errors."""
import json
import os
import re
import tempfile
import unittest

from program import DONE, RECORD, Live
from screen import OnScreen, screen_of

HERE = os.path.dirname(os.path.abspath(__file__))
VERY_WIDE = "10000"  # so that Out-String breaks no line by itself

SAME = None
# PowerShell's -v, NormalView, of what a script itself wrote begins with the whole script.  A client of
# PowerShell has the script's text, but not as the ScriptBlock that the view asks for.
AS_CLIENT = "the command is a script, whose text is no ScriptBlock on the wire"
# The engine's own record of a parse error has the exception's parent in its category.
PARSER = "the wire has the parser's exception itself"

# name: (script, why -v differs)
CASES = {
    "cmdlet": ("Get-Item /nonexistent/a", SAME),
    "cmdlet in a later line": ("\n\nGet-Item /nonexistent/a", SAME),
    "Write-Error": ("Write-Error careful", AS_CLIENT),
    "Write-Error in a later line": ("$x = 1\nWrite-Error 'careful'", AS_CLIENT),
    "Write-Error in a function": ("function f { Write-Error 'in f' }; f", SAME),
    "Write-Error in a function of several lines": ("function f {\n  Write-Error 'in f'\n}\nf", SAME),
    "throw": ("throw 'thrown'", SAME),
    "throw in a later line": ("$x = 1\nthrow 'thrown'", SAME),
    "throw an exception": ("throw [System.IO.IOException]::new('disk')", SAME),
    "throw nothing": ("throw", SAME),
    "throw an empty text": ("throw ''", SAME),
    "parse errors": ("$x = 1\nif ($x {\n 2\n}\n foreach x", PARSER),
    "parse error in the first line": ("$a = 1; foreach x", PARSER),
    "parse error with a long word": ("$x = 1\n$w = 'aaa' " + "b" * 120 + " cccc", PARSER),
    ".NET exception": ("[int]::Parse('x')", SAME),
    ".NET exception in a later line": ("\n[int]::Parse('x')", SAME),
    "exception in an exception": ("try { [int]::Parse('x') } catch { throw [Exception]::new('outer', "
                                  "$_.Exception) }", SAME),
    "null": ("$null.Foo()", SAME),
    "unknown command": ("Get-Nonsense 1", SAME),
    "unknown parameter": ("Get-Item -Nope 3", SAME),
    "division": ("1/0", SAME),
    "conversion": ("[int]$i = 'abc'", SAME),
    "RecommendedAction": ("Write-Error -Message m -RecommendedAction 'do that' -Category InvalidData "
                          "-TargetObject 12", AS_CLIENT),
    "several lines": ("Write-Error \"one`ntwo`nthree\"", AS_CLIENT),
    "several lines in a function": ("function f { Write-Error \"one`ntwo\" }\nf", SAME),
    "long source line": ("$" + "a" * 48 + " = 1; $" + "b" * 40 + " = 2; Get-Item /nonexistent/" +
                         "c" * 30 + "/" + "d" * 20, SAME),
    "long source line, later": ("\n$" + "a" * 48 + " = 1; $" + "b" * 40 + " = 2; Get-Item /nonexistent/" +
                                "c" * 30 + "/" + "d" * 20, SAME),
    "Unicode": ("\n'Grüße 😀'; Get-Item '/nonexistent/Größe 😀 日本'; 1", SAME),
    "tabs": ("\n\tif (1) {\t\tGet-Item\t/nonexistent/a }", SAME),
    "programs": ("/bin/sh -c 'echo oops >&2; echo more >&2'", SAME),
    "ErrorAction Stop in a function": ("function f {\n Get-Item /nonexistent/a -ErrorAction Stop\n}\nf", SAME),
    "several records": ("\n1..3 | ForEach-Object {\n  Get-Item /nonexistent/$_ }", SAME),
    "ThrowTerminatingError": ("function f { [CmdletBinding()]param() \n $PSCmdlet.ThrowTerminatingError("
                              "[System.Management.Automation.ErrorRecord]::new([Exception]::new('te'), 'Id', "
                              "'InvalidArgument', 5)) }\nf", SAME),
    "rethrow": ("try { Get-Item /nonexistent/a -ea Stop } catch { throw }", SAME),
    "script file": ("& '{folder}/a.ps1'", SAME),
    "module": ("Import-Module '{folder}/m.psm1'; hh", SAME),
    "where the target says": ("Write-Error Expected -TargetObject @{File='/a/b.ps1';Line=12;LineText='  $x | "
                              "Should -Be 1 '}", AS_CLIENT),
    "line 12346": ("\n" * 12345 + "Get-Item /nonexistent/a", SAME),
    "category": ("function f { Write-Error -Message m -Category 5 -CategoryActivity Act -CategoryReason Rea "
                 "-CategoryTargetName 'Tar get' -CategoryTargetType Typ -ErrorId My.Id }; f", SAME),
    "filter": ("filter ff { Write-Error \"no $_\" }\n1 | ff", SAME),
    "alias": ("\ngi /nonexistent/a", SAME),
    "script block": ("\n& { Write-Error inside }", AS_CLIENT),
    "strict mode": ("Set-StrictMode -Version 3\n$nope.x\n$undefined\nSet-StrictMode -Off", SAME),
}
FILES = {
    "a.ps1": "\nfunction g { Get-Item '/nonexistent/" + "word " * 60 + "' }\ng\nWrite-Error \"two`nlines\tand a "
             "tab\"\nthrow 'top'\n",
    "m.psm1": "\nfunction hh { Get-Item '/nonexistent/m" + " word" * 60 + "' }\n",
}


def errors(stderr):
    """stderr without -v's lines of the log, and without blank lines at its end."""
    log = re.compile(r"\d{4}-\d\d-\d\dT")
    return "\n".join(line for line in stderr.split("\n") if not log.match(line)).rstrip()


def paragraphs(text):
    """A record of a script file, and of the parser, ends in a blank line in a console; in a log there is
    no use for it."""
    return re.sub(r"\n\n(?=[^\s:]+: )", "\n", text).rstrip()


class LikeTheEngine(OnScreen):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.made = {}
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        for name, content in FILES.items():
            with open(os.path.join(folder.name, name), "w") as f:
                f.write(content)
        cls.cases = {name: (script.replace("{folder}", folder.name), why)
                     for name, (script, why) in CASES.items()}

    def engine(self, columns, names=tuple(CASES), colours=False):
        """{name: {Concise, Normal, Client, Terminal}}"""
        key = (columns, names, colours)
        if key in self.made:
            return self.made[key]
        scripts = json.dumps([self.cases[name][0] for name in names])
        r = self.run_winch("-f", os.path.join(HERE, "engine-views.ps1"), "--width", columns,
                           "-P", "Scripts:=" + scripts, "-P", f"Width:={VERY_WIDE}",
                           "-P", "Colours:=" + json.dumps(colours))
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        views = r.objects()
        self.assertEqual(len(views), len(names))
        self.made[key] = dict(zip(names, views))
        return self.made[key]

    def check(self, columns, **how):
        for name, views in self.engine(columns, **how).items():
            with self.subTest(name, columns=columns):
                r = self.run_winch("-c", self.cases[name][0], "--width", columns)
                self.assertEqual(r.status, RECORD, r)
                self.assertEqual(errors(r.err), paragraphs(views["Concise"]))

    def test_concise(self):
        self.check("120")

    def test_concise_at_other_widths(self):
        names = ("parse errors", "parse error with a long word", "script file", "module",
                 "cmdlet in a later line")
        self.check("61", names=names)
        self.check("20", names=names)

    def test_normal(self):
        for name, views in self.engine("120").items():
            with self.subTest(name):
                script, why = self.cases[name]
                r = self.run_winch("-v", "-c", script)
                self.assertEqual(r.status, RECORD, r)
                want = views["Client" if why == AS_CLIENT else "Normal"]
                if why == PARSER:
                    want = want.replace("ParentContainsErrorRecordException", "ParseException")
                self.assertEqual(errors(r.err), want.rstrip())
                if why:
                    self.assertNotEqual(errors(r.err), views["Normal"].rstrip(), "there is no difference")

    def test_colours(self):
        """The same cells in the same colours, whatever sequences make them so."""
        def cells(raw):
            screen = screen_of(raw.encode(), 400, 60)
            lines = [[(c.data, c.fg, c.bg, c.bold) for x, c in sorted(line.items()) if c.data.strip()]
                     for y, line in sorted(screen.buffer.items())]
            return [line for line in lines if line]

        names = ("cmdlet", "cmdlet in a later line", "parse errors", "RecommendedAction", "tabs", "Unicode",
                 "long source line, later", "programs", "several lines", "where the target says")
        for name, views in self.engine("120", names=names, colours=True).items():
            with self.subTest(name):
                r = self.on_screen("-c", self.cases[name][0], columns=400, out=True)
                self.assertEqual(cells(r.raw.decode()), cells(views["Terminal"].replace("\n", "\r\n")), r)


class Alone(Live):
    def test_without_invocation_info(self):
        """The parser's last word on a script that just ends: the message alone."""
        r = self.run_winch("-c", "1 +")
        self.assertEqual((r.status, r.err),
                         (RECORD, "You must provide a value expression following the '+' operator.\n"))

    def test_no_sequence_of_a_server_is_obeyed(self):
        for script in ("Write-Error \"a$([char]27)]0;title$([char]7)b$([char]0x202e)c$([char]0x9b)2Jd\"",
                       "\nthrow \"a$([char]27)]0;title$([char]7)b$([char]0x202e)c$([char]0x9b)2Jd\"",
                       "Write-Error m -CategoryActivity \"a$([char]27)[2Jc\" -ErrorId \"i$([char]27)[2Jd\""):
            for option in ((), ("-v",)):
                r = self.run_winch("-c", script, *option)
                self.assertFalse([c for c in errors(r.err) if c < " " and c != "\n" or "\x7f" <= c <= "\x9f" or
                                  c == "\u202e"], r)
                self.assertIn("^[", r.err, r)


if __name__ == "__main__":
    unittest.main()
