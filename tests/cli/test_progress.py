"""The progress of a script on a terminal: pyte's screen at its steps, and nothing of it elsewhere."""
import time

from program import DONE, LIMIT, PASSWORD
from screen import OnScreen, pyte, rows, screen_of
from terminal import Terminal

BAR = "[==========          ] 50%"


class Progress(OnScreen):
    def steps(self, script, *checks, columns=80, lines=24, env=None):
        """Runs the script, which waits for a line of input behind each step; each check sees the screen then."""
        if pyte is None:
            self.skipTest("no python3-pyte here")
        with Terminal(*self.args("-c", script), columns=columns, lines=lines, password=PASSWORD, env=env) as t:
            for check in checks:
                self.until(t, check, columns, lines)
            r = t.finish()
        r.raw = t.raw
        r.rows = rows(screen_of(t.raw, columns, lines))
        return r

    def until(self, t, check, columns, lines):
        """The screen comes to be so.  Scripts wait a while at each step, so that it is seen."""
        end = time.monotonic() + LIMIT
        while True:
            shown = rows(screen_of(t.raw, columns, lines))
            if check(shown):
                return
            if time.monotonic() > end or (not t.more(1) and b"THE END" in t.raw):
                raise AssertionError("\n".join(shown).rstrip())

    def ends_clean(self, r, *lines):
        self.assertEqual(r.status, DONE, r)
        self.assertEqual([x for x in r.rows if x], list(lines), r)

    def test_one_activity(self):
        script = ("Write-Progress Copying -Status '3 of 6' -PercentComplete 50 -SecondsRemaining 72 "
                  "-CurrentOperation big.iso; Start-Sleep 2")
        r = self.steps(script, lambda s: s[0] == f"Copying {BAR} 3 of 6, 1:12 left: big.iso")
        self.ends_clean(r)
        self.assertTrue(r.raw.endswith(b"\r\x1b[K"), r.raw[-100:])

    def test_nested(self):
        script = ("Write-Progress Outer -Id 1 -PercentComplete 50; Write-Progress Inner -Id 2 -ParentId 1 -Status s; "
                  "Write-Progress Other -Id 3 -PercentComplete 0; Start-Sleep 2; Write-Progress Outer -Id 1 -Completed; "
                  "Start-Sleep 2")
        r = self.steps(script,
                       lambda s: s[:3] == [f"Outer {BAR} Processing", "  Inner s",
                                           "Other [" + " " * 20 + "] 0% Processing"],
                       lambda s: s[:2] == ["Other [" + " " * 20 + "] 0% Processing", ""])
        self.ends_clean(r)

    def test_what_is_written_stays_whole(self):
        """Output, records and host writes stand above it, in their order, and none is lost."""
        script = ("1..3 | ForEach-Object { Write-Progress P -PercentComplete 50; \"out $_\"; Write-Warning \"warn $_\"; "
                  "Write-Host \"host $_\"; Start-Sleep -Milliseconds 700 }")
        r = self.steps(script, lambda s: f"P {BAR} Processing" in s, env={"NO_COLOR": "1"})
        self.assertEqual(r.status, DONE)
        shown = [x for x in r.rows if x]
        self.assertEqual(sorted(shown), sorted(x for n in "123" for x in (f'"out {n}"', f"WARNING: warn {n}", f"host {n}")))
        for kind in '"out', "WARNING", "host":
            self.assertEqual([x for x in shown if x.startswith(kind)], sorted(x for x in shown if x.startswith(kind)))

    def test_behind_text_without_a_newline(self):
        r = self.steps("Write-Host -NoNewline abc; Write-Progress P -PercentComplete 50; Start-Sleep 1; Write-Host def")
        self.ends_clean(r, "abcdef")

    def test_narrow_terminals(self):
        """A line never wraps: what wraps can't be taken off again."""
        script = ("Write-Progress ('漢字' * 30) -Id 1 -PercentComplete 50; Write-Progress ('x' * 300) -Id 2 -ParentId 1; "
                  "Start-Sleep 2; 'done'")
        r = self.steps(script, lambda s: s[1].startswith("  xxx"), columns=30)
        self.ends_clean(r, '"done"')

    def test_any_number_of_activities(self):
        script = "1..200 | ForEach-Object { Write-Progress \"A$_\" -Id $_ }; Start-Sleep 2; 'done'"
        r = self.steps(script, lambda s: s[0].startswith("A") and s[8].startswith("A") and s[9] == "", lines=10)
        self.ends_clean(r, '"done"')

    def test_harmless(self):
        evil = "a$([char]27)]0;t$([char]7)$([char]27)[2J$([char]0x9b)5A`n`rb$([char]0x202e)"
        script = f"'first'; Write-Progress \"{evil}\" -Status \"{evil}\" -CurrentOperation \"{evil}\"; Start-Sleep 2"
        r = self.steps(script, lambda s: s[0] == '"first"' and s[1].startswith("a^[]0;t^G^[[2J<U+009B>5A ^Mb<U+202E>"),
                       columns=300)
        self.ends_clean(r, '"first"')

    def test_nothing_elsewhere(self):
        script = "Write-Progress P -PercentComplete 50; 1"
        self.assertEqual(self.well("-c", script), [1])
        for how in ({"env": {"TERM": "dumb"}}, {"err": True}):
            with Terminal(*self.args("-c", script), password=PASSWORD, **how) as t:
                r = t.finish()
            self.assertNotIn("50%", r.err)
            self.assertNotIn(b"50%", t.raw)
        (record, out) = self.well("-c", script, "--streams")
        self.assertEqual((record["stream"], record["value"]["PercentComplete"], out["value"]), ("progress", 50, 1))

    def test_ctrl_c(self):
        with Terminal(*self.args("-c", "Write-Progress P -PercentComplete 50; Start-Sleep 60"), password=PASSWORD) as t:
            t.wait_for("50%")
            t.type("\x03")
            r = t.finish()
        self.assertEqual(r.status, 130)
        self.assertNotIn("50%", "\n".join(rows(screen_of(t.raw, 80, 50))))
