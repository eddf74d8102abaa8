"""A server for one test: raw sockets, so that it can do everything wrong, and counts what came.

It speaks the fake mechanism of tests/live/fake-auth.c. Python's standard library only."""
import base64
import hashlib
import os
import socket
import ssl
import struct
import threading

BOUNDARY = b"--Encrypted Boundary"
PROTOCOL = b"application/HTTP-SPNEGO-session-encrypted"
SOAP = b"application/soap+xml;charset=UTF-8"
SEALED = b'multipart/encrypted;protocol="' + PROTOCOL + b'";boundary="Encrypted Boundary"'


class Request:
    def __init__(self, connection, head, body):
        lines = head.split(b"\r\n")
        self.connection = connection
        self.line = lines[0]
        self.headers = {}
        self.raw_headers = lines[1:]
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            self.headers[name.strip().lower()] = value.strip()
        self.body = body

    def token(self):
        scheme, _, token = self.headers.get(b"authorization", b"").partition(b" ")
        return base64.b64decode(token) if scheme == b"Negotiate" else b""


class Connection:
    """One accepted connection."""

    def __init__(self, server, sock, number):
        self.server, self.sock, self.number = server, sock, number
        self.buffer = b""

    def receive(self):
        """The next request, or None at the end."""
        while b"\r\n\r\n" not in self.buffer:
            if not self._more():
                return None
        head, _, rest = self.buffer.partition(b"\r\n\r\n")
        self.buffer = rest
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(self.buffer) < length:
            if not self._more():
                return None
        request = Request(self.number, head, self.buffer[:length])
        self.buffer = self.buffer[length:]
        self.server.requests.append(request)
        return request

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except OSError:
            return False
        self.buffer += data
        return bool(data)

    def send(self, data):
        self.sock.sendall(data)

    def reply(self, status, body=b"", content_type=SOAP, headers=()):
        out = [b"HTTP/1.1 %d Status" % status, b"Content-Length: %d" % len(body)]
        if body:
            out.append(b"Content-Type: " + content_type)
        self.send(b"\r\n".join(out + list(headers)) + b"\r\n\r\n" + body)

    def close(self):
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.sock.close()

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


class Fake:
    """The server's side of one connection's context."""

    def __init__(self, password=b"vagrant", late=False):
        self.password, self.late = password, late
        self.nonce = os.urandom(16)
        self.key = self._hash(b"key")
        self.sent = self.received = 0
        self.authenticated = False

    def _hash(self, what):
        return hashlib.sha256(self.nonce + self.password + what).digest()

    def challenge(self):
        return b"WWW-Authenticate: Negotiate " + base64.b64encode(self.nonce)

    def check(self, token):
        self.authenticated = token == b"PROOF" + self._hash(b"")
        return self.authenticated

    def accepted(self):
        """The header lines that come with the reply to the final token."""
        if not self.late:
            return []
        return [b"WWW-Authenticate: Negotiate " + base64.b64encode(b"OK" + self._hash(b"ok"))]

    def _xor(self, data):
        return bytes(c ^ self.key[i % 32] for i, c in enumerate(data))

    def _sign(self, number, direction, plain):
        packed = struct.pack("<I", number)
        return packed + hashlib.sha256(self.key + packed + direction + plain).digest()[:12]

    def seal(self, plain):
        signature = self._sign(self.sent, b"S", plain)
        self.sent += 1
        return multipart(signature, self._xor(plain), len(plain))

    def unseal(self, body):
        signature, data, length = parse_multipart(body)
        plain = self._xor(data)
        assert length == len(plain), "Length"
        assert signature == self._sign(self.received, b"C", plain), "seal"
        self.received += 1
        return plain


def multipart(signature, data, length, end=b"--\r\n"):
    return b"\r\n".join([
        BOUNDARY, b"\tContent-Type: " + PROTOCOL,
        b"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=%d" % length,
        BOUNDARY, b"\tContent-Type: application/octet-stream", b""]) + struct.pack(
            "<I", len(signature)) + signature + data + BOUNDARY + end


def parse_multipart(body):
    head = (BOUNDARY + b"\r\n\tContent-Type: " + PROTOCOL +
            b"\r\n\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length=")
    assert body.startswith(head), body[:300]
    length, _, rest = body[len(head):].partition(b"\r\n")
    octets = BOUNDARY + b"\r\n\tContent-Type: application/octet-stream\r\n"
    assert rest.startswith(octets) and rest.endswith(BOUNDARY + b"--\r\n")
    rest = rest[len(octets):-len(BOUNDARY) - 4]
    size, = struct.unpack("<I", rest[:4])
    return rest[4:4 + size], rest[4 + size:], int(length)


class Server:
    """with Server(handler) as s: ...; handler(connection) runs once for each connection."""

    def __init__(self, handler, tls=None, family=socket.AF_INET):
        self.handler, self.tls = handler, tls
        self.requests, self.failures = [], []
        self.connections = 0
        self.listener = socket.socket(family)
        self.listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self.listener.listen(16)
        self.port = self.listener.getsockname()[1]
        self.open = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *unused):
        # close() alone leaves a thread in accept(), and so the port.
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for connection in self.open:
            connection.close()

    def url(self, scheme="http", host="127.0.0.1"):
        return "%s://%s:%d/wsman" % (scheme, host, self.port)

    def posts(self):
        return [r for r in self.requests if r.line.startswith(b"POST")]

    def _accept(self):
        while True:
            try:
                sock, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(sock, self.connections),
                             daemon=True).start()

    def _serve(self, sock, number):
        try:
            if self.tls:
                sock = self.tls.wrap_socket(sock, server_side=True)
            connection = Connection(self, sock, number)
            self.open.append(connection)
            self.handler(connection)
            connection.close()
        except (OSError, ssl.SSLError):
            pass
        except Exception as e:  # a handler that fails must fail its test
            self.failures.append(repr(e))


def sealing(answer, password=b"vagrant", late=False, first_body=True):
    """A handler that authenticates and seals as WinRM does. answer(connection, fake, plain, request)
    answers each body; first_body False: 400 to a body that comes with the final token."""

    def handler(connection):
        fake = Fake(password, late)
        while True:
            request = connection.receive()
            if not request:
                return
            token = request.token()
            if token == b"HELLO":
                connection.reply(401, headers=[fake.challenge()])
            elif token and not fake.check(token):
                connection.reply(401, headers=[b"WWW-Authenticate: Negotiate"])
            elif token and not request.body:
                connection.reply(200, headers=fake.accepted())
            elif token and not first_body:
                connection.reply(400, headers=fake.accepted())
            elif not fake.authenticated:
                connection.reply(401, headers=[b"WWW-Authenticate: Negotiate"])
            else:
                plain = fake.unseal(request.body)
                fake.headers = fake.accepted() if token else []
                if answer(connection, fake, plain, request) is False:
                    return

    return handler


def say(connection, fake, plain, request):
    """The usual answer: what came, in capitals."""
    connection.reply(200, fake.seal(plain.upper()), SEALED, fake.headers)
