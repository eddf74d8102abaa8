"""The cmd resource, with /bin/sh in it."""

import base64
import glob
import threading

from harness import equal
from test_shells import client, code
from wsman_client import NS, SHELL


class Cmd:
    """A cmd shell, on a client."""

    def __init__(self, e, extra="", options=()):
        self.c = client(e)
        self.c.resource = SHELL + "/cmd"
        self.c.create(options=options, body=f"<rsp:Shell>{extra}<rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>")

    def start(self, line, *arguments, skip=False):
        arguments = "".join(f"<rsp:Arguments>{a}</rsp:Arguments>" for a in arguments)
        reply = self.c.call(SHELL + "/Command", f"<rsp:CommandLine><rsp:Command>{line}</rsp:Command>{arguments}</rsp:CommandLine>",
                            options=[("WINRS_CONSOLEMODE_STDIN", "TRUE", False), ("WINRS_SKIP_CMD_SHELL", str(skip).upper(), False)])
        return reply.find(".//rsp:CommandId", NS).text

    def receive(self, command, streams="stdout stderr"):
        return self.c.call(SHELL + "/Receive", f'<rsp:Receive><rsp:DesiredStream CommandId="{command}">{streams}</rsp:DesiredStream></rsp:Receive>')

    def finish(self, command):
        """Standard output, standard error and exit code."""
        got = {"stdout": b"", "stderr": b""}
        while True:
            reply = self.receive(command)
            for stream in reply.iterfind(".//rsp:Stream", NS):
                got[stream.get("Name")] += base64.b64decode(stream.text or "")
            if reply.find(".//rsp:ExitCode", NS) is not None:
                return got["stdout"], got["stderr"], int(reply.find(".//rsp:ExitCode", NS).text)


def test_streams_and_exit_code(e):
    s = Cmd(e)
    equal(s.finish(s.start("echo a; echo b 1>&amp;2; exit 5")), (b"a\n", b"b\n", 5))
    equal(s.finish(s.start("echo", "one", "'two three'")), (b"one two three\n", b"", 0))
    s.c.delete()


def test_no_shell_between(e):
    s = Cmd(e)
    equal(s.finish(s.start("/bin/echo", "$HOME", "a b", skip=True)), (b"$HOME a b\n", b"", 0))
    s.c.delete()


def test_stdin(e):
    s = Cmd(e)
    command = s.start("cat; echo end")
    s.c.send(b"first\n", command)
    s.c.send(b"second\n", command, end=True)
    equal(s.finish(command), (b"first\nsecond\nend\n", b"", 0))
    s.c.signal(command)
    equal(code(s.receive, command), 2150858843)
    s.c.delete()


def test_running_state(e):
    s = Cmd(e)
    command = s.start("echo first; sleep 1; echo second")
    assert s.receive(command).find(".//rsp:CommandState", NS).get("State").endswith("/Running")
    equal(s.finish(command)[0], b"second\n")
    s.c.delete()


def test_ctrl_c(e):
    s = Cmd(e)
    command = s.start("trap 'echo caught; exit 9' INT; echo ready; while :; do sleep 0.1; done")
    s.receive(command)
    s.c.signal(command, SHELL + "/signal/ctrl_c")
    out, _, status = s.finish(command)
    equal((out, status), (b"caught\n", 9))
    s.c.delete()


def sleeping(seconds):
    """The processes that `sleep` so long."""
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                found += [path] if f.read() == b"sleep\0%d\0" % seconds else []
        except OSError:  # it has ended
            pass
    return found


def test_terminate_kills_the_group(e):
    s = Cmd(e)
    command = s.start("sleep 987 &amp; sleep 986; true")
    e.until(lambda _: sleeping(987) and sleeping(986))
    s.c.signal(command)
    e.until(lambda _: not sleeping(987) and not sleeping(986))
    s.c.delete()


def test_delete_ends_receive(e):
    s = Cmd(e)
    command = s.start("sleep 60")
    ended = []
    reader = threading.Thread(target=lambda: ended.append(code(s.receive, command)))
    reader.start()
    e.until_receiving(command)
    other = client(e)
    other.resource, other.shell, other.session = s.c.resource, s.c.shell, s.c.session
    other.delete()
    reader.join(10)
    equal(ended, [995])


def test_refused(e):
    s = Cmd(e)
    command = s.start("true")
    equal(code(s.receive, command, "other"), 87)
    equal(code(s.c.receive), 87, "without CommandId")
    equal(code(s.c.call, SHELL + "/Disconnect", ""), 2150859205)
    s.c.delete()
    equal(code(Cmd, e, "", [("X", "1", True)]), 2150858833)
    equal(code(Cmd, e, "<rsp:WorkingDirectory>/no/such/place</rsp:WorkingDirectory>"), 267)


def test_environment(e):
    s = Cmd(e, '<rsp:WorkingDirectory>/usr</rsp:WorkingDirectory><rsp:Environment><rsp:Variable Name="A">b c</rsp:Variable>'
            '<rsp:Variable Name="D">&lt;e&gt;</rsp:Variable></rsp:Environment>', [("WINRS_NOPROFILE", "TRUE", True), ("WINRS_CODEPAGE", "65001", False)])
    equal(s.finish(s.start('echo "$A $D $PWD"'))[0], b"b c <e> /usr\n")
    s.c.delete()
