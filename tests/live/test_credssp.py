"""CredSSP: winch run against the endpoint's acceptor, which is written from the documents by itself: SslStream, gss-ntlmssp, MIT Kerberos.
It counts what came, and logs on elsewhere with the password that was delegated."""
import base64
import os
import sys
import tempfile
import unittest

from endpoint import TOP, Endpoint, Missing

sys.path += [os.path.join(TOP, "tests", "endpoint"), os.path.join(TOP, "tests", "cli")]
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402
from program import AUTH, CONNECT, DONE, PROTOCOL, USAGE, winch  # noqa: E402

PASSWORD, WRONG = "Pä55-wörd-Zq7", "falsch-Zq8"
# As typed; the endpoint's account; its password; whose password comes by delegation.
FORMS = [
    ("anna", "anna", PASSWORD, "WINCH\\anna"),
    (".\\anna", "anna", PASSWORD, "WINCH\\anna"),
    ("WINCH\\anna", "anna", PASSWORD, "WINCH\\anna"),
    ("CORP\\bert", "CORP\\bert", "0123456789äöü" * 12, "CORP\\bert"),
    ("BÜRO\\Jürg", "BÜRO\\Jürg", "plain", "BÜRO\\Jürg"),
    ("Иван", "Иван", "пароль-日本語-🔑", "WINCH\\Иван"),
    ("carl@corp.example", "carl@corp.example", PASSWORD, "WINCH\\carl@corp.example"),
]
# Versions before the binding of 2018: the key itself, and the key plus one.
OLD, NEW = (2, 3, 4), (5, 6)
# NTSTATUS of errorCode, and what is said of it.
CODES = [
    (0xC000006D, "password"), (0xC0000234, "locked"), (0xC0000071, "expired"), (0xC0000072, "disabled"), (0xC0000193, "expired"),
    (0xC0000224, "change"), (0xC0000133, "clock"), (0xC000006E, "restrict"), (0xC0001234, "0xC0001234"),
]


class Base(unittest.TestCase):
    options = ()

    @classmethod
    def setUpClass(cls):
        accounts = [o for name, password in sorted({f[1:3] for f in FORMS}) for o in ("--user", f"{name}:{password}")]
        try:
            cls.endpoint = Endpoint("--warm", "1", "--shells-per-process", "50", "--max-shells-per-user", "200", *accounts, *cls.options)
        except Missing as e:
            raise unittest.SkipTest(str(e))
        cls.addClassCleanup(cls.endpoint.stop)

    def setUp(self):
        self.endpoint.reset()

    def run_it(self, *args, form=FORMS[0], password=None, https=False, script="6*7", env=None, fault=None):
        """One run; fault: what the acceptor does wrong in it, and the value."""
        if fault:
            self.endpoint.reset()
            self.endpoint.fault(op="CredSSP", do=fault[0], **({"value": fault[1]} if len(fault) > 1 else {}))
        if https and "--pin" not in args:
            args += ("--ca-file", self.endpoint.ca)
        url = self.endpoint.https if https else self.endpoint.http
        return winch("run", url, "--auth", "credssp", "--user", form[0], *args, "-c", script, password=password or form[2], env=env)

    def came_in(self, r, out=b"42\n"):
        self.assertEqual((r.status, r.out), (DONE, out), r)

    def refused(self, r, *words, status=AUTH):
        self.assertEqual((r.status, r.out), (status, b""), r)
        for word in words:
            self.assertIn(word, r.err)
        self.assertNotIn(PASSWORD, r.err)

    def counted(self, **expected):
        state = self.endpoint.state()["credssp"]
        self.assertEqual({k: state[k] for k in expected}, expected, state)

    def hops(self):
        return [(x["delegated"], x["secondHop"]) for x in self.endpoint.log() if x["stage"] == "credentials"]


class CredSsp(Base):
    options = ("--credssp", "6")

    def test_way(self):
        for https in (False, True):
            with self.subTest(https=https):
                self.endpoint.reset()
                self.came_in(self.run_it(https=https))
                self.counted(handshakes=1, logons=1, refused=0, clientProofs=1, authInfos=1, secondHops=1, **{"tls1.3": 1})
                used = [x for x in self.endpoint.log() if x["op"] in ("Create", "Command", "Receive", "Delete")]
                self.assertEqual({(x["sealed"], x["auth"], x["owner"]) for x in used}, {(not https, "CredSSP", "WINCH\\anna")})

    def test_user(self):
        for form in FORMS:
            for https in (False, True):
                with self.subTest(user=form[0], https=https):
                    self.endpoint.reset()
                    self.came_in(self.run_it(form=form, https=https))
                    self.assertEqual(self.hops(), [(form[3], "ok")])

    def test_new_version(self):
        for version in NEW:
            with self.subTest(version=version):
                self.came_in(self.run_it(fault=("old-version", version)))
                self.counted(authInfos=1)

    def test_old_version(self):
        """Only who asks for it: without, the password's own proof does not go out either."""
        for version in OLD:
            for https in (False, True):
                with self.subTest(version=version, https=https):
                    self.refused(self.run_it(https=https, fault=("old-version", version)), "--allow-old-credssp", str(version))
                    self.counted(handshakes=1, logons=0, clientProofs=0, authInfos=0)
                    self.came_in(self.run_it("--allow-old-credssp", https=https, fault=("old-version", version)))
                    self.counted(authInfos=1, secondHops=1)

    def test_much_both_ways(self):
        size = 1 << 20
        with tempfile.NamedTemporaryFile("w", suffix=".ps1") as f:
            f.write("$x = '%s'; $x.Length; 'b' * %d" % ("a" * size, size))
            f.flush()
            for https in (False, True):
                with self.subTest(https=https):
                    self.endpoint.reset()
                    args = ("--ca-file", self.endpoint.ca) if https else ()
                    url = self.endpoint.https if https else self.endpoint.http
                    r = winch("run", url, "--auth", "credssp", "--user", "anna", *args, "-f", f.name, password=PASSWORD)
                    self.assertEqual(r.status, DONE, r.err)
                    self.assertEqual(r.objects(), [size, "b" * size])
                    log = self.endpoint.log()
                    self.assertGreater(sum(x["requestBytes"] for x in log), size)
                    self.assertGreater(sum(x["replyBytes"] for x in log), size)
                    self.assertLess(max(x["requestBytes"] for x in log), 600_000)

    def test_wrong_password(self):
        for https in (False, True):
            for version in NEW:
                with self.subTest(version=version, https=https):
                    r = self.run_it(password=WRONG, https=https, fault=("old-version", version))
                    self.refused(r, "anna", "credssp")
                    self.assertNotIn(WRONG, r.err)
                    self.counted(handshakes=1, logons=1, refused=1, clientProofs=0, authInfos=0)

    def test_somebody_in_between(self):
        """No password without the server's proof."""
        for kind in ("wrong-key", "reflect"):
            for https in (False, True):
                with self.subTest(kind=kind, https=https):
                    self.refused(self.run_it(https=https, fault=(kind,)))
                    self.counted(handshakes=1, logons=1, clientProofs=1, authInfos=0)

    def test_no_proof(self):
        for kind in ("no-proof", "early-200"):
            for https in (False, True):
                with self.subTest(kind=kind, https=https):
                    r = self.run_it(https=https, fault=(kind,))
                    self.refused(r, status=PROTOCOL if kind == "no-proof" else AUTH)
                    self.counted(handshakes=1, clientProofs=1, authInfos=0)
                    self.assertEqual([x for x in self.endpoint.log() if x["op"] == "Create"], [])

    def test_misbehaving(self):
        for kind in ("version-change", "garbage", "garbage-tls", "endless", "endless-tls"):
            for https in (False, True):
                with self.subTest(kind=kind, https=https):
                    r = self.run_it(https=https, fault=(kind,))
                    self.assertIn(r.status, (AUTH, PROTOCOL), r)
                    self.assertNotIn(PASSWORD, r.err)
                    self.counted(handshakes=1, authInfos=0)
                    self.assertLessEqual(len(self.endpoint.log()), 12)

    def test_error_codes(self):
        for code, word in CODES:
            with self.subTest(hex(code)):
                self.refused(self.run_it(fault=("error-code", code)), word)
                self.counted(handshakes=1, authInfos=0)

    def test_plain_answer(self):
        for op in ("Create", "Command", "Receive"):
            with self.subTest(op):
                self.endpoint.reset()
                self.endpoint.fault(op=op, do="unsealed")
                self.refused(self.run_it(), status=PROTOCOL)

    def test_bad_seal(self):
        self.endpoint.fault(op="Command", do="bad-seal")
        self.refused(self.run_it(), status=PROTOCOL)

    def test_pin_inside(self):
        """Over http a pin names the certificate inside."""
        right, wrong = "sha256:" + self.endpoint.credssp_pin, "sha256:" + self.endpoint.pin
        self.came_in(self.run_it("--pin", right))
        self.endpoint.reset()
        r = self.run_it("--pin", wrong)
        self.assertIn(r.status, (CONNECT, AUTH), r)
        self.assertIn(self.endpoint.credssp_pin, r.err)
        self.counted(logons=0, clientProofs=0, authInfos=0)

    def test_pin_outside(self):
        """Over https a pin names the listener's certificate, as ever."""
        self.came_in(self.run_it("--pin", "sha256:" + self.endpoint.pin, https=True))
        self.endpoint.reset()
        r = self.run_it("--pin", "sha256:" + self.endpoint.credssp_pin, https=True)
        self.assertEqual(r.status, CONNECT, r)
        self.counted(handshakes=0)

    def test_cut(self):
        """The connection ends at each leg of the handshake."""
        self.came_in(self.run_it())
        legs = sum(x["op"] == "Negotiate" for x in self.endpoint.log())
        self.assertGreaterEqual(legs, 3)
        for leg in range(1, legs + 1):
            with self.subTest(leg=leg):
                self.endpoint.reset()
                self.endpoint.fault(op="Negotiate", do="drop-before", nth=leg, times=50)
                r = self.run_it("--retries", "0")
                self.assertIn(r.status, (CONNECT, AUTH), r)
                self.assertNotIn(PASSWORD, r.err)
                self.counted(authInfos=0)

    def test_cut_after_the_password(self):
        """The first operation is not done again; one more handshake is for the Delete of what it may have made."""
        for do in ("drop-before", "drop-after"):
            with self.subTest(do):
                self.endpoint.reset()
                self.endpoint.fault(op="Create", do=do)
                r = self.run_it("--retries", "0")
                self.assertEqual((r.status, r.out), (CONNECT, b""), r)
                ops = [x["op"] for x in self.endpoint.log()]
                self.assertEqual((ops.count("Create"), ops.count("Command"), ops.count("Delete")), (1, 0, 1))

    def test_401_in_mid_session(self):
        """Authenticated again, sealed again."""
        self.endpoint.fault(op="Command", do="401")
        self.came_in(self.run_it())
        self.counted(handshakes=2, secondHops=2)

    def test_password_is_nowhere(self):
        with tempfile.TemporaryDirectory() as folder:
            log, trace = os.path.join(folder, "log"), os.path.join(folder, "trace")
            for password in (PASSWORD, WRONG):
                r = self.run_it("-vv", "--log", log, "--trace", trace, password=password)
                self.assertEqual(r.status, DONE if password == PASSWORD else AUTH, r)
                said = r.err.encode()
                for name in (log, trace):
                    with open(name, "rb") as f:
                        said += f.read()
                for text in (password.encode(), password.encode("utf-16-le")):
                    self.assertNotIn(text, said)
                    for shift in range(3):
                        # what base64 makes of it, wherever it stands
                        whole = base64.b64encode(b"x" * shift + text)
                        self.assertNotIn(whole[4:-4], said)

    def test_not_offered(self):
        """No other mechanism in its place."""
        with Endpoint("--warm", "0", user="anna", password=PASSWORD) as other:
            r = winch("run", other.http, "--auth", "credssp", "--user", "anna", "-c", "1", password=PASSWORD)
            self.refused(r, "CredSSP")
            self.assertEqual({x["auth"] for x in other.log()}, {""})


class Old(Base):
    """A host of before 2018, which has TLS 1.2 only."""
    options = ("--credssp", "4", "--credssp-tls", "1.2")

    def test_somebody_in_between(self):
        for kind in ("wrong-key", "reflect"):
            with self.subTest(kind=kind):
                self.refused(self.run_it("--allow-old-credssp", fault=(kind,)))
                self.counted(handshakes=1, logons=1, clientProofs=1, authInfos=0)


class Tls12(Base):
    options = ("--credssp", "6", "--credssp-tls", "1.2")

    def test_inside(self):
        for https in (False, True):
            with self.subTest(https=https):
                self.endpoint.reset()
                self.came_in(self.run_it(https=https))
                self.counted(handshakes=1, secondHops=1, **{"tls1.2": 1})

    def test_much_out(self):
        self.came_in(self.run_it(script="('b' * 100000).Length; 'b' * 100000"), b"100000\n" + b'"%s"\n' % (b"b" * 100000))


class NoFirstBody(Base):
    """A host that takes no body with the last token is asked once more, without."""
    options = ("--credssp", "6", "--strict-first-body")

    def test_empty_then(self):
        self.came_in(self.run_it())
        self.counted(handshakes=2, authInfos=2, secondHops=2)
        self.assertEqual([x["op"] for x in self.endpoint.log()].count("Create"), 1)


class InRealm(Base):
    """In a realm of the test's own, which has a ticket for the host."""
    host_has_key = True

    @classmethod
    def setUpClass(cls):
        try:
            cls.realm = Realm(user="maker", password=PASSWORD)
        except Skip as e:
            raise unittest.SkipTest(str(e))
        cls.addClassCleanup(cls.realm.stop)
        cls.realm.run("kadmin.local", "-q", f"addprinc +requires_preauth -pw {PASSWORD} anna")
        cls.options = ("--credssp", "6", *(("--keytab", cls.realm.keytab) if cls.host_has_key else ()))
        super().setUpClass()
        cls.endpoint.http = cls.endpoint.http.replace("127.0.0.1", "localhost")
        cls.endpoint.https = cls.endpoint.https.replace("127.0.0.1", "localhost")


class Kerberos(InRealm):
    """Inside."""

    def kdc(self, **how):
        """One run, and what the KDC said meanwhile."""
        log = f"{self.realm.dir}/kdc.log"
        start = os.path.getsize(log)
        env = {**self.realm.env, "HOME": self.realm.dir, "KRB5CCNAME": "FILE:/nonexistent/tickets"}
        r = self.run_it(env=env, **how)
        with open(log) as f:
            f.seek(start)
            return r, f.read()

    def test_inside(self):
        for user in ("anna", "anna@WINCH.TEST", "WINCH.TEST\\anna"):
            for https in (False, True):
                with self.subTest(user=user, https=https):
                    self.endpoint.reset()
                    r, said = self.kdc(form=(user, None, PASSWORD), https=https)
                    self.came_in(r)
                    self.assertIn("TGS_REQ", said)
                    self.assertIn("HTTP/localhost@WINCH.TEST", said)
                    self.counted(handshakes=1, logons=1, authInfos=1, secondHops=1)
                    self.assertEqual(self.hops(), [("WINCH\\anna", "ok")])

    def test_wrong_password(self):
        """The KDC refuses it: the host is not asked, nor is NTLM."""
        r, said = self.kdc(form=("anna@WINCH.TEST", None, PASSWORD), password=WRONG)
        self.refused(r, "the KDC refused the password")
        self.assertEqual(said.count("PREAUTH_FAILED"), 1)
        self.counted(logons=0, authInfos=0)

    def test_somebody_in_between(self):
        self.endpoint.fault(op="CredSSP", do="wrong-key")
        r, _ = self.kdc()
        self.refused(r)
        self.counted(clientProofs=1, authInfos=0)


class NtlmInItsPlace(InRealm):
    """The host has no key for that ticket: inside CredSSP, too, NTLM is what it chooses then."""
    host_has_key = False

    def test_it_goes_on(self):
        env = {**self.realm.env, "HOME": self.realm.dir, "KRB5CCNAME": "FILE:/nonexistent/tickets"}
        r = self.run_it("-v", env=env)
        self.came_in(r)
        self.assertIn("NTLM in place of Kerberos: the server chose it", r.err)
        self.counted(handshakes=1, logons=1, authInfos=1, secondHops=1)


class Usage(unittest.TestCase):
    def test_credssp_wants_a_password(self):
        r = winch("run", "http://127.0.0.1:9/wsman", "--auth", "credssp", "-c", "1", password="x")
        self.assertEqual(r.status, USAGE, r)


if __name__ == "__main__":
    unittest.main()
