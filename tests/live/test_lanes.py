"""Lanes against the endpoint, whose NTLM and sealing are not ours: each mechanism of lane-driver.

gss-ntlm and gss-spnego are not ours on either side: what they prove is wsman/http alone."""
import unittest
import uuid

from endpoint import Endpoint, Missing
from lane_driver import AUTH, CONNECT, PROTOCOL, TLS, Driver, have

IDENTIFY = ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:i="http://schemas.'
            'dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><i:Identify/>'
            '</s:Body></s:Envelope>')
SEALED = [auth for auth in ("gss-ntlm", "gss-spnego", "ntlm", "negotiate") if have(auth)]


def get(size=0):
    """A Get that only administrators may do: its answer is a fault, so it may be sent often."""
    return ('<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" '
            'xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing" '
            'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header>'
            '<a:Action s:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/09/transfer/Get'
            '</a:Action><a:To>http://localhost/wsman</a:To><a:ReplyTo><a:Address '
            's:mustUnderstand="true">http://schemas.xmlsoap.org/ws/2004/08/addressing/role/'
            'anonymous</a:Address></a:ReplyTo><a:MessageID>uuid:%s</a:MessageID><w:ResourceURI '
            's:mustUnderstand="true">http://schemas.microsoft.com/wbem/wsman/1/config'
            '</w:ResourceURI><w:OperationTimeout>PT20S</w:OperationTimeout><!--%s--></s:Header>'
            '<s:Body/></s:Envelope>' % (str(uuid.uuid4()).upper(), "x" * size))


class Lanes(unittest.TestCase):
    endpoint = None
    options = ()

    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint("--warm", "0", *cls.options)
        except Missing as e:
            raise unittest.SkipTest(str(e))

    @classmethod
    def tearDownClass(cls):
        cls.endpoint.stop()

    def setUp(self):
        self.endpoint.ask("/reset", {})

    def driver(self, auth, *options, password=None, tls=False):
        e = self.endpoint
        d = Driver(e.https if tls else e.http, "--auth=" + auth, *options, user=e.user,
                   password=password or e.password)
        self.addCleanup(d.end)
        return d

    def well(self, d):
        done = d.ask(IDENTIFY, op="Identify")
        self.assertEqual(done.get("status"), 200, done)

    def log(self):
        return [r["op"] for r in self.endpoint.ask("/log")]

    def each(self):
        for auth in SEALED:
            with self.subTest(auth):
                self.endpoint.ask("/reset", {})
                yield auth


class Sealed(Lanes):
    def test_identify(self):
        for auth in self.each():
            d = self.driver(auth)
            for _ in range(3):
                done = d.ask(IDENTIFY, op="Identify", flags="f")
                self.assertEqual(done.get("status"), 200, done)
                self.assertIn("IdentifyResponse", done["body"])
            entries = self.endpoint.ask("/log")
            self.assertTrue(all(r["sealed"] for r in entries if r["op"] == "Identify"), entries)
            self.assertEqual(len({r["connection"] for r in entries}), 1)

    def test_sizes_and_faults(self):
        for auth in self.each():
            d = self.driver(auth)
            for size in (0, 1, 1000, 100000, 400000):
                done = d.ask(get(size), op="Get")
                self.assertEqual(done.get("status"), 500, done)
                self.assertIn("WSManFault", done["body"])

    def test_lanes(self):
        for auth in self.each():
            d = self.driver(auth)
            for _ in range(5):
                for lane in (1, 2, 3):
                    d.post(IDENTIFY, lane=lane, op="Identify")
                self.assertEqual({d.wait()["status"] for _ in range(3)}, {200})

    def test_requests(self):
        """A first body saves the empty one."""
        for auth in self.each():
            d = self.driver(auth)
            d.ask(IDENTIFY, op="Identify", flags="f")
            expected = ["Negotiate", "Identify"]
            if auth == "gss-spnego":  # GSSAPI does not give its keys before the end
                expected = ["Negotiate", "Empty", "Identify"]
            self.assertEqual(self.log(), expected)

    def test_wrong_password(self):
        for auth in self.each():
            d = self.driver(auth, password="wrong")
            for lane in (1, 2, 1):
                done = d.ask(IDENTIFY, lane=lane, op="Identify", flags="f")
                self.assertEqual(done.get("error"), AUTH, done)
                self.assertIn("refused user " + self.endpoint.user, done["text"])
            self.assertEqual(len(self.log()), 2)


class Faults(Lanes):
    """The endpoint does wrong on demand."""

    def ask_with(self, auth, what, **kwargs):
        d = self.driver(auth)
        self.well(d)
        self.endpoint.fault(op="Identify", **what)
        return d, d.ask(IDENTIFY, op="Identify", **kwargs)

    def test_401_in_mid_session(self):
        for auth in self.each():
            d, done = self.ask_with(auth, {"do": "401"})
            self.assertEqual(done.get("status"), 200, done)
            self.well(d)

    def test_drops(self):
        for auth in self.each():
            for what in ("drop-before", "drop-after", "truncate"):
                d, done = self.ask_with(auth, {"do": what})
                self.assertEqual((done.get("error"), done.get("sent")), (CONNECT, True), done)
                self.well(d)
                d, done = self.ask_with(auth, {"do": what}, flags="r")
                self.assertEqual(done.get("status"), 200, (what, done))

    def test_unsealed(self):
        for auth in self.each():
            d, done = self.ask_with(auth, {"do": "unsealed"})
            self.assertEqual(done.get("error"), PROTOCOL, done)
            self.assertIn("not authenticated", done["text"])
            self.assertIn("IdentifyResponse", done["hearsay"])
            self.well(d)

    def test_bad_seal(self):
        for auth in self.each():
            d, done = self.ask_with(auth, {"do": "bad-seal"})
            self.assertEqual(done.get("error"), PROTOCOL, done)
            d.post(IDENTIFY)
            self.assertEqual(d.read()["refused"], PROTOCOL)

    def test_garbage_and_drip(self):
        for auth in self.each():
            d, done = self.ask_with(auth, {"do": "garbage"})
            self.assertEqual(done.get("error"), PROTOCOL, done)
            d, done = self.ask_with(auth, {"do": "drip", "ms": 500})
            self.assertEqual(done.get("status"), 200, done)


class StrictFirstBody(Lanes):
    options = ("--strict-first-body",)

    def test_falls_back_once(self):
        for auth in self.each():
            if auth == "gss-spnego":
                continue
            d = self.driver(auth)
            done = d.ask(IDENTIFY, op="Identify", flags="f")
            self.assertEqual(done.get("status"), 200, done)
            before = len(self.log())
            self.assertEqual(d.ask(IDENTIFY, lane=2, op="Identify", flags="f")["status"], 200)
            self.assertEqual(self.log()[before:], ["Negotiate", "Empty", "Identify"])


class IdleConnections(Lanes):
    options = ("--idle-connection", "1")

    def test_idle_close(self):
        for auth in self.each():
            d = self.driver(auth)
            self.well(d)
            d.write("sleep 2500")
            self.well(d)
            self.assertEqual(self.log().count("Identify"), 2)


class Tls(Lanes):
    def test_trust(self):
        e = self.endpoint
        for auth in SEALED + (["basic"] if have("basic") else []):
            for options in (["--ca-file=" + e.ca], ["--pin=" + e.pin], ["--insecure"]):
                with self.subTest((auth, options)):
                    d = self.driver(auth, *options, tls=True)
                    for _ in range(2):
                        done = d.ask(IDENTIFY, op="Identify")
                        self.assertEqual(done.get("status"), 200, done)
            d = self.driver(auth, tls=True)
            self.assertEqual(d.ask(IDENTIFY)["error"], TLS)


class ChannelBinding(Lanes):
    options = ("--cbt", "strict")

    def test_it_is_there_and_right(self):
        for auth in self.each():
            d = self.driver(auth, "--ca-file=" + self.endpoint.ca, tls=True)
            self.well(d)
            self.well(d)

    def test_the_endpoint_insists(self):
        d = self.driver("gss-unbound", "--ca-file=" + self.endpoint.ca, tls=True)
        self.assertEqual(d.ask(IDENTIFY, op="Identify")["error"], AUTH)


del Lanes
