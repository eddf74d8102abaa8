"""Kerberos in a realm of the test's own (MIT's KDC): our initiator against MIT's acceptor, and winch run against
the endpoint, which accepts by MIT's library."""
import base64
import glob
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import unittest

from endpoint import Endpoint, Missing, TOP

sys.path += [os.path.join(TOP, "tests", "endpoint"), os.path.join(TOP, "tests", "cli")]
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402
from port import Port, read_message  # noqa: E402
from terminal import Terminal  # noqa: E402

BUILD = os.environ.get("WINCH_BUILD", "build")
PEER = os.path.join(BUILD, "tests", "auth", "kerberos-peer")
WINCH = os.path.join(BUILD, "src", "cli", "winch")
PASSWORD = "Pa55-word"
realm = None


def setUpModule():
    global realm
    if not os.path.exists(PEER):
        raise unittest.SkipTest("this build has no Kerberos (Debian: libkrb5-dev)")
    try:
        realm = Realm(user="anna", password=PASSWORD)
    except Skip as e:
        raise unittest.SkipTest(str(e))
    unittest.addModuleCleanup(realm.stop)
    for name, options in (("bob", "+requires_preauth"), ("bert", "+requires_preauth"), ("locked", "-allow_tix"), ("gone", "-expire yesterday"),
                          ("stale", "-pwexpire yesterday")):
        realm.run("kadmin.local", "-q", f"addprinc {options} -pw {PASSWORD} {name}")
    realm.run("kadmin.local", "-q", "addprinc -randkey host/web1.winch.test")
    realm.run("kadmin.local", "-q", "addprinc -randkey -e aes128-cts:normal HTTP/aes128.winch.test")
    realm.run("kadmin.local", "-q", "addprinc -randkey HTTP/other.winch.test")
    for name in ("host/web1.winch.test", "HTTP/aes128.winch.test"):
        realm.run("kadmin.local", "-q", f"ktadd -k {realm.keytab} {name}")
    realm.run("kadmin.local", "-q", f"ktadd -norandkey -k {realm.dir}/anna.keytab anna")
    realm.run("kinit", "-f", "-k", "-t", f"{realm.dir}/anna.keytab", "-c", f"FILE:{realm.dir}/forwardable", "anna")


def conf(name, **changes):
    """The realm's krb5.conf, changed; its path."""
    with open(realm.env["KRB5_CONFIG"]) as f:
        text = f.read()
    for old, new in changes.items():
        text = re.sub(old, new, text)
    path = os.path.join(realm.dir, name)
    with open(path, "w") as f:
        f.write(text)
    return path


def silent_port():
    """A UDP port that takes what comes and says nothing; no TCP."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", 0))
    return s


class Peers(unittest.TestCase):
    """kerberos-peer: both ends in one process, no HTTP."""

    def peer(self, *options, password=None, env=None):
        # Without gss-ntlmssp beside MIT's mechanisms: it leaks.
        e = {**realm.full, "GSS_MECH_CONFIG": "/dev/null", "KRB5_KTNAME": realm.keytab, "KRB5RCACHENAME": "none:", "KRB5_CLIENT_KTNAME": "/nonexistent", **(env or {})}
        if password is not None:
            e["PEER_PASSWORD"] = password
        done = subprocess.run([PEER, *options], env=e, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        return done.stdout.strip()

    def refused(self, text, *options, **how):
        self.assertRegex(self.peer(*options, **how), "^error refused .*" + text)

    def not_possible(self, text, *options, **how):
        self.assertRegex(self.peer(*options, **how), "^error - .*" + text)


class Initiator(Peers):
    def test_ticket(self):
        for spnego in ((), ("--spnego",)):
            with self.subTest(spnego=spnego):
                self.assertEqual(self.peer(*spnego), "ok anna@WINCH.TEST")
                self.assertEqual(self.peer("--user=anna", *spnego), "ok anna@WINCH.TEST")
                self.assertEqual(self.peer("--user=anna@winch.test", *spnego), "ok anna@WINCH.TEST")

    def test_password(self):
        for user in ("anna", "anna@WINCH.TEST", "anna@winch.test", "WINCH\\anna", "WINCH.TEST\\anna", "bob"):
            for spnego in ((), ("--spnego",)):
                with self.subTest(user=user, spnego=spnego):
                    said = self.peer("--user=" + user, *spnego, password=PASSWORD, env={"KRB5CCNAME": "FILE:/nonexistent/tickets"})
                    self.assertEqual(said, "ok %s@WINCH.TEST" % ("bob" if user == "bob" else "anna"))

    def test_keytab_and_cache(self):
        none = {"KRB5CCNAME": "FILE:/nonexistent/tickets"}
        self.assertEqual(self.peer(f"--keytab={realm.dir}/anna.keytab", env=none), "ok anna@WINCH.TEST")
        self.assertEqual(self.peer(f"--keytab={realm.dir}/anna.keytab", "--user=anna", env=none), "ok anna@WINCH.TEST")
        self.assertEqual(self.peer(f"--ccache={realm.dir}/forwardable", env=none), "ok anna@WINCH.TEST")
        self.not_possible("the keytab has no key of bob", f"--keytab={realm.dir}/anna.keytab", "--user=bob", env=none)

    def test_services(self):
        self.assertEqual(self.peer("web1.winch.test"), "ok anna@WINCH.TEST")
        self.assertEqual(self.peer("Web1.WINCH.test"), "ok anna@WINCH.TEST")
        self.assertEqual(self.peer("aes128.winch.test"), "ok anna@WINCH.TEST")
        self.assertEqual(self.peer("--spn=HTTP/localhost", "10.0.0.1"), "ok anna@WINCH.TEST")
        self.assertEqual(self.peer("--spn=HTTP/localhost@WINCH.TEST", "nowhere"), "ok anna@WINCH.TEST")

    def test_delegation(self):
        self.assertEqual(self.peer("--delegate", f"--ccache={realm.dir}/forwardable"), "ok anna@WINCH.TEST delegated")
        self.assertEqual(self.peer("--delegate", "--user=anna", password=PASSWORD), "ok anna@WINCH.TEST delegated")
        self.not_possible("must be forwardable", "--delegate")

    def test_channel_binding(self):
        for spnego in ((), ("--spnego",)):
            with self.subTest(spnego=spnego):
                self.assertEqual(self.peer(*spnego, "--bind=tls-server-end-point:1", "--accept-bind=tls-server-end-point:1"),
                                 "ok anna@WINCH.TEST bound")
                self.not_possible("the acceptor", *spnego, "--bind=tls-server-end-point:1", "--accept-bind=tls-server-end-point:2")
                self.assertEqual(self.peer(*spnego, "--accept-bind=tls-server-end-point:2"), "ok anna@WINCH.TEST")

    def test_a_message_twice(self):
        self.not_possible("out of its order", "--repeat")

    def test_refused_by_the_kdc(self):
        """Each has its own words, and SPNEGO does not turn to NTLM with the same password."""
        for spnego in ((), ("--spnego",)):
            with self.subTest(spnego=spnego):
                self.refused("refused the password of anna@WINCH.TEST", *spnego, "--user=anna", password="wrong")
                self.refused("refused the password of bob@WINCH.TEST", *spnego, "--user=bob", password="wrong")
                self.refused("account locked@WINCH.TEST is locked", *spnego, "--user=locked", password=PASSWORD)
                self.refused("account gone@WINCH.TEST has expired", *spnego, "--user=gone", password=PASSWORD)
                self.refused("password of stale@WINCH.TEST has expired: change it", *spnego, "--user=stale", password=PASSWORD)

    def test_a_wrong_password_is_sent_once(self):
        def asked():
            with open(f"{realm.dir}/kdc.log") as f:
                return f.read().count("PREAUTH_FAILED")
        before = asked()
        self.refused("refused the password", "--user=bob", password="wrong")
        self.assertEqual(asked() - before, 1)

    def test_not_possible(self):
        none = {"KRB5CCNAME": "FILE:/nonexistent/tickets"}
        self.not_possible("knows no user nobody@WINCH.TEST", "--user=nobody", password=PASSWORD)
        self.not_possible("knows no service HTTP/nowhere.example", "nowhere.example")
        self.not_possible("knows no service HTTP/nowhere.example: .*its SPN", "--spn=HTTP/nowhere.example")
        self.not_possible("there is no ticket: get one", env=none)
        self.not_possible("the ticket is of anna@WINCH.TEST, not of bob", "--user=bob")
        self.not_possible("no KDC is known for realm ELSEWHERE.TEST", "--user=anna@ELSEWHERE.TEST", password=PASSWORD,
                          env={"KRB5_CONFIG": conf("none.conf", **{"default_realm = .*": ""})})
        self.not_possible("no realm is known: name the user as", "--user=anna", password=PASSWORD,
                          env={"KRB5_CONFIG": conf("none.conf", **{"default_realm = .*": ""})})

    def test_no_kdc(self):
        with silent_port() as s:
            port = s.getsockname()[1]
        dead = conf("dead.conf", **{r"kdc = .*": f"kdc = 127.0.0.1:{port}"})
        self.not_possible("no KDC of realm WINCH.TEST answers", "--user=anna", password=PASSWORD, env={"KRB5_CONFIG": dead})


class Names(Peers):
    """A KDC that knows users by a second name, as a directory does: NAME@corp.example is who NAME is."""

    @classmethod
    def setUpClass(cls):
        module = os.path.join(os.path.abspath(BUILD), "tests", "live", "kdb-names.so")
        db2 = glob.glob("/usr/lib*/krb5/plugins/kdb/db2.so") + glob.glob("/usr/lib*/*/krb5/plugins/kdb/db2.so")
        if not db2 or not os.path.exists(module):
            raise unittest.SkipTest("no kdb.h (Debian: libkrb5-dev), or no db2.so of MIT's KDC")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        with open(realm.env["KRB5_KDC_PROFILE"]) as f:
            text = re.sub(r"(kdc_(?:tcp_)?listen = 127.0.0.1:)\d+", rf"\g<1>{port}", f.read())
        text = text.replace("  max_life", "  database_module = names\n  max_life").replace("kdc.log", "names.log")
        profile = os.path.join(realm.dir, "names-kdc.conf")
        with open(profile, "w") as f:
            f.write(text + f"[dbmodules]\n db_module_dir = {os.path.dirname(module)}\n names = {{\n  db_library = kdb-names\n }}\n")
        cls.here = {"KRB5_CONFIG": conf("names.conf", **{r"kdc = .*": f"kdc = 127.0.0.1:{port}"}), "KRB5CCNAME": "FILE:/nonexistent/tickets"}
        kdc = subprocess.Popen(["krb5kdc", "-n", "-r", "WINCH.TEST"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               env={**realm.full, "KRB5_KDC_PROFILE": profile, "KDB_DB2": db2[0]})
        cls.addClassCleanup(kdc.wait)
        cls.addClassCleanup(kdc.kill)
        kinit = ["kinit", "-c", f"FILE:{realm.dir}/first", "anna"]
        while subprocess.run(kinit, input=PASSWORD + "\n", text=True, env={**realm.full, **cls.here}, capture_output=True).returncode:
            if kdc.poll() is not None:
                raise RuntimeError("krb5kdc ended")
            time.sleep(0.05)

    def test_the_account_has_its_own_name(self):
        for user in ("anna@corp.example", "anna"):
            for spnego in ((), ("--spnego",)):
                with self.subTest(user=user, spnego=spnego):
                    self.assertEqual(self.peer("--user=" + user, *spnego, password=PASSWORD, env=self.here), "ok anna@WINCH.TEST")

    def test_refused(self):
        """By the name that was typed, before the KDC tells its own; it is one account."""
        self.refused("refused the password of bob@corp.example", "--user=bob@corp.example", password="wrong", env=self.here)
        self.refused("account locked@corp.example is locked", "--user=locked@corp.example", password=PASSWORD, env=self.here)
        self.not_possible("knows no user nobody@corp.example", "--user=nobody@corp.example", password=PASSWORD, env=self.here)
        with open(f"{realm.dir}/names.log") as f:
            self.assertEqual(f.read().count("PREAUTH_FAILED: bob"), 1)

    def test_delegation(self):
        self.assertEqual(self.peer("--delegate", "--user=anna@corp.example", password=PASSWORD, env=self.here), "ok anna@WINCH.TEST delegated")


class Whole(unittest.TestCase):
    """The whole program against the endpoint."""
    keytab = True

    @classmethod
    def setUpClass(cls):
        options = ["--keytab", realm.keytab] if cls.keytab else []
        try:
            cls.endpoint = Endpoint("--warm", "0", "--shells-per-process", "50", "--user", f"bert:{PASSWORD}", *options, user="anna", password=PASSWORD)
        except Missing as e:
            raise unittest.SkipTest(str(e))
        cls.addClassCleanup(cls.endpoint.stop)
        cls.http = cls.endpoint.http.replace("127.0.0.1", "localhost")
        cls.https = cls.endpoint.https.replace("127.0.0.1", "localhost")

    def setUp(self):
        self.endpoint.reset()

    def environment(self, **env):
        e = {**realm.full, "HOME": realm.dir, "XDG_CONFIG_HOME": realm.dir, **env}
        return {k: v for k, v in e.items() if v is not None}

    def run_it(self, *args, status=0, **env):
        done = subprocess.run([WINCH, "run", *args, "-c", "1 + 1"], env=self.environment(**env), capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual(done.returncode, status, done.stderr)
        if status == 0:
            self.assertEqual(done.stdout, "2\n")
        return done.stderr

    def ops(self):
        return [r["op"] for r in self.endpoint.log()]


class Run(Whole):
    def test_sealed(self):
        for auth in ("kerberos", "negotiate"):
            with self.subTest(auth):
                self.endpoint.reset()
                self.run_it(self.http, "--auth", auth)
                log = self.endpoint.log()
                self.assertTrue(all(r["sealed"] for r in log if r["op"] != "Empty"), log)
                self.assertEqual({r["auth"].lower() for r in log}, {auth})
                self.assertEqual({r["owner"] for r in log if r["op"] == "Create"}, {"WINCH\\anna"})
                # one for the ticket, as NTLM has one for its first leg
                self.assertEqual([op for op in self.ops() if op != "Receive"], ["Empty", "Create", "Command", "Delete"])

    def test_over_tls(self):
        """The certificate is asked for first; a body goes with the ticket where somebody has looked at it."""
        for auth in ("kerberos", "negotiate"):
            for trust, empty in (("--ca-file", self.endpoint.ca), []), (("--pin", "sha256:" + self.endpoint.pin), []), (("--insecure",), ["Empty"]), \
                    (("--accept-new",), ["Empty"]):
                with self.subTest(auth, trust=trust):
                    self.endpoint.reset()
                    self.run_it(self.https, "--auth", auth, *trust)
                    self.assertEqual([op for op in self.ops() if op != "Receive"], ["Negotiate", *empty, "Create", "Command", "Delete"])

    def test_a_401_in_mid_session_over_tls(self):
        """The body goes with the next ticket, and is done once."""
        for op in "Command", "Receive", "Delete":
            with self.subTest(op):
                self.endpoint.reset()
                self.endpoint.fault(op=op, do="401")
                self.run_it(self.https, "--auth", "kerberos", "--ca-file", self.endpoint.ca)
                done = [r["op"] for r in self.endpoint.log() if r["status"] == 200]
                self.assertEqual([op for op in done if op != "Receive"], ["Create", "Command", "Delete"])

    def test_password(self):
        self.run_it(self.http, "--auth", "kerberos", "--user", "anna", KRB5CCNAME="FILE:/nonexistent/tickets", WINCH_PASSWORD=PASSWORD)
        self.run_it(self.http, KRB5_CLIENT_KTNAME=f"{realm.dir}/anna.keytab", KRB5CCNAME="FILE:/nonexistent/tickets")

    def test_refused_password_is_not_tried_by_ntlm(self):
        said = self.run_it(self.http, "--user", "bob", status=4, WINCH_PASSWORD="wrong")
        self.assertIn("the KDC refused the password of bob@WINCH.TEST", said)
        self.assertEqual(self.ops(), [])

    def test_ntlm_where_kerberos_cannot_be(self):
        for host, why, env in ((self.endpoint.http, "named by its address", {}),
                               (self.http, "no realm is known", {"KRB5_CONFIG": "/dev/null"})):
            with self.subTest(why):
                self.endpoint.reset()
                said = self.run_it(host, "--user", "anna", "-v", WINCH_PASSWORD=PASSWORD, **env)
                self.assertEqual(said.count("NTLM in place of Kerberos"), 1)
                self.assertIn(why, said)
                self.assertEqual([op for op in self.ops() if op != "Receive"], ["Negotiate", "Create", "Command", "Delete"])

    def test_kerberos_alone_never_falls_back(self):
        said = self.run_it(self.http, "--user", "anna", "--auth", "kerberos", status=4, WINCH_PASSWORD=PASSWORD, KRB5_CONFIG="/dev/null")
        self.assertIn("no realm is known", said)
        self.assertEqual(self.ops(), [])

    def test_a_ticket_that_the_server_refuses(self):
        """Its key is another's: NTLM then, with the password that is there already."""
        for way in (self.http,), (self.https, "--ca-file", self.endpoint.ca):
            with self.subTest(way[0]):
                said = self.run_it(*way, "--user", "anna", "--spn", "HTTP/other.winch.test", "-v", WINCH_PASSWORD=PASSWORD)
                self.assertIn("NTLM in place of Kerberos: the server refused the ticket", said)
                said = self.run_it(*way, "--auth", "kerberos", "--spn", "HTTP/other.winch.test", status=4)
                self.assertIn("refused the Kerberos ticket", said)
                self.assertIn("; see --spn", said)

    def test_the_password_is_asked_for_once(self):
        """Also where it goes to the KDC and, as the server does not take the ticket, to the server."""
        env = self.environment(KRB5CCNAME="FILE:/nonexistent/tickets")
        with Terminal("run", self.http, "--user", "anna", "--spn", "HTTP/other.winch.test", "-v", "-c", "1 + 1", env=env) as t:
            t.answer("Password for anna at", PASSWORD, secret=True)
            r = t.finish()
        self.assertEqual(r.status, 0, r)
        self.assertEqual(r.err.count("Password for"), 1)
        self.assertIn("NTLM in place of Kerberos: the server refused the ticket", r.err)

    def test_nobody_is_named(self):
        """The ticket says who, also where a password lies in the environment."""
        self.run_it(self.http, WINCH_PASSWORD="of somebody else")
        self.assertEqual({r["owner"] for r in self.endpoint.log() if r["op"] == "Create"}, {"WINCH\\anna"})

    def test_no_ticket_and_no_password(self):
        said = self.run_it(self.http, status=2, KRB5CCNAME="FILE:/nonexistent/tickets")
        self.assertIn("no user name", said)

    def test_usage(self):
        self.assertIn("--auth kerberos, negotiate or credssp only",
                      self.run_it(self.http, "--auth", "ntlm", "--spn", "HTTP/x", "--user", "anna", status=2, WINCH_PASSWORD="x"))

    def test_a_slow_kdc_holds_up_nobody_else(self):
        """The KDC's answer is held back until another target of the same thread is done."""
        done = threading.Event()
        with silent_port() as relay:
            threading.Thread(target=pass_on, args=(relay, done), daemon=True).start()
            slow = conf("slow.conf", **{r"kdc = .*": "kdc = 127.0.0.1:%d" % relay.getsockname()[1]})
            p = subprocess.Popen([WINCH, "run", self.http, self.endpoint.http, "--user", "anna", "-c", "1 + 1"],
                                 env=self.environment(KRB5_CONFIG=slow, WINCH_PASSWORD=PASSWORD, KRB5CCNAME="FILE:/nonexistent/tickets"),
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertIn('"host":"127.0.0.1', p.stdout.readline())
            done.set()
            self.assertIn('"host":"localhost', p.stdout.readline())
            self.assertEqual(p.wait(60), 0, p.stderr.read())
            p.stdout.close()
            p.stderr.close()

    def test_a_silent_kdc_can_be_given_up(self):
        """Ctrl-C ends it though the KDC never answers."""
        with silent_port() as relay:
            slow = conf("silent.conf", **{r"kdc = .*": "kdc = 127.0.0.1:%d" % relay.getsockname()[1]})
            p = subprocess.Popen([WINCH, "run", self.http, "--user", "anna", "-c", "1 + 1"],
                                 env=self.environment(KRB5_CONFIG=slow, WINCH_PASSWORD=PASSWORD, KRB5CCNAME="FILE:/nonexistent/tickets"),
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            relay.recv(65536)  # it was asked
            p.terminate()
            _, said = p.communicate(timeout=60)
            self.assertEqual(p.returncode, 130, said)


class Chosen(Whole):
    """A server without Kerberos: of the list it takes NTLM, asks for the mechListMIC, and has not looked at the ticket."""
    keytab = False

    def test_ntlm_is_chosen(self):
        said = self.run_it(self.http, "--user", "anna", "-v", WINCH_PASSWORD=PASSWORD, KRB5CCNAME="FILE:/nonexistent/tickets")
        self.assertEqual(said.count("NTLM in place of Kerberos: the server chose it"), 1)
        # the ticket, NTLM's two legs, and nothing twice
        self.assertEqual([op for op in self.ops() if op != "Receive"], ["Negotiate", "Negotiate", "Create", "Command", "Delete"])
        self.assertEqual({r["connection"] for r in self.endpoint.log()}, {self.endpoint.log()[0]["connection"]})

    def test_not_without_a_password(self):
        said = self.run_it(self.http, status=4)
        self.assertNotIn("NTLM in place", said)
        self.assertEqual(self.ops(), ["Negotiate"])

    def test_kerberos_alone_never_falls_back(self):
        said = self.run_it(self.http, "--user", "anna", "--auth", "kerberos", status=4, WINCH_PASSWORD=PASSWORD)
        self.assertIn("does not offer Kerberos (for kerberos): it offers Negotiate", said)
        self.assertEqual(self.ops(), ["Negotiate"])


@unittest.skipUnless(shutil.which("faketime"), "no faketime")
class Clock(Whole):
    """This machine's clock is 20 minutes off."""
    TEXT = "this machine's clock and the KDC's are too far apart: set it by NTP"

    def off(self, by, *args, status, **env):
        # a library that is loaded before the sanitizers' own; only the time of day is off
        e = self.environment(FAKETIME_DONT_FAKE_MONOTONIC="1", **env)
        e["ASAN_OPTIONS"] = e.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        done = subprocess.run(["faketime", "-f", by, WINCH, "run", self.http, *args, "-c", "1 + 1"], env=e, capture_output=True,
                              text=True, stdin=subprocess.DEVNULL, timeout=120)
        self.assertEqual((done.returncode, done.stdout), (status, "" if status else "2\n"), done.stderr)
        return done.stderr

    def test_with_a_ticket(self):
        for by in "+20m", "-20m":
            for auth in "kerberos", "negotiate":
                with self.subTest((by, auth)):
                    self.assertIn(self.TEXT, self.off(by, "--auth", auth, status=4))
        self.assertEqual(self.ops(), [])

    def test_with_a_password_the_kdc_tells_the_time(self):
        """As libkrb5 does it, unless kdc_timesync is off."""
        who = {"WINCH_PASSWORD": PASSWORD, "KRB5CCNAME": "FILE:/nonexistent/tickets"}
        strict = conf("strict.conf", **{r"\[libdefaults\]": "[libdefaults]\n kdc_timesync = 0"})
        for by in "+20m", "-20m":
            with self.subTest(by):
                self.off(by, "--auth", "kerberos", "--user", "bert", status=0, **who)
                self.endpoint.reset()
                self.assertIn(self.TEXT, self.off(by, "--auth", "kerberos", "--user", "bert", status=4, KRB5_CONFIG=strict, **who))
                self.assertEqual(self.ops(), [])
                said = self.off(by, "--user", "bert", "-v", status=0, KRB5_CONFIG=strict, **who)
                self.assertIn("NTLM in place of Kerberos: " + self.TEXT, said)


def pass_on(relay, done):
    """Requests to the KDC, answers back once done is set."""
    with open(realm.env["KRB5_CONFIG"]) as f:
        port = int(re.search(r"kdc = 127.0.0.1:(\d+)", f.read()).group(1))
    try:
        while True:
            data, client = relay.recvfrom(65536)
            done.wait(60)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                s.settimeout(5)
                s.sendto(data, ("127.0.0.1", port))
                relay.sendto(s.recv(65536), client)
    except OSError:
        pass


def der(tag, content):
    size = len(content)
    return bytes([tag]) + (b"" if size < 128 else b"\x81") + bytes([size]) + content


def framed(kind, message):
    """A token of the mechanism: RFC 4121 4.1."""
    return der(0x60, bytes.fromhex("06092a864886f712010202") + kind + message)


def krb_error(code):
    """RFC 4120 5.9.1: whatever a host likes to say."""
    integer = lambda n, v: der(0xA0 + n, der(2, bytes([v])))  # noqa: E731
    name = integer(0, 2) + der(0xA1, der(0x30, der(0x1B, b"HTTP") + der(0x1B, b"localhost")))
    fields = integer(0, 5) + integer(1, 30) + der(0xA4, der(0x18, b"20260101000000Z")) + integer(5, 0) + integer(6, code) + \
        der(0xA9, der(0x1B, b"WINCH.TEST")) + der(0xAA, der(0x30, name))
    return framed(b"\3\0", der(0x7E, der(0x30, fields)))


def ap_rep():
    """By somebody who has not the key."""
    part = der(0x30, der(0xA0, der(2, bytes([18]))) + der(0xA2, der(4, bytes(80))))
    return framed(b"\2\0", der(0x6F, der(0x30, der(0xA0, der(2, b"\5")) + der(0xA1, der(2, b"\x0f")) + der(0xA2, part))))


class Answers(Port):
    """A host that answers a ticket with this."""

    def __init__(self, token):
        self.token, self.shown = token, 0
        super().__init__()

    def serve(self, near):
        with near:
            while read := read_message(near):
                scheme = re.search(rb"Authorization: (\w+)", read[0]).group(1)
                token = self.token if scheme == b"Kerberos" else der(0xA1, der(0x30, der(0xA0, der(10, b"\1")) + der(0xA2, der(4, self.token))))
                self.shown += 1
                near.sendall(b"HTTP/1.1 401 \r\nWWW-Authenticate: " + scheme + b" " + base64.b64encode(token) + b"\r\nContent-Length: 0\r\n\r\n")


class Liars(unittest.TestCase):
    """What a host says of a ticket is the host's word: no KDC has refused a password then."""

    def ask(self, token, *args):
        with Answers(token) as host:
            done = subprocess.run([WINCH, "run", f"http://localhost:{host.port}", "-c", "1", "--user", "anna", *args], capture_output=True, text=True,
                                  stdin=subprocess.DEVNULL, timeout=60, env={**realm.full, "HOME": realm.dir, "WINCH_PASSWORD": PASSWORD})
            self.assertEqual((done.returncode, host.shown), (4, 1), done.stderr)
            self.assertNotIn("KDC", done.stderr)
            self.assertNotIn("check user and password", done.stderr)
            return done.stderr

    def test_what_only_a_kdc_may_say(self):
        """PREAUTH_FAILED, CLIENT_REVOKED, KEY_EXPIRED, BAD_INTEGRITY, MODIFIED."""
        for code in 24, 18, 23, 31, 41:
            for auth in "kerberos", "negotiate":
                with self.subTest((code, auth)):
                    self.assertIn("answer to the ticket: ", self.ask(krb_error(code), "--auth", auth))

    def test_clocks(self):
        for auth in "kerberos", "negotiate":
            self.assertIn("this machine's clock and the host's are too far apart", self.ask(krb_error(37), "--auth", auth))

    def test_no_key(self):
        for auth in "kerberos", "negotiate":
            with self.subTest(auth):
                self.assertIn("answer to the ticket: ", self.ask(ap_rep(), "--auth", auth))
