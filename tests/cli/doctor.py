"""For the tests of winch doctor: examinations, and servers that say one thing wrong."""
import json
import os
import socket
import ssl
import subprocess
import time

from port import Port, read_message
from program import DONE, Case, winch

OK, NOTE, PROBLEM, SKIPPED = "ok", "note", "problem", "skipped"

IDENTITY = """<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" \
xmlns:w="http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd"><s:Header/><s:Body><w:IdentifyResponse>\
<w:ProtocolVersion>http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd</w:ProtocolVersion>\
<w:ProductVendor>{vendor}</w:ProductVendor><w:ProductVersion>OS: 6.3.9600 SP: 0.0 Stack: 3.0</w:ProductVersion>\
</w:IdentifyResponse></s:Body></s:Envelope>"""


def reply(status, body=b"", **headers):
    """An HTTP reply; a header's _ is a -."""
    lines = [f"HTTP/1.1 {status} "] + [f"{k.replace('_', '-')}: {v}" for k, v in headers.items()]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode("latin-1") + body


def winrm(vendor="Microsoft Corporation", offers="Negotiate", date=None):
    """Answers as WinRM does to one who sends no credential."""
    def answer(request):
        headers = {"Server": "Microsoft-HTTPAPI/2.0"}
        headers["Date"] = date or time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime())
        if b"WSMANIDENTIFY: unauthenticated" in request:
            return reply(200, IDENTITY.format(vendor=vendor).encode(), Content_Type="application/soap+xml", **headers)
        if offers:
            headers["WWW_Authenticate"] = offers
        return reply(401, Connection="close", **headers)
    return answer


class Server(Port):
    """answer: bytes, or what makes them of a request; None: ends the connection.  context: TLS."""

    def __init__(self, answer, context=None, address=("127.0.0.1", 0)):
        self.answer, self.context, self.requests = answer, context, []
        super().__init__(address)
        self.url = f"{'https' if context else 'http'}://{self.host}:{self.port}"

    def serve(self, near):
        try:
            if self.context:
                near = self.context.wrap_socket(near, server_side=True)
            with near:
                self._talk(near)
        except OSError:
            pass

    def _talk(self, near):
        while message := read_message(near):
            request = b"\r\n\r\n".join(message)
            self.requests.append(request)
            answer = self.answer(request) if callable(self.answer) else self.answer
            if answer is None:
                return
            near.sendall(answer)
            if b"Connection: close" in answer or b"Content-Length" not in answer:
                return


class Silent:
    """A port whose firewall drops what is sent to it: nobody takes its connections, and no more of them fit."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(0)
        self.port = self.socket.getsockname()[1]
        self.filling = []
        for _ in range(3):
            s = socket.socket()
            s.setblocking(False)
            s.connect_ex(("127.0.0.1", self.port))
            self.filling.append(s)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for s in [*self.filling, self.socket]:
            s.close()


def openssl(*args, **how):
    subprocess.run(["openssl", *args], check=True, stdin=subprocess.DEVNULL, capture_output=True, **how)


class Authority:
    """Certificates of all kinds; those of .issue() are its own."""

    def __init__(self, folder):
        self.folder = folder
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Test Authority",
                "-keyout", self.path("ca.key"), "-out", self.path("ca.pem"))
        self.ca = self.path("ca.pem")

    def path(self, name):
        return os.path.join(self.folder, name)

    def _request(self, name, kind, subject):
        openssl("req", "-newkey", *kind, "-nodes", "-subj", subject or f"/CN={name}", "-keyout", self.path(name + ".key"),
                "-out", self.path(name + ".csr"))

    def issue(self, name, kind=("rsa:2048",), digest="sha256", days=("-days", "365"), names="IP:127.0.0.1", own=False,
              extra="", subject=None):
        """A context for a server; its own: self-signed."""
        self._request(name, kind, subject)
        with open(self.path(name + ".ext"), "w") as f:
            f.write(f"subjectAltName={names}\n{extra}")
        signer = (["-signkey", self.path(name + ".key")] if own else
                  ["-CA", self.ca, "-CAkey", self.path("ca.key"), "-CAcreateserial"])
        self._sign(name, signer, digest, days)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("DEFAULT@SECLEVEL=0")
        context.load_cert_chain(self.path(name + ".pem"), self.path(name + ".key"))
        return context

    def _sign(self, name, signer, digest, days):
        args = ["-req", "-in", self.path(name + ".csr"), "-extfile", self.path(name + ".ext"), "-" + digest, *signer,
                "-out", self.path(name + ".pem")]
        if days[0] == "-days":
            openssl("x509", *args, *days)
            return
        # Days between which it is valid, from today: openssl ca has them.
        for name_of, text in ("index.txt", ""), ("serial", "01\n"):
            with open(self.path(name_of), "w") as f:
                f.write(text)
        with open(self.path("ca.conf"), "w") as f:
            f.write(f"[ca]\ndefault_ca=c\n[c]\ndatabase={self.path('index.txt')}\nserial={self.path('serial')}\n"
                    f"new_certs_dir={self.folder}\npolicy=p\n[p]\ncommonName=supplied\n")
        openssl("ca", "-batch", "-config", self.path("ca.conf"), "-md", digest, "-cert", self.ca, "-keyfile",
                self.path("ca.key"), "-in", self.path(name + ".csr"), "-extfile", self.path(name + ".ext"),
                "-startdate", days[0], "-enddate", days[1], "-notext", "-out", self.path(name + ".pem"))

    def pin(self, name):
        done = subprocess.run(["openssl", "x509", "-in", self.path(name + ".pem"), "-noout", "-fingerprint", "-sha256"],
                              check=True, capture_output=True, text=True)
        return "sha256:" + done.stdout.strip().split("=")[1].replace(":", "").lower()


def lines_of(r):
    """By the line feed alone: what hosts send has other line ends in it."""
    return r.out.decode().rstrip("\n").split("\n")


def outside(text):
    """What of it stands in no quotes, as src/cli/quote.h has them: that is winch's own."""
    own, at, quoted = "", 0, False
    while at < len(text):
        slashes = len(text[at:]) - len(text[at:].lstrip("\\"))
        at += slashes
        own += "" if quoted else "\\" * slashes
        if text[at:at + 1] == '"' and not (quoted and slashes % 2):
            quoted = not quoted
        elif not quoted:
            own += text[at:at + 1]
        at += 1
    return own


class Examination:
    """One run of the doctor with -o ndjson: .findings, and .summary, the last of them."""

    def __init__(self, case, r):
        self.case, self.r = case, r
        self.findings = [json.loads(line) for line in lines_of(r)]
        self.summary = self.findings.pop()
        case.assertEqual(self.summary["check"], "summary", r)
        case.assertEqual(self.summary["status"], r.status, r)

    def of(self, check, result=None):
        return [f for f in self.findings if f["check"] == check and result in (None, f["result"])]

    def one(self, check, result):
        found = self.of(check, result)
        self.case.assertEqual(len(found), 1, (check, result, self.r))
        return found[0]

    def problems(self):
        return [f["check"] for f in self.findings if f["result"] == PROBLEM]


class Doctor(Case):
    def doctor(self, *args, password=None, **how):
        return winch("doctor", *args, password=password, **how)

    def examine(self, *args, **how):
        return Examination(self, self.doctor(*args, "-o", "ndjson", **how))

    def both(self, *args, **how):
        """In both forms: the one for people says the same."""
        e, r = self.examine(*args, **how), self.doctor(*args, **how)
        self.assertEqual(r.status, e.r.status, r)
        lines = lines_of(r)
        self.assertEqual(len(lines), len(e.findings) + 1, r)
        for line, finding in zip(lines, [*e.findings, e.summary]):
            self.assertTrue(line.startswith(finding["result"]), (line, finding))
            self.assertEqual(outside(line).count("; remedy: "), int("remedy" in finding), line)
        return e, r

    def is_cause(self, e, status, check, words, remedy):
        """The likeliest cause: the first line and the last say it, with what helps."""
        first = e.findings[0]
        self.assertEqual((first["result"], first["check"], e.r.status), (PROBLEM, check, status), e.r)
        for word in words:
            self.assertIn(word, first["text"])
        for word in remedy:
            self.assertIn(word, first["remedy"])
        self.assertEqual(e.summary["result"], PROBLEM, e.r)
        self.assertEqual(e.summary["text"], f"the most likely cause is {check}: {first['text']}")
        self.assertEqual(e.summary["remedy"], first["remedy"])

    def cause(self, args, status, check, words, remedy, **how):
        """The doctor finds it, in both forms."""
        e, r = self.both(*args, **how)
        self.is_cause(e, status, check, words, remedy)
        return e

    def healthy(self, e):
        self.assertEqual((e.r.status, e.summary["result"], e.problems()), (DONE, OK, []), e.r)
