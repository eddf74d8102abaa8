"""Who comes in: user names in each form and passwords in any script, by each mechanism over http
(sealed) and https (bound to the channel), against accounts that the endpoint's gss-ntlmssp knows."""
import os
import subprocess
import unittest

from endpoint import Endpoint, Missing
from lane_driver import AUTH, Driver
from test_lanes import IDENTIFY

PASSWORD = "pässwört-日本語-Жук 🔑"
LONG = "0123456789äöü" * 12

# As typed; the endpoint's account; its password; who it is then.
FORMS = [
    ("anna", "anna", PASSWORD, "WINCH\\anna"),
    ("aNNa", "anna", PASSWORD, "WINCH\\anna"),
    (".\\anna", "anna", PASSWORD, "WINCH\\anna"),
    ("\\anna", "anna", PASSWORD, "WINCH\\anna"),
    ("WINCH\\anna", "anna", PASSWORD, "WINCH\\anna"),
    ("CORP\\bert", "CORP\\bert", LONG, "CORP\\bert"),
    ("CORP\\BERT", "CORP\\bert", LONG, "CORP\\bert"),
    ("BÜRO\\Jürg", "BÜRO\\Jürg", "plain", "BÜRO\\Jürg"),
    ("BÜRO\\jÜRG", "BÜRO\\Jürg", "plain", "BÜRO\\Jürg"),
    ("Иван", "Иван", "🔑", "WINCH\\Иван"),
    ("nobody", "nobody", "", "WINCH\\nobody"),
]
# The endpoint keeps a principal's name as an account for NTLM, and splits it for Basic.
NTLM_FORMS = FORMS + [
    ("carl@corp.example", "carl@corp.example", PASSWORD, "WINCH\\carl@corp.example"),
    ("carl@CORP.EXAMPLE", "carl@corp.example", PASSWORD, "WINCH\\carl@corp.example"),
]
BASIC_FORMS = FORMS + [
    ("dora@corp.example", "corp.example\\dora", PASSWORD, "corp.example\\dora"),
]
ACCOUNTS = sorted({(f[1], f[2]) for f in NTLM_FORMS + BASIC_FORMS})
WINCH = os.path.join(os.environ.get("WINCH_BUILD", "build"), "src", "cli", "winch")


class Users(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        options = [o for name, password in ACCOUNTS for o in ("--user", name + ":" + password)]
        try:
            cls.endpoint = Endpoint("--warm", "1", "--cbt", "strict", *options)
        except Missing as e:
            raise unittest.SkipTest(str(e))

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.stop()

    def enter(self, auth, url, form, *options):
        """One exchange; the endpoint says who it was."""
        typed, _, password, owner = form
        self.endpoint.reset()
        d = Driver(url, "--auth=" + auth, *options, user=typed, password=password)
        try:
            done = d.ask(IDENTIFY, op="Identify", flags="f")
            self.assertEqual(done.get("status"), 200, done)
            done = d.ask(IDENTIFY, op="Identify")
            self.assertEqual(done.get("status"), 200, done)
        finally:
            d.end()
        seen = [r for r in self.endpoint.log() if r["op"] == "Identify"]
        self.assertEqual({r["owner"] for r in seen}, {owner})
        self.assertEqual({r["sealed"] for r in seen}, {url.startswith("http:")})

    def each(self, auth, url, forms, *options):
        for form in forms:
            with self.subTest((auth, form[0])):
                self.enter(auth, url, form, *options)

    def test_sealed(self):
        for auth in "ntlm", "negotiate":
            self.each(auth, self.endpoint.http, NTLM_FORMS)

    def test_tls(self):
        for auth in "ntlm", "negotiate":
            self.each(auth, self.endpoint.https, NTLM_FORMS, "--ca-file=" + self.endpoint.ca)

    def test_basic(self):
        self.each("basic", self.endpoint.https, BASIC_FORMS, "--ca-file=" + self.endpoint.ca)

    def test_another_password(self):
        """One character differs, or its composition: é is not e and an accent."""
        for auth, url in (("ntlm", self.endpoint.http), ("negotiate", self.endpoint.http),
                          ("basic", self.endpoint.https)):
            for password in (PASSWORD + " ", PASSWORD.replace("ä", "a\u0308"), "", "x"):
                with self.subTest((auth, password)):
                    d = Driver(url, "--auth=" + auth, "--ca-file=" + self.endpoint.ca,
                               user=".\\anna", password=password)
                    done = d.ask(IDENTIFY, op="Identify", flags="f")
                    d.end()
                    self.assertEqual(done.get("error"), AUTH, done)
                    self.assertIn("refused user .\\anna (%s)" % auth, done["text"])


class Program(Users):
    """winch itself."""

    def run_winch(self, target, *options, form=FORMS[7], password=None):
        typed = form[0]
        env = {**os.environ, "WINCH_PASSWORD": form[2] if password is None else password}
        return subprocess.run([WINCH, "run", "--user", typed, *options, target, "-c", "'in: ' + 1"],
                              env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=60)

    def target(self, url):
        return url[:-len("/wsman")]

    def test_sealed(self):
        for auth in "ntlm", "negotiate":
            for form in (NTLM_FORMS[0], NTLM_FORMS[5], NTLM_FORMS[7], NTLM_FORMS[9],
                         NTLM_FORMS[-1]):
                with self.subTest((auth, form[0])):
                    done = self.run_winch(self.target(self.endpoint.http), "--auth", auth,
                                          form=form)
                    self.assertEqual((done.returncode, done.stdout), (0, '"in: 1"\n'), done.stderr)

    def test_tls(self):
        for auth in "ntlm", "negotiate", "basic":
            with self.subTest(auth):
                done = self.run_winch(self.target(self.endpoint.https), "--auth", auth,
                                      "--ca-file", self.endpoint.ca)
                self.assertEqual((done.returncode, done.stdout), (0, '"in: 1"\n'), done.stderr)

    def test_basic(self):
        """Over http it is refused before anything is sent."""
        self.endpoint.reset()
        done = self.run_winch(self.target(self.endpoint.http), "--auth", "basic")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(self.endpoint.log(), [])

    def test_another_password(self):
        for auth in "ntlm", "negotiate":
            with self.subTest(auth):
                done = self.run_winch(self.target(self.endpoint.http), "--auth", auth,
                                      password="pl\u00e4in")
                self.assertEqual((done.returncode, done.stdout), (4, ""), done.stderr)
                self.assertIn("BÜRO\\Jürg", done.stderr)
                self.assertIn(auth, done.stderr)
                self.assertNotIn("pl\u00e4in", done.stderr)
