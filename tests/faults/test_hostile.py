"""A hostile server, and `winch run` against it: a clear error, bounded memory, no hang,
the shell deleted where it still can be."""
import os
import re
import struct
import sys
import tempfile
import threading
import time
import unittest

from endpoint import TOP
from fake_server import Server
from fake_shell import ERROR, OUTPUT, PIPELINE_STATE, Shell, bag, fragment, message

sys.path.append(os.path.join(TOP, "tests", "cli"))
from program import BUILD, winch  # noqa: E402

PASSWORD = "secret-in-test"


def run(shell, *args):
    """winch run against shell to its end, and .ops: what was asked of it."""
    with Server(shell.handler) as server:
        r = winch("run", "--auth", "basic", "--allow-cleartext", "--user", "u", server.url(),
                  *(args or ("-c", "1")), password=PASSWORD)
    if server.failures:
        raise AssertionError(server.failures)
    r.ops = shell.ops
    return r


def output(text):
    """A pipeline that gives one object, as CLIXML text, and completes."""
    return Shell(lambda s: [s.fragments(OUTPUT, text.encode()) + s.end(), s.end()])


def until(what, seconds=20):
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to that")
        time.sleep(0.02)


class Hostile(unittest.TestCase):
    def refused(self, shell, *words, status=5, **how):
        r = run(shell, **how)
        self.assertEqual(r.status, status, r.err)
        for word in words:
            self.assertIn(word, r.err)
        self.assertEqual(r.ops[-1], "Delete", r.ops)
        if "asan" not in BUILD:
            self.assertLess(r.mib, 64)
        return r

    def test_a_good_server_is_understood(self):
        r = run(output("<S>well</S>"))
        self.assertEqual((r.status, r.out), (0, b'"well"\n'), r.err)
        self.assertEqual(r.ops[-1], "Delete")

    def test_a_fragment_of_one_gib(self):
        self.refused(Shell(lambda s: [fragment(9, b"x" * 100, length=1 << 30)]), "longer than")

    def test_an_endless_message(self):
        piece = b"x" * 200000
        state = {"n": 0}

        def more(s):
            state["n"] += 1
            if state["n"] == 1:
                return [fragment(9, message(OUTPUT, s.rpid, s.pid, b"<S>") + piece, 0, 1)]
            return [b"".join(fragment(9, piece, 3 * state["n"] - 5 + i, 0) for i in range(3))]

        r = run(Shell(more))
        self.assertEqual(r.status, 5, r.err)
        self.assertIn("longer than", r.err)
        if "asan" not in BUILD:
            self.assertLess(r.mib, 500)

    def test_a_reply_of_twice_the_envelope(self):
        """That much is taken, a byte more is not: 2 x 512,000 from protocol 2.2 on."""
        def padded(size):
            def envelope(s, op, text):
                if op == "Receive" and "CommandId" in text:
                    reply = s.answer(text, op)
                    return reply + b" " * (size - len(reply))

            return Shell(lambda s: [s.fragments(OUTPUT, b"<S>well</S>") + s.end(), s.end()], envelope)

        r = run(padded(1024000))
        self.assertEqual((r.status, r.out), (0, b'"well"\n'), r.err)
        self.refused(padded(1024001), "longer than 1024000 bytes")

    def test_ten_thousand_nested_elements(self):
        deep = '<Obj RefId="0"><LST>' * 5000 + "</LST></Obj>" * 5000
        self.refused(output(deep), "100")

    def test_a_doctype_in_clixml(self):
        self.refused(output('<!DOCTYPE S [<!ENTITY a "aaaaaaaaaa">]><S>&a;</S>'), "DOCTYPE")

    def test_a_doctype_in_soap(self):
        def envelope(s, op, text):
            if op == "Receive":
                return b'<!DOCTYPE x [<!ENTITY a "b">]>' + s.answer(text, op)

        self.refused(Shell(lambda s: [b""], envelope), "DOCTYPE")

    def test_fragments_out_of_order(self):
        self.refused(Shell(lambda s: [fragment(9, b"x" * 50, 0, 1) + fragment(9, b"y" * 50, 2, 2)]),
                     "out of order")

    def test_a_message_illegal_in_this_state(self):
        self.refused(Shell(lambda s: [s.fragments(0x00010002, bag())]))

    def test_an_unknown_message(self):
        self.refused(Shell(lambda s: [s.fragments(0x00055555, bag())]))

    def test_garbage_in_place_of_clixml(self):
        self.refused(output("this is no XML"))

    def test_garbage_in_place_of_soap(self):
        def envelope(s, op, text):
            if op == "Receive" and "CommandId" in text:
                return b"\x00\xff<<<<"

        self.refused(Shell(lambda s: [b""], envelope))

    def test_half_a_reply(self):
        def envelope(s, op, text):
            if op == "Receive" and "CommandId" in text:
                return (b"HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
                        b"Content-Length: 5000\r\n\r\n<s:Envelope", )

        r = run(Shell(lambda s: [b""], envelope))
        self.assertIn(r.status, (3, 5), r.err)
        self.assertTrue(r.err)

    def test_a_reply_to_another_request(self):
        def envelope(s, op, text):
            if op == "Receive" and "CommandId" in text:
                return s.answer(text, op).replace(b"RelatesTo>uuid:", b"RelatesTo>uuid:0")

        self.refused(Shell(lambda s: [s.end()], envelope))

    def test_terminal_escapes_in_an_error_record(self):
        evil = "\x1b]0;owned\x07\x1b[2Jclear\x9b31m\u202etrick\r over"
        escaped = "".join(f"_x{ord(c):04X}_" if ord(c) < 32 or 127 <= ord(c) < 160 else c for c in evil)
        record = ('<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.ErrorRecord</T>'
                  "<T>System.Object</T></TN><ToString>" + escaped + '</ToString><MS><Obj N="Exception" RefId="1">'
                  "<TN RefId=\"1\"><T>System.Exception</T></TN><ToString>" + escaped + '</ToString><Props><S N="Message">'
                  + escaped + '</S></Props></Obj><S N="FullyQualifiedErrorId">' + escaped
                  + '</S><Nil N="InvocationInfo" /><I32 N="ErrorCategory_Category">0</I32></MS></Obj>')
        r = run(Shell(lambda s: [s.fragments(ERROR, record.encode()) + s.end(), s.end()]))
        self.assertEqual(r.status, 1, r.err)
        self.assertIn("clear", r.err)
        for c in r.err:
            self.assertTrue(c in "\n\t" or (ord(c) >= 32 and not 127 <= ord(c) < 160), repr(r.err))
        self.assertNotIn("\u202e", r.err)

    def test_a_long_error_message(self):
        """Broken into lines, each of them once."""
        words = 600000
        record = ('<Obj RefId="0"><TN RefId="0"><T>System.Management.Automation.ErrorRecord</T></TN><MS>'
                  '<Obj N="Exception" RefId="1"><Props><S N="Message">' + "a word " * words + "</S></Props></Obj>"
                  '<S N="FullyQualifiedErrorId">x</S><I32 N="ErrorCategory_Category">0</I32>'
                  '<S N="InvocationInfo_InvocationName">x</S><S N="InvocationInfo_ScriptName">x.ps1</S>'
                  '<I32 N="InvocationInfo_ScriptLineNumber">3</I32><S N="InvocationInfo_PositionMessage">'
                  "At x.ps1:3 char:1&#10;+ x&#10;+ ~</S></MS></Obj>").encode()
        pieces = [record[i:i + 100000] for i in range(0, len(record), 100000)]

        def parts(s):
            first = fragment(9, message(ERROR, s.rpid, s.pid, pieces[0]), 0, 1)
            last = len(pieces) - 1
            return ([first] + [fragment(9, p, i + 1, 2 if i + 1 == last else 0) for i, p in enumerate(pieces[1:])]
                    + [fragment(10, message(PIPELINE_STATE, s.rpid, s.pid, bag('<I32 N="PipelineState">4</I32>'))), b""])

        r = run(Shell(parts))
        self.assertEqual(r.status, 1, r.err[-1000:])
        self.assertEqual(r.err.count("word"), words)
        self.assertGreater(r.err.count("\n"), 20000)

    def test_terminal_escapes_in_a_fault(self):
        def envelope(s, op, text):
            if op == "Command":
                return s.reply(text, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", (
                    "<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text xml:lang='x'>"
                    "&#x9b;31m\u202egone&#x7f;</s:Text></s:Reason><s:Detail><f:WSManFault xmlns:f='http://schemas.microsoft."
                    "com/wbem/wsman/1/wsmanfault' Code='2150858843'><f:Message>&#x9b;2Jx\u202e</f:Message>"
                    "</f:WSManFault></s:Detail></s:Fault>"))

        r = self.refused(Shell(lambda s: [b""], envelope), "2150858843")
        for c in "\x1b\x9b\x7f\u202e":
            self.assertNotIn(c, r.err)

    def test_a_send_that_is_answered_last(self):
        """By a fault, when the command is done and its terminate was answered."""
        gone = ("<s:Fault><s:Code><s:Value>s:Sender</s:Value></s:Code><s:Reason><s:Text>gone</s:Text></s:Reason>"
                "<s:Detail><f:WSManFault xmlns:f='http://schemas.microsoft.com/wbem/wsman/1/wsmanfault' "
                "Code='2150858843'/></s:Detail></s:Fault>")

        def envelope(s, op, text):
            if op == "Send":
                until(lambda: "Signal" in s.ops)
                time.sleep(0.5)  # for the answer to the Signal
                s.send_answered = True
                return s.reply(text, "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", gone)
            if op == "Receive" and "CommandId" in text:
                command = re.search(r'CommandId="([^"]+)"', text).group(1)
                until(lambda: s.send_answered if s.ops.count("Command") > 1 else "Send" in s.ops)
                return s.received(text, s.fragments(OUTPUT, b"<I32>7</I32>") + s.end(), command, True)
            return None

        shell = Shell(lambda s: [b""], envelope)
        shell.send_answered = False
        with tempfile.NamedTemporaryFile() as objects:
            r = run(shell, "-c", "1", "--exit-code", "--input", objects.name)
        self.assertEqual((r.status, r.out), (7, b"7\n"), r.err)
        self.assertIn("Signal", r.ops)

    def test_a_server_that_says_nothing(self):
        def envelope(s, op, text):
            if op == "Receive" and "CommandId" in text:
                over.wait(300)  # longer than run() waits
                return "close"

        over = threading.Event()
        self.addCleanup(over.set)
        r = run(Shell(lambda s: [b""], envelope), "-c", "1", "--timeout", "2")
        self.assertEqual(r.status, 6, r.err)

    def test_the_password_is_in_no_message(self):
        for args in (("-c", "1", "-vv"), ("-c", "1")):
            r = run(output("<S>x</S>"), *args)
            self.assertNotIn(PASSWORD, r.err)
