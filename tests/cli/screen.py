"""What a terminal shows of winch: its screen is pyte's, a terminal emulator that knows nothing of winch."""
import unittest

from program import PASSWORD, Live
from terminal import Terminal

try:
    import pyte
except ImportError:
    pyte = None


def screen_of(raw, columns=120, lines=50):
    """The emulator's screen after these bytes."""
    if pyte is None:
        raise unittest.SkipTest("no python3-pyte here")
    screen = pyte.Screen(columns, lines)
    pyte.ByteStream(screen).feed(raw)
    return screen


def rows(screen):
    """The rows of a screen as text, without what is blank at their ends."""
    return [line.rstrip() for line in screen.display]


class OnScreen(Live):
    def on_screen(self, *args, columns=120, lines=50, **how):
        """winch run ARGS on a terminal to its end: a Result with .raw, the bytes, and .rows, the screen."""
        if pyte is None:
            self.skipTest("no python3-pyte here")
        with Terminal(*self.args(*args), columns=columns, lines=lines, password=PASSWORD, **how) as t:
            r = t.finish()
        r.raw = t.raw
        r.rows = rows(screen_of(t.raw, columns, lines))
        return r
