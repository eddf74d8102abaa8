"""Acceptors that know the key and cheat: with NTLM by gss-ntlmssp and Kerberos by MIT on the other side, one thing is wrong each
time.  It ends in an error that says what; nothing hangs, nothing is sent twice, and no more than the mechanism had to send."""
import base64
import os
import struct
import sys
import tempfile
import unittest
from unittest import mock

from endpoint import TOP
from lane_driver import AUTH, PROTOCOL
from test_auth import COMPLETED, INCOMPLETE, KERBEROS_OID, NTLM_OID, answer, der
from lane_case import Case, SECRET
from fake_server import SEALED, SOAP, multipart
from gss_acceptor import Acceptor, WINDOWS_OID, der_next, fields, mechanism_list

sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402

SPNEGO_OID = bytes.fromhex("06062b0601050502")
BUILD = os.environ.get("WINCH_BUILD", "build")
SOMETHING = b"<something/>"


def token_of(request):
    """Of whatever scheme."""
    _, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    return base64.b64decode(token)


def challenge(token):
    return [b"WWW-Authenticate: Negotiate " + base64.b64encode(token)] if token else []


class Honest:
    """NTLM, raw: a class of test overrides what it does wrong."""

    def __init__(self):
        self.acceptor = Acceptor(kerberos=False)
        self.plains = []

    def handler(self, connection):
        while request := connection.receive():
            token = token_of(request)
            headers = []
            if token:
                reply = self.token(token)
                if not self.acceptor.done:
                    connection.reply(401, headers=challenge(reply))
                    continue
                headers = challenge(reply)
            if not request.body:
                connection.reply(200, headers=headers)
                continue
            self.plains.append(self.acceptor.open(request.body))
            self.reply(connection, self.plains[-1], headers, request.body)

    def token(self, token):
        return self.acceptor.step(token)

    def reply(self, connection, plain, headers, sealed):
        connection.reply(200, self.acceptor.seal(plain.upper()), SEALED, headers)


class Plain(Honest):
    def reply(self, connection, plain, headers, sealed):
        connection.reply(200, SOMETHING, SOAP, headers)


class OtherBytes(Honest):
    """The seal of one message over the bytes of another of the same length."""

    def reply(self, connection, plain, headers, sealed):
        first, _ = self.acceptor.wrap(plain.upper())
        _, data = self.acceptor.wrap(plain[::-1])
        connection.reply(200, multipart(first, data, len(plain)), SEALED, headers)


class Skips(Honest):
    """The message before this one is lost."""

    def reply(self, connection, plain, headers, sealed):
        self.acceptor.wrap(plain)
        super().reply(connection, plain, headers, sealed)


class Repeats(Honest):
    """What was right once, once more."""
    said = None

    def reply(self, connection, plain, headers, sealed):
        self.said = self.said or self.acceptor.seal(b"<first/>")
        connection.reply(200, self.said, SEALED, headers)


class Reflects(Honest):
    """The client's own body, back to it."""

    def reply(self, connection, plain, headers, sealed):
        connection.reply(200, sealed, SEALED, headers)


class Flips(Honest):
    """One bit of the signature."""

    def reply(self, connection, plain, headers, sealed):
        signature, data = self.acceptor.wrap(plain.upper())
        at = len(signature) // 2
        signature = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1:]
        connection.reply(200, multipart(signature, data, len(plain)), SEALED, headers)


class NotSealed(Honest):
    """Signed, and the text in clear."""

    def reply(self, connection, plain, headers, sealed):
        signature, _ = self.acceptor.wrap(plain.upper())
        connection.reply(200, multipart(signature, plain.upper(), len(plain)), SEALED, headers)


# What it does, and whether the first reply is good.
CHEATS = ((Plain, False), (OtherBytes, False), (Skips, False), (Repeats, True), (Reflects, False), (Flips, False), (NotSealed, False))


def world_of(environment):
    return mock.patch.dict(os.environ, environment)


class Cheated(Case):
    """A driver that talks to one of these."""

    def meet(self, auth, make, url=None):
        self.servers = []

        def handler(connection):
            self.servers.append(make())
            self.servers[-1].handler(connection)

        return self.play(handler, "--auth=" + auth, url=url, password=SECRET)

    def tokens(self):
        return [t for t in map(token_of, self.server.posts()) if t]

    def everything(self):
        return b"".join(b"\n".join(r.raw_headers) + token_of(r) + r.body for r in self.server.posts())

    def leaves_nothing(self, tokens):
        """No word of the message in clear, nor of the password in any form; no token too many."""
        sent = self.everything()
        for word in (b"hello", SECRET.encode(), SECRET.encode("utf-16le")):
            self.assertNotIn(word, sent)
        self.assertEqual(len(self.tokens()), tokens)

    def each_cheat(self, auth, wrap, tokens, **how):
        for cheat, good_first in CHEATS:
            with self.subTest(cheat.__name__):
                d = self.meet(auth, wrap(cheat), **how)
                done = d.ask()
                if good_first:
                    self.assertEqual((done.get("status"), done.get("body")), (200, "<first/>"), done)
                    done = d.ask()
                self.assertEqual(done.get("error"), PROTOCOL, done)
                self.assertRegex(done["text"], "not authenticated" if cheat is Plain else "seal|out of its order")
                self.assertNotIn("first", done.get("body", ""))
                if cheat is not Plain:  # dead: it does not even connect again
                    self.assertEqual(d.attempt()["text"], done["text"])
                    self.assertEqual(self.server.connections, 1)
                self.leaves_nothing(tokens)
                self.assertEqual(len(self.bodies()), 1 + good_first)
                self.finish()


class Ntlm(Cheated):
    @classmethod
    def setUpClass(cls):
        if not os.path.isdir("/etc/gss/mech.d") or "ntlmssp" not in "".join(os.listdir("/etc/gss/mech.d")):
            raise unittest.SkipTest("no gss-ntlmssp")
        users = tempfile.NamedTemporaryFile("w", suffix=".users")
        cls.addClassCleanup(users.close)
        users.write(f":vagrant:{SECRET}\n")
        users.flush()
        world = world_of({"NTLM_USER_FILE": users.name, "NETBIOS_COMPUTER_NAME": "WINCH", "NETBIOS_DOMAIN_NAME": "WINCH", "LM_COMPAT_LEVEL": "5",
                          "KRB5_KTNAME": "/nonexistent"})
        world.start()
        cls.addClassCleanup(world.stop)

    def test_one_that_is_honest(self):
        d = self.meet("ntlm", Honest)
        for _ in range(3):
            self.assertEqual(d.ask().get("body"), "<HELLO/>")
        self.assertEqual(self.servers[0].plains, [b"<hello/>"] * 3)
        self.leaves_nothing(2)

    def test_cheats(self):
        self.each_cheat("ntlm", lambda cheat: cheat, tokens=2)

    def test_what_was_recorded(self):
        """A challenge and a reply of another connection: the client's own random bytes are in the key."""
        first = self.meet("ntlm", Honest)
        self.assertEqual(first.ask().get("body"), "<HELLO/>")
        one = self.servers[0]
        recorded = one.acceptor.seal(b"<recorded/>")
        challenges = []

        class Recorded(Honest):
            def token(self, token):
                if struct.unpack("<I", token[8:12])[0] == 1:
                    challenges.append(super().token(token))
                    return challenges[0]
                self.acceptor.done = True  # whatever it is
                return b""

            def handler(self, connection):
                self.acceptor.open = lambda body: b""
                super().handler(connection)

            def reply(self, connection, plain, headers, sealed):
                connection.reply(200, recorded, SEALED, headers)

        self.finish()
        proofs = []
        for _ in range(2):
            d = self.meet("ntlm", Recorded)
            done = d.ask()
            self.assertEqual(done.get("error"), PROTOCOL, done)
            self.assertIn("seal", done["text"])
            self.leaves_nothing(2)
            proofs.append(self.tokens()[1])
            self.finish()
        self.assertNotEqual(*proofs)

    def test_a_wrong_password_there(self):
        """It answers as a server that knows the key; it knows another."""
        with world_of({"NTLM_USER_FILE": "/nonexistent"}):
            class Stranger(Honest):
                def handler(self, connection):
                    try:
                        super().handler(connection)
                    except RuntimeError:
                        connection.reply(401, headers=[b"WWW-Authenticate: Negotiate"])

            d = self.meet("ntlm", Stranger)
            done = d.ask()
            self.assertEqual(done.get("error"), AUTH, done)
            self.leaves_nothing(2)
            self.assertEqual(self.bodies(), [])


class Negotiate:
    """SPNEGO by hand around Kerberos; what the answer holds is the test's."""

    def __init__(self, cheat, say):
        self.inner, self.say = cheat(), say
        self.inner.acceptor = Acceptor(kerberos=True)
        self.inner.token = self.token
        self.list = None

    def handler(self, connection):
        self.inner.handler(connection)

    def token(self, token):
        if self.list is None:
            self.list, inner = mechanism_list(token)
            made = self.inner.acceptor.step(inner)
            return self.first(made)
        parts = fields(token)
        self.inner.acceptor.verify(self.list, der_next(parts[0xA3])[1])
        self.inner.acceptor.done = True
        return answer(COMPLETED, mic=self.say.get("last") and self.inner.acceptor.mic(self.list))

    def first(self, made):
        mic = self.say.get("mic")
        mic = mic(self) if mic else None
        self.inner.acceptor.done = self.say.get("state", COMPLETED) == COMPLETED
        return answer(self.say.get("state", COMPLETED), self.say.get("mechanism", WINDOWS_OID), self.say.get("token", made), mic=mic)


class Words:
    """A connection on which all is said in the words of the Kerberos scheme."""

    def __init__(self, connection):
        self.connection, self.receive = connection, connection.receive

    def reply(self, status, body=b"", kind=SOAP, headers=()):
        body, kind = (text.replace(b"HTTP-SPNEGO-", b"HTTP-Kerberos-") for text in (body, kind))
        self.connection.reply(status, body, kind, [h.replace(b"Negotiate", b"Kerberos") for h in headers])


class Raw:
    """Kerberos without SPNEGO."""

    def __init__(self, cheat):
        self.inner = cheat()
        self.inner.acceptor = Acceptor(kerberos=True)

    def handler(self, connection):
        self.inner.handler(Words(connection))


def whole_list(server):
    return server.inner.acceptor.mic(server.list)


def shorter_list(server):
    """As if Kerberos had not been on it: the list that the server was shown on the way."""
    return server.inner.acceptor.mic(der(0x30, der(0x06, NTLM_OID)))


def flipped(server):
    mic = bytearray(whole_list(server))
    mic[-1] ^= 1
    return bytes(mic)


def skew_error():
    """KRB-ERROR 37 (RFC 4120 5.9.1) in the frame of RFC 4121 4.1: Windows' answer to a clock that is off."""
    def integer(n):
        return der(0x02, bytes([n]))

    time = der(0x18, b"20260101000000Z")
    name = der(0x30, der(0xA0, integer(2)) + der(0xA1, der(0x30, der(0x1B, b"HTTP") + der(0x1B, b"localhost"))))
    error = der(0x7E, der(0x30, der(0xA0, integer(5)) + der(0xA1, integer(30)) + der(0xA4, time) + der(0xA5, integer(0)) + der(0xA6, integer(37)) +
                          der(0xA9, der(0x1B, b"WINCH.TEST")) + der(0xAA, name)))
    return der(0x60, der(0x06, KERBEROS_OID) + b"\x03\x00" + error)


class Kerberos(Cheated):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(os.path.join(BUILD, "tests", "auth", "kerberos-peer")):
            raise unittest.SkipTest("this build has no Kerberos (Debian: libkrb5-dev)")
        try:
            cls.realm = Realm(user="vagrant", password=SECRET)
        except Skip as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.realm.stop)
        # for the driver and for our acceptor; MIT's mechanisms alone
        world = world_of({**cls.realm.env, "KRB5_KTNAME": cls.realm.keytab, "KRB5RCACHENAME": "none:", "GSS_MECH_CONFIG": "/dev/null"})
        world.start()
        cls.addClassCleanup(world.stop)

    def at(self, server):
        return server.url(host="localhost")

    def negotiate(self, cheat=Honest, **say):
        return self.meet("negotiate", lambda: Negotiate(cheat, say), url=self.at)

    def test_one_that_is_honest(self):
        for say in ({}, {"mic": whole_list}, {"mechanism": KERBEROS_OID}):
            with self.subTest(say):
                d = self.negotiate(**say)
                self.assertEqual(d.ask().get("body"), "<HELLO/>")
                self.leaves_nothing(1)
                self.finish()

    def test_mics_both_ways(self):
        """The server wants ours, too: with a last word of its own, or without."""
        for say in ({"mic": whole_list}, {"last": True}, {"mic": whole_list, "last": True}):
            with self.subTest(say):
                d = self.negotiate(state=INCOMPLETE, **say)
                self.assertEqual(d.ask().get("body"), "<HELLO/>")
                self.leaves_nothing(2)
                self.finish()

    def test_cheats(self):
        self.each_cheat("negotiate", lambda cheat: lambda: Negotiate(cheat, {}), tokens=1, url=self.at)

    def test_cheats_without_spnego(self):
        d = self.meet("kerberos", lambda: Raw(Honest), url=self.at)
        self.assertEqual(d.ask().get("body"), "<HELLO/>")
        self.finish()
        self.each_cheat("kerberos", lambda cheat: lambda: Raw(cheat), tokens=1, url=self.at)

    def test_tokens(self):
        """One lie in the handshake: the error says which, no body has left, and NTLM does not get the password instead."""
        for name, say, words, tokens in (
                ("wrong mechListMIC", {"mic": flipped}, "mechListMIC is wrong: the list of mechanisms was changed", 1),
                ("another list", {"mic": shorter_list}, "mechListMIC is wrong: the list of mechanisms was changed", 1),
                ("another list, and more to come", {"mic": shorter_list, "state": INCOMPLETE}, "mechListMIC is wrong", 1),
                ("no mechListMIC though it had asked", {"state": INCOMPLETE}, "sent no mechListMIC", 2),
                ("a mechanism not offered", {"mechanism": bytes.fromhex("2b0601050201")}, "was not offered", 1),
                ("no proof of the key", {"token": None}, "did not show that it has the key of HTTP/localhost", 1),
                ("no AP-REP", {"token": b"\x6f\x03\x02\x01\x05"}, "the server's token: Invalid token", 1),
                ("a clock that is off", {"token": skew_error()}, "the host's are too far apart: set both by NTP", 1),
                ("as a 401", {"token": skew_error(), "state": INCOMPLETE}, "the host's are too far apart: set both by NTP", 1)):
            with self.subTest(name):
                d = self.negotiate(**say)
                done = d.ask()
                self.assertEqual(done.get("error"), AUTH, done)
                self.assertIn(words, done["text"])
                self.leaves_nothing(tokens)
                self.assertEqual(self.bodies(), [])
                self.again(done)

    def test_an_answer_that_was_recorded(self):
        """The AP-REP of another connection: it is sealed for that one's session key."""
        seen = []

        class Recorder(Negotiate):
            def first(self, made):
                seen.append(made)
                return super().first(seen[0])

        d = self.meet("negotiate", lambda: Recorder(Honest, {}), url=self.at)
        self.assertEqual(d.ask().get("body"), "<HELLO/>")
        done = d.ask(lane=2)
        self.assertEqual(done.get("error"), AUTH, done)
        self.assertEqual(len(seen), 2)
        self.leaves_nothing(2)
        self.assertEqual(len(self.bodies()), 1)

    def again(self, done):
        """The next lane is told the same, and sends nothing."""
        before = len(self.server.posts())
        again = self.driver.attempt(lane=2)
        self.assertEqual(again["text"], done["text"])
        self.assertEqual(len(self.server.posts()), before)
        self.finish()
        self.assertNotIn("NTLM in place", self.driver.log)


class Cut:
    """MIT's SPNEGO, behind somebody on the way who takes Kerberos off the list and its token out: NTLM is left."""

    def __init__(self, cuts):
        self.acceptor, self.cuts = Acceptor(kerberos=False), cuts

    def handler(self, connection):
        while request := connection.receive():
            token = token_of(request)
            if not token:
                connection.reply(200, self.acceptor.seal(self.acceptor.open(request.body).upper()), SEALED)
                continue
            if self.cuts and token[0] == 0x60:
                token = der(0x60, SPNEGO_OID + der(0xA0, der(0x30, der(0xA0, der(0x30, der(0x06, NTLM_OID))))))
            try:
                reply = self.acceptor.step(token)
            except RuntimeError:
                reply = b""
            connection.reply(200 if self.acceptor.done else 401, headers=challenge(reply) or [b"WWW-Authenticate: Negotiate"])


class Downgrade(Cheated):
    """No KDC here for the acceptor: NTLM is what it takes of the list in any case."""

    @classmethod
    def setUpClass(cls):
        Ntlm.setUpClass.__func__(cls)
        Kerberos.setUpClass.__func__(cls)
        world = world_of({"KRB5_KTNAME": "/nonexistent"})
        world.start()
        cls.addClassCleanup(world.stop)

    def test_a_list_that_was_cut(self):
        """The server finds that our mechListMIC is of another list: nobody is in, and nothing was said."""
        for cuts in False, True:
            with self.subTest(cuts):
                d = self.meet("negotiate", lambda: Cut(cuts), url=lambda server: server.url(host="localhost"))
                done = d.ask()
                self.leaves_nothing(3)
                self.assertEqual(len(self.servers), 1)
                self.assertEqual(self.servers[0].acceptor.done, not cuts)
                if not cuts:
                    self.assertEqual(done.get("body"), "<HELLO/>")
                else:
                    self.assertEqual(done.get("error"), AUTH, done)
                    self.assertIn("refused user vagrant (negotiate)", done["text"])
                    self.assertEqual(self.bodies(), [])
                self.finish()
                self.assertIn("NTLM in place of Kerberos: the server chose it", self.driver.log)


del Case, Cheated
