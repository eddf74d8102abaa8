"""Servers that cheat in the handshake of NTLM and Negotiate: an error, and no body has left."""
import base64
import struct

from lane_driver import AUTH, LIMIT, PROTOCOL
from lane_case import Case, SECRET, plain

UNICODE, SIGN, SEAL, EXTENDED = 1, 0x10, 0x20, 0x80000
KEYS_128, KEY_EXCHANGE = 0x20000000, 0x40000000
ALL = 0xE2898235
NTLM_OID = bytes.fromhex("2b06010401823702020a")
KERBEROS_OID = bytes.fromhex("2a864886f712010202")
COMPLETED, INCOMPLETE, REJECT, REQUEST_MIC = range(4)


def pair(number, value):
    return struct.pack("<HH", number, len(value)) + value


NAMES = pair(2, "CORP".encode("utf-16le")) + pair(1, "WEB1".encode("utf-16le"))
TIME = pair(7, bytes.fromhex("f8819288991ed601"))
END = pair(0, b"")


def challenge(flags=ALL, info=NAMES + TIME + END, name=b"C\0", size=56):
    at = size + len(name)
    head = (b"NTLMSSP\0" + struct.pack("<LHHLL", 2, len(name), len(name), size, flags) +
            b"01234567" + bytes(8) + struct.pack("<HHL", len(info), len(info), at) +
            bytes.fromhex("0a0039380000000f"))
    return head[:size] + name + info


def der(tag, content):
    size = len(content)
    length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else bytes([0x82]) + struct.pack(">H", size)
    return bytes([tag]) + length + content


def answer(state=None, mechanism=None, token=None, mic=None):
    fields = b""
    if state is not None:
        fields += der(0xA0, der(0x0A, bytes([state])))
    if mechanism:
        fields += der(0xA1, der(0x06, mechanism))
    if token:
        fields += der(0xA2, der(0x04, token))
    if mic:
        fields += der(0xA3, der(0x04, mic))
    return der(0xA1, der(0x30, fields))


def wrapped(token=None, state=INCOMPLETE, mechanism=NTLM_OID, **kwargs):
    return answer(state, mechanism, token or challenge(), **kwargs)


def header(token):
    if isinstance(token, str):
        return b"WWW-Authenticate: " + token.encode()
    value = b" " + base64.b64encode(token) if token else b""
    return b"WWW-Authenticate: Negotiate" + value


def server(*replies):
    """(status, token), one for each request of a connection; the last goes on.  A str: the whole challenge."""
    def handler(connection):
        for at in range(20):
            if not connection.receive():
                return
            status, token = replies[min(at, len(replies) - 1)]
            connection.reply(status, headers=[header(token)])
    return handler


class Cheats(Case):
    def refused(self, auth, replies, text, error=AUTH, posts=1, flags="-"):
        """The exchange fails with this; no lane tries the credential again, and nothing leaked."""
        d = self.play(server(*replies), "--auth=" + auth, password=SECRET)
        done = d.ask(flags=flags, op="Create")
        self.assertEqual(done.get("error"), error, done)
        self.assertIn(text, done["text"])
        self.assertIn("127.0.0.1", done["text"])
        self.assertNotIn(SECRET, done["text"])
        self.assertEqual(len(self.server.posts()), posts)
        if flags == "-":
            self.assertEqual(self.bodies(), [])
        if error == AUTH:
            again = d.ask(lane=2, flags=flags, op="Create")
            self.assertEqual(again["text"], done["text"])
            self.assertEqual(len(self.server.posts()), posts)
        self.finish()

    def both(self, token, text, **kwargs):
        with self.subTest(text):
            self.refused("ntlm", [(401, token)], text, **kwargs)
            self.refused("negotiate", [(401, wrapped(token))], text, **kwargs)

    def test_weak(self):
        for flag, text in ((UNICODE, "Unicode"), (EXTENDED, "extended session security"),
                           (KEYS_128, "128-bit keys"), (KEY_EXCHANGE, "key exchange"),
                           (SIGN, "signing"), (SEAL, "sealing")):
            self.both(challenge(ALL & ~flag), "does not grant " + text)

    def test_target_information(self):
        self.both(challenge(info=TIME + END), "does not name its computer and domain")
        self.both(challenge(info=NAMES + TIME), "ends early", error=PROTOCOL)
        self.both(challenge(info=b""), "ends early", error=PROTOCOL)
        self.both(challenge(info=NAMES + pair(7, b"short") + END), "ends early", error=PROTOCOL)
        self.both(challenge(info=NAMES + b"\x01\x00\xff\xff" + END), "ends early", error=PROTOCOL)

    def test_fields(self):
        whole = challenge()
        self.both(whole[:47], "ends early", error=PROTOCOL)
        self.both(whole[:-1], "points outside", error=PROTOCOL)
        self.both(whole[:44] + b"\xff\xff\xff\xff" + whole[48:], "points outside", error=PROTOCOL)
        self.both(whole[:8] + b"\x03" + whole[9:], "type 3 instead of 2", error=PROTOCOL)
        self.both(b"garbage", "does not begin as one", error=PROTOCOL)

    def test_long(self):
        """What fits into the headers is answered; what does not ends the exchange."""
        info = NAMES + pair(99, bytes(40000)) + END
        self.refused("ntlm", [(401, challenge(info=info)), (401, None)], "refused user", posts=2)
        d = self.play(server((401, bytes(70000))), "--auth=ntlm", password=SECRET)
        self.assertEqual(d.ask().get("error"), LIMIT)
        self.assertEqual(len(self.server.posts()), 1)

    def test_spnego(self):
        for token, text in (
                (challenge(), "no SPNEGO answer"),
                (b"\xa1\x02\x30\x01", "no SPNEGO answer"),
                (wrapped(mechanism=KERBEROS_OID), "was not offered"),
                (wrapped(state=COMPLETED), "before it could know"),
                (answer(COMPLETED), "before it could know"),
                (answer(REJECT), "rejected"),
                (answer(REQUEST_MIC, NTLM_OID), "no NTLM challenge")):
            with self.subTest(text):
                self.refused("negotiate", [(401, token)], text)

    def test_after_the_last_token(self):
        first = (401, wrapped())
        for last, text in (
                ((401, None), "refused user vagrant (negotiate)"),
                ((401, answer(REJECT)), "refused user vagrant (negotiate)"),
                ((401, wrapped()), "refused user vagrant (negotiate)"),
                ((200, None), "without a token"),
                ((200, answer(COMPLETED)), "no mechListMIC"),
                ((200, answer(COMPLETED, mic=b"\x01" + bytes(15))), "mechListMIC is wrong"),
                ((200, answer(COMPLETED, KERBEROS_OID, mic=bytes(16))), "was not offered"),
                ((200, answer(INCOMPLETE)), "did not complete")):
            with self.subTest((last[0], text)):
                self.refused("negotiate", [first, last], text, posts=2)

    def test_with_a_first_body(self):
        """What went with the last token is sealed; what the server says without a key is nothing."""
        for last, text in (
                ((200, answer(COMPLETED)), "no mechListMIC"),
                ((200, answer(COMPLETED, mic=b"\x01" + bytes(15))), "mechListMIC is wrong"),
                ((401, None), "refused user vagrant (negotiate)")):
            with self.subTest(text):
                self.refused("negotiate", [(401, wrapped()), last], text, posts=2, flags="f")
                self.assertTrue(all(b"hello" not in r.body for r in self.server.posts()))

    def test_ntlm_after_the_last_token(self):
        first = (401, challenge())
        for last in (None, challenge(), b"garbage"):
            with self.subTest(last):
                self.refused("ntlm", [first, (401, last)], "refused user vagrant (ntlm)", posts=2)

    def test_a_token_that_is_no_base64(self):
        """Behind the credential it is as good as none."""
        for auth, first in ("ntlm", challenge()), ("negotiate", wrapped()):
            with self.subTest(auth):
                self.refused(auth, [(401, "Negotiate abc")], "is not base64", error=PROTOCOL)
                for flags in "-", "f":
                    self.refused(auth, [(401, first), (401, "Negotiate abc")], f"refused user vagrant ({auth})", posts=2, flags=flags)
        d = self.play(server((401, "Basic abc")), "--auth=basic", "--allow-cleartext", password=SECRET)
        done = d.ask()
        self.assertEqual((done.get("error"), done["refused"], d.ask(lane=2)["text"]), (AUTH, True, done["text"]))
        self.assertEqual(len(self.server.posts()), 1)

    def test_a_mechanism_that_is_switched_off(self):
        for auth in ("ntlm", "negotiate"):
            self.refused(auth, [(401, None)], "does not go on with " + auth)

    def test_nothing_of_lm_is_sent(self):
        """Nor of NTLMv1: the AUTHENTICATE of what was sent above."""
        self.play(server((401, challenge()), (401, None)), "--auth=ntlm", password=SECRET)
        self.driver.ask()
        sent = self.server.posts()[1].token()
        lm_size, _, lm_at = struct.unpack("<HHL", sent[12:20])
        nt_size, _, nt_at = struct.unpack("<HHL", sent[20:28])
        self.assertEqual(sent[lm_at:lm_at + lm_size], bytes(24))
        self.assertGreater(nt_size, 24)
        self.assertEqual(sent[nt_at + 16:nt_at + 18], b"\x01\x01")


del Case
