"""The least WSMan and PSRP client that can tell whether the endpoint's messages have the right form. Standard library only."""

import base64
import http.client
import re
import ssl
import struct
import urllib.parse
import uuid
import xml.etree.ElementTree as ET

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
POWERSHELL = "http://schemas.microsoft.com/powershell/Microsoft.PowerShell"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer/"
NS = {
    "s": "http://www.w3.org/2003/05/soap-envelope", "a": "http://schemas.xmlsoap.org/ws/2004/08/addressing",
    "w": "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd", "p": "http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd",
    "rsp": SHELL, "ps": "http://schemas.microsoft.com/powershell", "n": "http://schemas.xmlsoap.org/ws/2004/09/enumeration",
}
PREFIXES = " ".join(f'xmlns:{k}="{v}"' for k, v in NS.items())
ENUM = '<Obj N="{n}" RefId="{r}"><I32>{v}</I32></Obj>'
NO_HOST = ('<Obj N="HostInfo" RefId="90"><MS><B N="_isHostNull">true</B><B N="_isHostUINull">true</B>'
           '<B N="_isHostRawUINull">true</B><B N="_useRunspaceHost">true</B></MS></Obj>')
HOST = ('<Obj N="HostInfo" RefId="90"><MS><B N="_isHostNull">false</B><B N="_isHostUINull">false</B><B N="_isHostRawUINull">false</B>'
        '<B N="_useRunspaceHost">false</B><Obj N="_hostDefaultData" RefId="91"><MS><Obj N="data" RefId="92"><DCT></DCT></Obj></MS></Obj></MS></Obj>')


class Fault(Exception):
    """A WSMan fault, or an HTTP status without one (code 0)."""

    def __init__(self, status, body):
        m = re.search(rb'WSManFault[^>]* Code="(\d+)"', body)
        self.status, self.code, self.body = status, int(m.group(1)) if m else 0, body
        super().__init__(f"HTTP {status}, code {self.code}")


class Client:
    def __init__(self, url, user="vagrant", password="vagrant", ca=None, session=True, version="2.3"):
        self.url = urllib.parse.urlsplit(url)
        self.auth = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.ca, self.conn, self.version = ca, None, version
        self.session = f"uuid:{uuid.uuid4()}".upper().replace("UUID", "uuid") if session else None
        self.resource, self.shell, self.size, self.timeout, self.message_id = POWERSHELL, None, 512000, "PT20S", None
        self.rpid, self.object = uuid.uuid4(), 0
        self.partial, self.host = {}, NO_HOST

    def post(self, body, content_type="application/soap+xml;charset=UTF-8", path=None, headers=None, auth=True):
        if self.conn is None:
            if self.url.scheme == "https":
                self.conn = http.client.HTTPSConnection(self.url.hostname, self.url.port, timeout=60, context=ssl.create_default_context(cafile=self.ca))
            else:
                self.conn = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)
        h = {"Content-Type": content_type}
        if auth:
            h["Authorization"] = self.auth
        h.update(headers or {})
        try:
            self.conn.request("POST", path or self.url.path, body, h)
            reply = self.conn.getresponse()
            data = reply.read()
        except BaseException:
            self.close()
            raise
        if reply.will_close:
            self.close()
        return reply.status, reply.headers, data

    def close(self):
        if self.conn:
            self.conn.close()
        self.conn = None

    def envelope(self, action, body, options=(), extra="", selectors=None, drop=()):
        selectors = selectors if selectors is not None else ({"ShellId": self.shell} if self.shell else {})
        parts = {
            "Action": f'<a:Action s:mustUnderstand="true">{action}</a:Action>',
            "To": f"<a:To>{self.url.geturl()}</a:To>",
            "MessageID": f"<a:MessageID>{self.message_id or 'uuid:' + str(uuid.uuid4()).upper()}</a:MessageID>",
            "ReplyTo": f'<a:ReplyTo><a:Address s:mustUnderstand="true">{NS["a"]}/role/anonymous</a:Address></a:ReplyTo>',
            "ResourceURI": f'<w:ResourceURI s:mustUnderstand="true">{self.resource}</w:ResourceURI>',
            "MaxEnvelopeSize": f'<w:MaxEnvelopeSize s:mustUnderstand="true">{self.size}</w:MaxEnvelopeSize>',
            "OperationTimeout": f"<w:OperationTimeout>{self.timeout}</w:OperationTimeout>",
            "Locale": '<w:Locale s:mustUnderstand="false" xml:lang="en-US"/><p:DataLocale s:mustUnderstand="false" xml:lang="en-US"/>',
        }
        if self.session:
            parts["SessionId"] = f'<p:SessionId s:mustUnderstand="false">{self.session}</p:SessionId>'
        head = "".join(v for k, v in parts.items() if k not in drop) + extra
        if selectors:
            head += "<w:SelectorSet>" + "".join(f'<w:Selector Name="{k}">{v}</w:Selector>' for k, v in selectors.items()) + "</w:SelectorSet>"
        if options:
            head += '<w:OptionSet s:mustUnderstand="true">' + "".join(
                f'<w:Option Name="{n}"{" MustComply=%strue%s" % (chr(34), chr(34)) if must else ""}>{v}</w:Option>' for n, v, must in options) + "</w:OptionSet>"
        return f"<s:Envelope {PREFIXES}><s:Header>{head}</s:Header><s:Body>{body}</s:Body></s:Envelope>".encode()

    def call(self, action, body="", **how):
        status, _, data = self.post(self.envelope(action, body, **how))
        if status != 200:
            raise Fault(status, data)
        return ET.fromstring(data)

    # PSRP

    def fragments(self, kind, text, pid=None, size=32768):
        """One message, cut: destination server, type, RPID, PID, then the CLIXML."""
        data = struct.pack("<II", 2, kind) + self.rpid.bytes_le + (pid.bytes_le if pid else bytes(16)) + text.encode()
        self.object += 1
        room, out = size - 21, b""
        for i in range(0, len(data), room):
            part = data[i:i + room]
            flags = (1 if i == 0 else 0) | (2 if i + room >= len(data) else 0)
            out += struct.pack(">QQBI", self.object, i // room, flags, len(part)) + part
        return out

    def capability(self):
        return self.fragments(0x10002, f'<Obj RefId="0"><MS><Version N="protocolversion">{self.version}</Version><Version N="PSVersion">2.0</Version>'
                              '<Version N="SerializationVersion">1.1.0.1</Version></MS></Obj>')

    def create(self, options=None, body=None):
        first = self.capability() + self.fragments(0x10004, '<Obj RefId="0"><MS><I32 N="MinRunspaces">1</I32><I32 N="MaxRunspaces">1</I32>'
            + ENUM.format(n="PSThreadOptions", r=1, v=0) + ENUM.format(n="ApartmentState", r=2, v=2) + self.host
            + '<Nil N="ApplicationArguments"/></MS></Obj>')
        body = body or (f'<rsp:Shell ShellId="{str(self.rpid).upper()}"><rsp:InputStreams>stdin pr</rsp:InputStreams><rsp:OutputStreams>stdout</rsp:OutputStreams>'
                        f'<creationXml xmlns="{NS["ps"]}">{base64.b64encode(first).decode()}</creationXml></rsp:Shell>')
        reply = self.call(TRANSFER + "Create", body, options=options if options is not None else [("protocolversion", self.version, True)])
        self.shell = reply.find(".//w:Selector", NS).text
        return reply

    def receive(self, command=None):
        """The messages that one Receive brings, as (type, rpid, pid, text), and the command's state."""
        of = f' CommandId="{command}"' if command else ""
        reply = self.call(SHELL + "/Receive", f"<rsp:Receive><rsp:DesiredStream{of}>stdout</rsp:DesiredStream></rsp:Receive>",
                          options=[("WSMAN_CMDSHELL_OPTION_KEEPALIVE", "TRUE", False)])
        data = b"".join(base64.b64decode(s.text or "") for s in reply.iterfind(".//rsp:Stream", NS))
        state = reply.find(".//rsp:CommandState", NS)
        return self.join(command, data), state.get("State").rsplit("/", 1)[1] if state is not None else None

    def join(self, stream, data):
        left, parts = self.partial.get(stream, (b"", b""))
        data, messages = left + data, []
        while len(data) >= 21:
            _, number, flags, length = struct.unpack(">QQBI", data[:21])
            if len(data) < 21 + length:
                break
            parts = (b"" if flags & 1 else parts) + data[21:21 + length]
            data = data[21 + length:]
            if flags & 2:
                dest, kind = struct.unpack("<II", parts[:8])
                assert dest == 1, "destination"
                messages.append((kind, uuid.UUID(bytes_le=parts[8:24]), uuid.UUID(bytes_le=parts[24:40]), parts[40:].decode("utf-8-sig")))
                parts = b""
        self.partial[stream] = (data, parts)
        return messages

    def open(self):
        """Creates a pool and reads until it is Opened; the messages."""
        self.create()
        got = []
        while not any(m[0] == 0x21005 for m in got):
            got += self.receive()[0]
        return got

    def pipeline(self, script, is_script=True):
        props = "".join(ENUM.format(n=n, r=10 + i, v=0) for i, n in enumerate(
            ("MergeMyResult", "MergeToResult", "MergePreviousResults", "MergeError", "MergeWarning", "MergeVerbose", "MergeDebug", "MergeInformation")))
        script = script.replace("&", "&amp;").replace("<", "&lt;")
        return ('<Obj RefId="0"><MS><B N="NoInput">true</B>' + ENUM.format(n="ApartmentState", r=1, v=2) + ENUM.format(n="RemoteStreamOptions", r=2, v=15)
                + '<B N="AddToHistory">false</B>' + self.host + '<Obj N="PowerShell" RefId="3"><MS><B N="IsNested">false</B><Nil N="ExtraCmds"/>'
                f'<Obj N="Cmds" RefId="4"><LST><Obj RefId="5"><MS><S N="Cmd">{script}</S><B N="IsScript">{str(is_script).lower()}</B><Nil N="UseLocalScope"/>{props}'
                '<Obj N="Args" RefId="6"><LST/></Obj></MS></Obj></LST></Obj><Nil N="History"/><B N="RedirectShellErrorOutputPipe">false</B></MS></Obj>'
                '<B N="IsNested">false</B></MS></Obj>')

    def start(self, script, is_script=True):
        return self.command(uuid.uuid4(), self.pipeline(script, is_script))

    def start_with_input(self, script):
        """The command, and its pipeline's id for the fragments of its input."""
        pid = uuid.uuid4()
        return self.command(pid, self.pipeline(script).replace('<B N="NoInput">true', '<B N="NoInput">false')), pid

    def command(self, pid, body):
        data = base64.b64encode(self.fragments(0x21006, body, pid)).decode()
        reply = self.call(SHELL + "/Command", f'<rsp:CommandLine CommandId="{str(pid).upper()}"><rsp:Command/><rsp:Arguments>{data}</rsp:Arguments></rsp:CommandLine>')
        return reply.find(".//rsp:CommandId", NS).text

    def finish(self, command):
        got, state = [], None
        while state != "Done":
            more, state = self.receive(command)
            got += more
        return got

    def run(self, script, is_script=True):
        command = self.start(script, is_script)
        got = self.finish(command)
        self.signal(command)
        return got

    def signal(self, command, code=SHELL + "/signal/terminate"):
        self.call(SHELL + "/Signal", f'<rsp:Signal CommandId="{command}"><rsp:Code>{code}</rsp:Code></rsp:Signal>')

    def send(self, data, command=None, stream="stdin", end=False):
        of = (f' CommandId="{command}"' if command else "") + (' End="true"' if end else "")
        self.call(SHELL + "/Send", f'<rsp:Send><rsp:Stream Name="{stream}"{of}>{base64.b64encode(data).decode()}</rsp:Stream></rsp:Send>')

    def delete(self):
        self.call(TRANSFER + "Delete")
