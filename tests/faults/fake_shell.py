"""A WSMan shell for hostile PSRP: a script of what its Receives answer, in the clear.

It knows just enough to get a client to the place where it is to be hurt."""
import base64
import re
import struct
import time
import uuid

from fake_server import SOAP

WSA = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
RSP = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
ACTIONS = {
    "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create": "Create",
    "http://schemas.xmlsoap.org/ws/2004/09/transfer/Delete": "Delete",
    RSP + "/Command": "Command",
    RSP + "/Send": "Send",
    RSP + "/Receive": "Receive",
    RSP + "/Signal": "Signal",
}
TO_CLIENT = 1
CAPABILITY, POOL_STATE = 0x00010002, 0x00021005
OUTPUT, ERROR, PIPELINE_STATE = 0x00041004, 0x00041005, 0x00041006


def message(kind, rpid, pid, body):
    return struct.pack("<II", TO_CLIENT, kind) + rpid + pid + (b"\xef\xbb\xbf" + body if body else b"")


def fragment(object_id, blob, number=0, flags=3, length=None):
    return struct.pack(">QQBI", object_id, number, flags, len(blob) if length is None else length) + blob


def bag(*members):
    return ('<Obj RefId="0"><MS>' + "".join(members) + "</MS></Obj>").encode()


class Shell:
    """answer is a handler for fake_server.Server.  output(shell) gives the bytes of the
    pipeline's stream, a list: one entry a Receive; the last is repeated."""

    def __init__(self, output, envelope=None):
        self.output, self.envelope = output, envelope
        self.ops, self.rpid, self.pid = [], bytes(16), bytes(16)
        self.object_id = 0
        self.sent = 0
        self.is_open = False

    def fragments(self, kind, body, of_pool=False):
        self.object_id += 1
        return fragment(self.object_id, message(kind, self.rpid, bytes(16) if of_pool else self.pid, body))

    def end(self, state=4):
        return self.fragments(PIPELINE_STATE, bag(f'<I32 N="PipelineState">{state}</I32>'))

    def opened(self):
        return (self.fragments(CAPABILITY, bag(
            '<Version N="protocolversion">2.3</Version><Version N="PSVersion">2.0</Version>'
            '<Version N="SerializationVersion">1.1.0.1</Version>'), True)
            + self.fragments(POOL_STATE, bag('<I32 N="RunspaceState">2</I32>'), True))

    def reply(self, request_text, action, body):
        relates = re.search(r"MessageID[^>]*>([^<]+)<", request_text).group(1)
        return (f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="{WSA}" xmlns:rsp="{RSP}" '
                f'xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"><s:Header><a:Action>{action}</a:Action>'
                f"<a:MessageID>uuid:{uuid.uuid4()}</a:MessageID><a:To>{WSA}/role/anonymous</a:To>"
                f"<a:RelatesTo>{relates}</a:RelatesTo></s:Header><s:Body>{body}</s:Body></s:Envelope>").encode()

    def received(self, text, data, command, done):
        attr = f' CommandId="{command}"' if command else ""
        state = (f'<rsp:CommandState{attr} State="{RSP}/CommandState/Done"><rsp:ExitCode>0</rsp:ExitCode>'
                 "</rsp:CommandState>") if done else ""
        stream = f'<rsp:Stream Name="stdout"{attr}>{base64.b64encode(data).decode()}</rsp:Stream>'
        return self.reply(text, RSP + "/ReceiveResponse", f"<rsp:ReceiveResponse>{stream}{state}</rsp:ReceiveResponse>")

    def answer_receive(self, text):
        command = re.search(r'CommandId="([^"]+)"', text)
        if not command:
            if self.is_open:
                time.sleep(30)  # nothing more is ever said to the pool
            self.is_open = True
            return self.received(text, self.opened(), None, False)
        self.pid_text = command.group(1)
        parts = self.output(self)
        data = parts[min(self.sent, len(parts) - 1)]
        self.sent += 1
        return self.received(text, data, command.group(1), self.sent >= len(parts) and len(parts) > 1)

    def answer(self, text, op):
        if op == "Create":
            shell = re.search(r'ShellId="([^"]+)"', text)
            self.shell_id = shell.group(1) if shell else str(uuid.uuid4()).upper()
            creation = base64.b64decode(re.search(r"creationXml[^>]*>([^<]+)<", text).group(1))
            self.rpid = creation[21 + 8:21 + 24]
            return self.reply(text, "http://schemas.xmlsoap.org/ws/2004/09/transfer/CreateResponse", (
                f"<rsp:Shell><rsp:ShellId>{self.shell_id}</rsp:ShellId></rsp:Shell>"))
        if op == "Command":
            data = base64.b64decode(re.search(r"Arguments[^>]*>([^<]+)<", text).group(1))
            self.pid = data[21 + 24:21 + 40]
            command = re.search(r'CommandId="([^"]+)"', text)
            command = command.group(1) if command else str(uuid.uuid4()).upper()
            return self.reply(text, RSP + "/CommandResponse",
                              f"<rsp:CommandResponse><rsp:CommandId>{command}</rsp:CommandId></rsp:CommandResponse>")
        if op == "Receive":
            return self.answer_receive(text)
        if op == "Delete":
            return self.reply(text, "http://schemas.xmlsoap.org/ws/2004/09/transfer/DeleteResponse", "")
        return self.reply(text, f"{RSP}/{op}Response", f"<rsp:{op}Response/>")

    def handler(self, connection):
        while True:
            request = connection.receive()
            if not request:
                return
            text = request.body.decode("utf-8", "replace")
            action = re.search(r"Action[^>]*>([^<]+)<", text)
            op = ACTIONS.get(action.group(1).strip() if action else "", "?")
            self.ops.append(op)
            raw = self.envelope(self, op, text) if self.envelope else None
            if raw == "close":
                return
            if isinstance(raw, tuple):
                connection.send(raw[0])
                return
            connection.reply(200, raw if raw is not None else self.answer(text, op), SOAP)
