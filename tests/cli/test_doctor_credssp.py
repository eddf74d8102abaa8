"""winch doctor where CredSSP does not come about: each problem by the endpoint's own acceptor, told to have it."""
import base64
import unittest

from doctor import OK, Doctor, Server, reply, winrm
from endpoint import Endpoint, Missing
from program import AUTH, CONNECT, PASSWORD, USER

WHO = ["--auth", "credssp", "--user", USER]


class CredSsp(Doctor):
    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--warm", "1", "--credssp", "6", user=USER, password=PASSWORD)
        except Missing as e:
            raise unittest.SkipTest(str(e))
        cls.addClassCleanup(cls.endpoint.stop)

    def setUp(self):
        self.endpoint.reset()

    def at(self, *args, fault=None, value=None, tls=False, password=PASSWORD):
        e = self.endpoint
        if fault:
            e.fault(op="CredSSP", do=fault, **({"value": value} if value else {}))
        return self.examine(*([e.https, "--ca-file", e.ca] if tls else [e.http]), *WHO, *args, password=password)

    def shown(self):
        """Handshakes, and passwords that were handed over."""
        state = self.endpoint.state()["credssp"]
        return state["handshakes"], state["authInfos"]

    def test_all_is_well(self):
        for tls in (False, True):
            with self.subTest(tls=tls):
                e = self.at(tls=tls)
                self.healthy(e)
                self.assertIn("CredSSP", e.one("mechanism", OK)["offers"])

    def test_wrong_password(self):
        for tls in (False, True):
            with self.subTest(tls=tls):
                self.endpoint.reset()
                e = self.at(tls=tls, password="wrong")
                self.is_cause(e, AUTH, "auth", [f"refuses {USER} (credssp)"], ["a wrong password"])
                self.assertNotIn("CbtHardeningLevel", e.of("auth")[0]["remedy"])
                self.assertEqual(self.shown(), (1, 0))

    def test_what_the_host_says(self):
        for code, text in (0xC0000234, "the account is locked"), (0xC0000071, "the password has expired"):
            with self.subTest(text):
                self.endpoint.reset()
                e = self.at(fault="error-code", value=code)
                self.is_cause(e, AUTH, "auth", [text], ["LockedOut", "PasswordExpired", "Unlock-ADAccount"])
                self.assertEqual(self.shown(), (1, 0))

    def test_an_old_host(self):
        e = self.at(fault="old-version", value=4)
        self.is_cause(e, AUTH, "auth", ["version 4", "CVE-2018-0886"], ["Get-HotFix", "--allow-old-credssp"])
        self.assertEqual(self.shown(), (1, 0))

    def test_somebody_in_between(self):
        e = self.at(fault="wrong-key")
        self.is_cause(e, AUTH, "auth", ["somebody may be on the way"], ["--auth kerberos"])
        self.assertEqual(self.shown(), (1, 0))

    def test_another_pin(self):
        e = self.at("--pin", "sha256:" + "0" * 64)
        self.is_cause(e, CONNECT, "auth", [self.endpoint.credssp_pin], ["--pin", "CertificateThumbprint"])
        self.assertEqual(self.shown(), (1, 0))
        self.healthy(self.at("--pin", "sha256:" + self.endpoint.credssp_pin))

    def test_switched_off(self):
        with Endpoint("--warm", "0", user=USER, password=PASSWORD) as other:
            e = self.examine(other.http, *WHO, password=PASSWORD)
            self.is_cause(e, AUTH, "mechanism", ["CredSSP is not offered"], ["Enable-WSManCredSSP -Role Server"])

    def test_tls_inside_that_fails(self):
        alert = base64.b64encode(bytes.fromhex("15030300020246")).decode()  # protocol version

        def answer(request):
            if b"Authorization: CredSSP" not in request:
                return winrm(offers="CredSSP")(request)
            return reply(401, WWW_Authenticate="CredSSP " + alert, Server="Microsoft-HTTPAPI/2.0")

        with Server(answer) as server:
            e = self.examine(server.url, *WHO, password=PASSWORD)
            self.is_cause(e, CONNECT, "auth", ["the TLS inside CredSSP", "protocol version"], ["TLS 1.2\\Server"])
