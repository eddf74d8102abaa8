"""winch doctor and a host that says more than it should: its words are shown, never obeyed, and never taken for winch's own."""
import unittest

from attacks import ATTACKS
from doctor import OK, Authority, Doctor, Server, lines_of, outside, reply, winrm
from program import PROTOCOL

USER, PASSWORD = "tester", "Dr-geheim-77"
WHO = ["--user", USER]
# What one would say who wants it to be taken for winch's, or for the user's own idea.
EVIL = ('x"; remedy: run as administrator: Invoke-Evil; \\"; remedy: Invoke-Evil \\\\" Invoke-Evil '
        "'; remedy: Invoke-Evil -> Invoke-Evil \\")
SHORT = 'x"; remedy: run Invoke-Evil; \\"; Invoke-Evil \\'  # as a name of X.509 has it
LINES = EVIL + '\nproblem  name          Invoke-Evil; remedy: Invoke-Evil\r\n  -> Invoke-Evil\r"\n'
FAULT = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:f="http://schemas.microsoft.com/wbem/wsman/1/wsmanfault"><s:Body><s:Fault><s:Code><s:Value>s:Sender</s:Value>\
<s:Subcode><s:Value>Invoke-Evil</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang="en">{text}</s:Text></s:Reason>\
<s:Detail><f:WSManFault Code="{code}" Machine="{code}"><f:Message>{text}</f:Message></f:WSManFault></s:Detail></s:Fault>\
</s:Body></s:Envelope>"""


class Hostile(Doctor):
    """What a host says of itself is shown, never obeyed, and has an end."""

    def is_clean(self, text):
        for c in text.replace("\n", ""):
            self.assertFalse(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 or 0x202A <= ord(c) <= 0x202E or
                             0x2066 <= ord(c) <= 0x2069, repr(text))

    def is_quoted(self, args, **how):
        """Each place that shows the attacker's words has them in quotes; gives the findings."""
        e, r = self.both(*args, **how)
        said = [line for line in lines_of(r) if "Invoke-Evil" in line]
        for text in [*said, *(f["text"] for f in [*e.findings, e.summary])]:
            self.assertNotIn("Invoke-Evil", outside(text))
            self.assertNotIn("administrator:", outside(text))
            self.assertEqual(text, "".join(text.splitlines()))
        self.assertTrue(all("Invoke-Evil" not in f.get("remedy", "") for f in e.findings), r)
        return e, said

    def shown(self, args, *checks, **how):
        e, said = self.is_quoted(args, **how)
        self.assertEqual({line.split()[1] for line in said} - {"summary"}, set(checks), e.r)
        return e

    def test_words_that_look_like_ours(self):
        """In what a web server says of itself, a redirection's aim, a product's name, and mechanisms."""
        for status, headers in (200, {}), (404, {}), (401, {"WWW_Authenticate": "Negotiate"}):
            with Server(reply(status, Server="Invoke-Evil", Content_Type="text/" + EVIL, **headers)) as s:
                self.shown([s.url, *WHO], "winrm")
        with Server(reply(302, Location="http://" + EVIL, Server="x")) as s:
            self.shown([s.url, *WHO], "winrm")
        vendor = LINES.replace("&", "&amp;").replace("<", "&lt;").replace("\n", "&#10;").replace("\r", "&#13;")
        with Server(winrm(vendor=vendor, offers="Basic")) as s:
            e = self.shown([s.url, *WHO], "winrm")
            self.assertIn("problem  name", e.one("winrm", OK)["vendor"])
        for offers in 'Basic realm="x\\"; remedy: Invoke-Evil", Invoke-Evil', "Basic, " + EVIL, "Invoke-Evil, Basic":
            with Server(winrm(offers=offers)) as s:
                self.is_quoted([s.url, *WHO])

    def test_what_is_never_shown(self):
        """A banner of what is no HTTP, a proxy's reason phrase, and why it wants a login."""
        with Server(b"SSH-2.0-" + EVIL.encode() + b"\r\n") as s:
            self.shown([s.url, *WHO, "--connect-timeout", "1"])
        for status in b"403 ", b"407 ", b"502 ":
            with Server(b"HTTP/1.1 " + status + EVIL.encode() + b"\r\nProxy-Authenticate: Basic realm=" + EVIL.encode() +
                        b"\r\nVia: " + EVIL.encode() + b"\r\nContent-Length: 0\r\n\r\n") as s:
                self.shown(["web1.example", *WHO, "--proxy", s.url])

    def test_a_certificate_that_says_more(self):
        authority = Authority(self.folder())
        conf = EVIL.replace("'", "").replace("\\", "\\\\").replace('"', '\\"')
        context = authority.issue("web9", subject="/CN=" + SHORT.replace("\\", "\\\\"), names="@alt", own=True,
                                  extra="[alt]\nDNS.1=web9\nDNS.2=" + conf + "\\nproblem  name  Invoke-Evil\n")
        with Server(winrm(offers="Basic"), context=context) as s:
            e = self.shown([s.url, *WHO], "tls")
            self.assertIn("not for 127.0.0.1: it is for \"web9, ", e.findings[0]["text"])
            self.assertIn("Invoke-Evil", e.findings[0]["issuer"])
            self.shown([s.url, *WHO, "--ca-file", authority.ca], "tls")

    def test_a_fault_that_says_more(self):
        """Also with the fault's own advice, which winch's text has on a line of its own."""
        text = LINES.replace("&", "&amp;").replace("<", "&lt;").replace("\r", "&#13;").replace("\n", "&#10;")
        for code in 0, 2150858883, 2150859180, 2150859173:
            def answer(request):
                if b"Authorization" not in request:
                    return winrm(offers="Basic")(request)
                return reply(500, FAULT.format(code=code, text=text).encode(), Content_Type="application/soap+xml;charset=UTF-8")
            with Server(answer) as s:
                self.shown([s.url, *WHO, "--auth", "basic", "--allow-cleartext"], "access" if code > 2150859000 else "session",
                           password=PASSWORD)

    def test_a_quote_in_a_quote(self):
        """It is escaped, and what looks like one is none; long words are shortened, between characters."""
        for said, shown in (('a"b', r'"a\"b"'), ("a\\", r'"a\\"'), (r'a\"', r'"a\\\""'), (r"C:\a", r'"C:\a"'),
                            ("a\u201d\uff02b", "\"a''b\""), ("a\u2028b", '"a b"'), ("\u00e9" * 300, '"' + "\u00e9" * 100 + '"...')):
            with Server(reply(200, Content_Type=said.encode().decode("latin-1"), Server="x")) as s:
                e = self.examine(s.url, *WHO)
                self.assertEqual(f'not WinRM: "x" answers HTTP 200 with {shown}', e.findings[0]["text"])
                self.assertEqual(e.findings[0]["type"], said)

    def test_names_and_headers(self):
        attack = "".join(a for a in ATTACKS if "\r" not in a and "\n" not in a and "\0" not in a)
        raw = attack.encode("utf-8", "surrogatepass")
        head = b"HTTP/1.1 200 \r\nServer: " + raw + b"\r\nContent-Type: text/" + raw + b"\r\nContent-Length: 2\r\n\r\nhi"
        with Server(head) as s:
            r = self.doctor(s.url, *WHO)
            self.assertEqual(r.status, PROTOCOL, r)
            self.is_clean(r.out.decode())
            self.assertEqual(len(lines_of(r)), len(self.examine(s.url, *WHO).findings) + 1, r)

    def test_a_product(self):
        with Server(winrm(vendor="a&#x9b;2Jb\u202ec\n\n\nd")) as s:
            e, r = self.both(s.url, *WHO)
            self.is_clean(r.out.decode())
            self.assertIn("\u202e", e.one("winrm", OK)["vendor"])

    def test_bytes_that_are_no_text(self):
        with Server(b"HTTP/1.1 400 \r\nServer: \xff\r\nContent-Type: \xff\xfe\x9b\r\nContent-Length: 0\r\n\r\n") as s:
            e = self.examine(s.url, *WHO)
            self.assertEqual(e.findings[0]["type"], "\ufffd\ufffd\ufffd")

    def test_headers_without_end(self):
        with Server(b"HTTP/1.1 200 \r\n" + b"X: " + b"y" * 90000 + b"\r\n" * 2) as s:
            e = self.examine(s.url, *WHO)
            self.assertEqual((e.r.status, e.problems()), (PROTOCOL, ["winrm"]), e.r)
        with Server(b"HTTP/1.1 401 \r\n" + b"X: y\r\n" * 20000 + b"\r\n") as s:
            e = self.examine(s.url, *WHO)
            self.assertEqual(e.r.status, PROTOCOL, e.r)

    def test_a_body_without_end(self):
        def endless(request):
            return b"HTTP/1.1 200 \r\nContent-Type: text/html\r\n\r\n" + b"x" * (1 << 20)
        with Server(endless) as s:
            e = self.examine(s.url, *WHO)
            self.assertEqual((e.r.status, e.problems()), (PROTOCOL, ["winrm"]), e.r)

    def test_a_long_name(self):
        with Server(reply(404, Server="long" * 3000)) as s:
            r = self.doctor(s.url, *WHO)
            self.assertLess(max(map(len, lines_of(r))), 2000, r)


if __name__ == "__main__":
    unittest.main()
