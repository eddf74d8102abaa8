"""winch doctor, and run's several targets, and Kerberos: a realm of the test's own (MIT's KDC), whose every answer has
its line."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from doctor import NOTE, OK, PROBLEM, SKIPPED, Doctor, Server, winrm
from endpoint import TOP, Endpoint, Missing
from program import AUTH, CONNECT, DONE, USAGE, free_port, winch

sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402

PASSWORD = "Dk-geheim-31"
KERBEROS = ["--auth", "kerberos"]
realm = None


def setUpModule():
    global realm
    if not os.path.exists(os.path.join(os.environ["WINCH_BUILD"], "tests", "auth", "kerberos-peer")):
        raise unittest.SkipTest("this build has no Kerberos (Debian: libkrb5-dev)")
    try:
        realm = Realm(user="anna", password=PASSWORD)
    except Skip as why:
        raise unittest.SkipTest(str(why))
    unittest.addModuleCleanup(realm.stop)
    for name, options in (("bob", "+requires_preauth"), ("locked", "-allow_tix"), ("gone", "-expire yesterday"),
                          ("stale", "-pwexpire yesterday"), ("fresh", "+needchange")):
        realm.run("kadmin.local", "-q", f"addprinc {options} -pw {PASSWORD} {name}")


def conf(**changes):
    """An environment with the realm's krb5.conf, changed."""
    with open(realm.env["KRB5_CONFIG"]) as f:
        text = f.read()
    for old, new in changes.items():
        text = re.sub(old, new, text)
    with tempfile.NamedTemporaryFile("w", dir=realm.dir, suffix=".conf", delete=False) as f:
        f.write(text)
    return {**realm.env, "KRB5_CONFIG": f.name}


class InRealm(Doctor):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.nobody = {**realm.env, "KRB5CCNAME": f"FILE:{realm.dir}/nobody"}

    def tried(self, user):
        """How often a password of the user's was tried, says the KDC."""
        with open(os.path.join(realm.dir, "kdc.log")) as f:
            return sum(f": PREAUTH_FAILED: {user}@" in line for line in f)


class Refused(InRealm):
    """As far as the KDC says why, it is said so; what only looks like a WinRM host gets no token then."""

    def setUp(self):
        self.server = Server(winrm(offers="Kerberos, Negotiate"))
        self.addCleanup(self.server.__exit__)
        self.target = f"http://localhost:{self.server.port}"

    def says(self, user, words, remedy, *args, password=PASSWORD, env=None):
        who = ["--user", user] if user else []
        e = self.examine(self.target, *who, *(args or KERBEROS), password=password, env=env or self.nobody)
        self.is_cause(e, AUTH, "kerberos", words, remedy)
        self.assertTrue(all(b"Authorization" not in r for r in self.server.requests), self.server.requests)
        return e

    def test_accounts(self):
        self.says("locked", ["locked@WINCH.TEST", "locked or disabled"], ["Unlock-ADAccount", "Enable-ADAccount"])
        self.says("gone", ["has expired"], ["Clear-ADAccountExpiration"])
        self.says("stale", ["password of stale@WINCH.TEST has expired"], ["kpasswd stale", "Set-ADAccountPassword"])
        self.says("fresh", ["password of fresh@WINCH.TEST has expired"], ["kpasswd fresh"])
        self.says("nobody", ["no user nobody@WINCH.TEST"], ["NAME@REALM", "Get-ADUser"])
        for user in "locked", "gone", "stale", "nobody":
            self.assertEqual(self.tried(user), 0, user)

    def test_an_account_that_is_locked_ends_it_for_negotiate_too(self):
        self.says("locked", ["locked or disabled"], ["Unlock-ADAccount"], "--auth", "negotiate")

    def test_a_kdc_is_shown_a_wrong_password_once_for_all_targets(self):
        """Whatever the user's name looks like; a domain user's goes to no address by NTLM either."""
        args = ["-c", "1", "--user"]
        for user, third in ("bob", "c.winch.test"), ("bob@WINCH.TEST", "127.0.0.1:1"):
            for auth in KERBEROS, []:
                for extra, count in ([], 1), (["--keep-trying"], 2):
                    with self.subTest(user, auth=auth, extra=extra):
                        before = self.tried("bob")
                        targets = ["a.winch.test", "b.winch.test"] + ([] if extra else [third])
                        r = winch("run", *targets, *args, user, *auth, *extra, password="wrong", env=self.nobody)
                        self.assertEqual(r.status, AUTH, r)
                        self.assertIn(f"winch: {count} refused" + (", 2 not tried: " if count == 1 else ": "), r.err)
                        self.assertEqual(self.tried("bob") - before, count, r)

    def test_whom_a_kdc_does_not_know_all_hosts_are_asked_for(self):
        r = winch("run", "http://a.winch.test", "http://b.winch.test", "--user", "nobody", "-c", "1", password="wrong", env=self.nobody)
        self.assertEqual(r.status, CONNECT, r)
        self.assertIn("winch: 2 unreachable: ", r.err)

    def test_wrong_password(self):
        before = self.tried("bob")
        e = self.says("bob", ["refused the password of bob@WINCH.TEST"], ["lock-out", "BadLogonCount"], password="wrong")
        self.assertEqual(self.tried("bob"), before + 1)
        self.assertEqual(e.one("kerberos", OK)["client"], "bob@WINCH.TEST")
        self.says("bob", ["refused the password"], ["lock-out"], "--auth", "negotiate", password="wrong")
        self.assertEqual(self.tried("bob"), before + 2)

    def test_unknown_service(self):
        e = self.says("anna", ["no service HTTP/web7.winch.test"], ["setspn -Q", "setspn -S", "--spn"], *KERBEROS, "--spn",
                      "HTTP/web7.winch.test")
        self.assertIn("HTTP/web7.winch.test", e.one("kerberos", OK)["service"])
        # With a ticket nothing else is needed to know that.
        e = self.says(None, ["no service HTTP/web7.winch.test"], ["setspn -Q"], *KERBEROS, "--spn", "HTTP/web7.winch.test",
                      password=None, env=realm.env)
        e.one("auth", SKIPPED)

    def test_realms(self):
        self.says(r"OTHER.TEST\eve", ["no KDC is known for realm OTHER.TEST"], ["[realms]", "dig SRV"])
        self.says("anna", ["no realm is known"], ["NAME@REALM", "default_realm"],
                  env={**self.nobody, **conf(**{r" default_realm.*\n": ""}), "KRB5CCNAME": "FILE:/nonexistent/tickets"})
        closed = conf(**{r"127\.0\.0\.1:\d+": f"127.0.0.1:{free_port()}"})
        self.says("anna", ["no KDC of realm WINCH.TEST answers"], ["port 88", "KRB5_TRACE"], env=closed)

    def test_tickets(self):
        """Who has neither a ticket nor a password."""
        for args in KERBEROS, ["--auth", "negotiate"]:
            e = self.examine(self.target, "--user", "anna", *args, env=self.nobody)
            self.assertEqual((e.r.status, e.problems()), (USAGE, ["kerberos"]), e.r)
            self.assertIn("there is no ticket", e.findings[0]["text"])
            self.assertIn("kinit", e.findings[0]["remedy"])
        env = {**realm.env, "KRB5CCNAME": f"FILE:{realm.dir}/short"}
        subprocess.run(["kinit", "-l", "1s", "anna"], input=PASSWORD + "\n", text=True, env={**realm.full, **env}, check=True,
                       capture_output=True)
        time.sleep(2)
        e = self.examine(self.target, "--user", "anna", *KERBEROS, env=env)
        self.assertEqual((e.r.status, e.problems()), (USAGE, ["kerberos"]), e.r)
        self.assertIn("the ticket of anna@WINCH.TEST has expired", e.findings[0]["text"])
        self.assertRegex(e.findings[0]["end"], r"^20\d\d-")

    def test_not_for_kerberos(self):
        e = self.examine(f"http://127.0.0.1:{self.server.port}", "--user", "anna", password=PASSWORD, env=self.nobody)
        self.assertIn("an address has no ticket", e.one("kerberos", SKIPPED)["text"])
        e = self.examine(self.target, "--user", r"LOCALHOST\anna", password=PASSWORD, env=self.nobody)
        self.assertIn("the host's own", e.one("kerberos", SKIPPED)["text"])


class LetIn(InRealm):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        try:
            cls.endpoint = Endpoint("--keytab", realm.keytab, "--warm", "1", user="anna", password=PASSWORD)
        except Missing as why:
            raise unittest.SkipTest(str(why))
        cls.addClassCleanup(cls.endpoint.stop)
        cls.http = cls.endpoint.http.replace("127.0.0.1", "localhost")

    def test_by_ticket(self):
        e = self.examine(self.http, *KERBEROS, env=realm.env)
        self.healthy(e)
        found = e.one("kerberos", OK)
        self.assertEqual((found["client"], found["service"], found["realm"], found["host_realm"]),
                         ("anna@WINCH.TEST", "HTTP/localhost@WINCH.TEST", "WINCH.TEST", "WINCH.TEST"))
        self.assertRegex(found["end"], r"^20\d\d-\d\d-\d\dT")
        self.assertIn("anna@WINCH.TEST is let in", e.one("auth", OK)["text"])
        self.assertEqual(e.of("kerberos", NOTE), [])

    def test_by_password(self):
        e = self.examine(self.http, "--user", "anna", *KERBEROS, password=PASSWORD, env=self.nobody)
        self.healthy(e)
        self.assertEqual(e.one("kerberos", OK)["client"], "anna@WINCH.TEST")

    def test_ntlm_in_its_place(self):
        """Kerberos does not work, and nothing is lost by it: the reason is a note."""
        closed = {**self.nobody, **conf(**{r"127\.0\.0\.1:\d+": f"127.0.0.1:{free_port()}"}), "KRB5CCNAME": "FILE:/nonexistent/tickets"}
        e = self.examine(self.http, "--user", "anna", password=PASSWORD, env=closed)
        self.healthy(e)
        notes = e.of("kerberos", NOTE)
        self.assertEqual(len(notes), 2, e.r)
        self.assertIn("no KDC of realm WINCH.TEST answers", notes[0]["text"])
        self.assertIn("port 88", notes[0]["remedy"])
        self.assertIn("NTLM is used in place of Kerberos", notes[1]["text"])
        self.assertTrue(notes[1]["why"].startswith("no KDC of realm WINCH.TEST answers"), notes[1])

    def test_ntlm_behind_a_ticket(self):
        """Which the host does not take; without -v, too."""
        realm.run("kadmin.local", "-q", "addprinc -randkey HTTP/nobodys.winch.test")
        e = self.examine(self.http, "--user", "anna", "--spn", "HTTP/nobodys.winch.test", password=PASSWORD, env=self.nobody)
        self.healthy(e)
        self.assertEqual(e.one("kerberos", NOTE)["why"], "the server refused the ticket")
        self.assertEqual(e.r.err, "")

    @unittest.skipUnless(shutil.which("faketime"), "no faketime")
    def test_this_clock_is_wrong(self):
        """The clock is the cause, whatever says so: the host's Date, or the KDC."""
        faked = subprocess.run(["faketime", "-f", "+20m", "env"], capture_output=True, text=True, check=True).stdout
        env = dict(line.split("=", 1) for line in faked.splitlines() if re.match("LD_PRELOAD=|FAKETIME", line))
        env["FAKETIME_DONT_FAKE_MONOTONIC"] = "1"
        env["ASAN_OPTIONS"] = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        e = self.examine(self.http, *KERBEROS, env={**realm.env, **env})
        self.is_cause(e, AUTH, "clock", ["differ by -1"], ["timedatectl set-ntp true", "w32tm /resync"])
        self.assertEqual(e.problems(), ["clock", "kerberos"], e.r)
        self.assertIn("too far apart", e.one("kerberos", PROBLEM)["text"])
        self.assertEqual(e.findings[0]["skew"] // 100, -12)

    def test_the_ticket_is_for_another(self):
        realm.run("kadmin.local", "-q", "addprinc -randkey HTTP/another.winch.test")
        e = self.examine(self.http, *KERBEROS, "--spn", "HTTP/another.winch.test", env=realm.env)
        self.is_cause(e, AUTH, "auth", ["refused the Kerberos ticket"], ["setspn -Q HTTP/localhost", "--spn"])
        e.one("kerberos", OK)


if __name__ == "__main__":
    unittest.main()
