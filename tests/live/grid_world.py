"""The grid's world: one realm, one endpoint, one proxy; an account for each outcome; winch run for a cell."""
import collections
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

from endpoint import Endpoint, Missing, TOP

sys.path += [os.path.join(TOP, "tests", "endpoint"), os.path.join(TOP, "tests", "cli")]
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402
from certificates import Files, openssl  # noqa: E402
from program import AUTH, BUILD, DONE, USAGE, winch  # noqa: E402, F401
from servers import Servers  # noqa: E402

PASSWORD, WRONG = "Pa55-word", "falsch-Zq7"
# Who stands for an outcome, and what kadmin makes of him.
NAMES = {"right": "anna", "wrong": "anna", "locked": "locked", "expired": "gone", "password-expired": "stale", "unknown": "nobody"}
KADMIN = {"anna": "", "locked": "-allow_tix", "gone": "-expire yesterday", "stale": "-pwexpire yesterday"}
FORMS = {"user": "%s", "DOMAIN\\user": "WINCH\\%s", ".\\user": ".\\%s", "user@REALM": "%s@WINCH.TEST", "user@SUFFIX": "%s@corp.example"}
# As the endpoint splits them: NTLM's and a principal's whole, Basic's and Kerberos's in two.
ACCOUNTS = ("anna@WINCH.TEST", "WINCH.TEST\\anna", "anna\\@corp.example@WINCH.TEST")

Seen = collections.namedtuple("Seen", "result kdc log")


class World:
    def __init__(self, case):
        if not shutil.which("tinyproxy"):
            raise unittest.SkipTest("no tinyproxy")
        if not os.path.exists(os.path.join(BUILD, "tests", "auth", "kerberos-peer")):
            raise unittest.SkipTest("this build has no Kerberos (Debian: libkrb5-dev)")
        try:
            self.realm = Realm(user="maker", password=PASSWORD)
            case.addClassCleanup(self.realm.stop)
            self.make_accounts()
            self.make_keys()
            self.make_certificates(case)
            accounts = [o for name in ACCOUNTS for o in ("--user", f"{name}:{PASSWORD}")]
            self.endpoint = Endpoint(
                "--warm", "1", "--shells-per-process", "100", "--max-shells-per-user", "300", "--cbt", "strict", "--credssp", "6", "--keytab", self.realm.keytab,
                "--client-ca", self.files["ca.pem"], "--map-certificate", "anna=anna", *accounts, user="anna", password=PASSWORD)
        except (Skip, Missing) as why:
            raise unittest.SkipTest(str(why))
        case.addClassCleanup(self.endpoint.stop)
        self.proxy, _ = Servers(case).tinyproxy()

    def make_accounts(self):
        for name, options in KADMIN.items():
            for principal in (name, name + "\\@corp.example"):
                self.realm.run("kadmin.local", "-q", f"addprinc +requires_preauth {options} -pw {PASSWORD} {principal}")
        # who may have a ticket, but is nobody at the endpoint
        self.realm.run("kadmin.local", "-q", f"addprinc -pw {PASSWORD} stranger")

    def make_keys(self):
        """A keytab for each outcome, and a ticket where there can be one."""
        path = self.realm.dir
        for outcome, name in NAMES.items():
            word = WRONG if outcome == "wrong" else PASSWORD
            lines = f"addent -password -p {name}@WINCH.TEST -k 1 -e aes256-cts-hmac-sha1-96\n{word}\nwkt {path}/{outcome}.keytab\nquit\n"
            subprocess.run(["ktutil"], input=lines, text=True, env=self.realm.full, check=True, stdout=subprocess.DEVNULL)
        for outcome, name, life in (("right", "anna", "1h"), ("unknown", "stranger", "1h"), ("expired", "anna", "1s")):
            subprocess.run(["kinit", "-l", life, "-c", f"FILE:{path}/{outcome}.tickets", name], input=PASSWORD + "\n", text=True, env=self.realm.full,
                           check=True, stdout=subprocess.DEVNULL)

    def make_certificates(self, case):
        made = tempfile.TemporaryDirectory()
        case.addClassCleanup(made.cleanup)
        self.files = f = Files(made.name)
        openssl("x509", "-req", "-in", f["anna.csr"], "-CA", f["ca.pem"], "-CAkey", f["ca.key"], "-days", "-1", "-out", f["expired.pem"])
        # outcome -> certificate and key
        self.certificates = {o: (f[c + ".pem"], f[k + ".key"]) for o, c, k in (
            ("right", "anna", "anna"), ("wrong", "own", "own"), ("expired", "expired", "anna"), ("unknown", "bob", "bob"))}

    def kdc_answers(self, start):
        """What the KDC's log has from there on for who wanted a first ticket."""
        with open(f"{self.realm.dir}/kdc.log") as f:
            f.seek(start)
            return re.findall(r"AS_REQ .* 127\.0\.0\.1: ([A-Z_ ]+):", f.read())

    def run(self, cell):
        """winch run as the cell says: its end, the KDC's answers, the endpoint's log."""
        self.endpoint.reset()
        start = os.path.getsize(f"{self.realm.dir}/kdc.log")
        args, password, env = self.command(cell)
        result = winch("run", *args, "-c", "6*7", "-v", password=password, env=env)
        return Seen(result, self.kdc_answers(start), self.endpoint.log())

    def command(self, cell):
        tls = cell.way in ("https", "pin", "proxy-https")
        url = self.endpoint.https if tls else self.endpoint.http
        # Negotiate has no Kerberos for an address.
        if cell.mechanism != "negotiate-ntlm":
            url = url.replace("127.0.0.1", "localhost")
        args = [url]
        if cell.way == "pin":
            args += ["--pin", "sha256:" + self.endpoint.pin]
        elif tls:
            args += ["--ca-file", self.endpoint.ca]
        if cell.way.startswith("proxy"):
            args += ["--proxy", f"http://127.0.0.1:{self.proxy}"]
        who, password, env = self.who(cell)
        return args + ["--auth", cell.mechanism.partition("-")[0], *who], password, env

    def who(self, cell):
        """Options, password, environment."""
        # no ticket, unless the cell has one
        env = {**self.realm.env, "HOME": self.realm.dir, "KRB5CCNAME": "FILE:/nonexistent/tickets"}
        if cell.mechanism == "certificate":
            certificate, key = self.certificates[cell.outcome]
            return ["--cert", certificate, "--key", key], None, env
        if cell.user == "none":
            return [], None, {**env, "KRB5CCNAME": f"FILE:{self.realm.dir}/{cell.outcome}.tickets"}
        if cell.user == "keytab":
            return [], None, {**env, "KRB5_CLIENT_KTNAME": f"{self.realm.dir}/{cell.outcome}.keytab"}
        return ["--user", FORMS[cell.user] % NAMES[cell.outcome]], WRONG if cell.outcome == "wrong" else PASSWORD, env
