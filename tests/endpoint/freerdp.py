"""FreeRDP's CredSSP, which nobody here wrote, to the endpoint's acceptor: its library by ctypes, and between them a bridge that
does the first two messages of RDP and then passes the bytes of TLS on as tokens."""

import base64
import ctypes as C
import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import urllib.parse

# settings.h
PORT, HOST, USER, PASSWORD, DOMAIN, TLS, NLA, RDP, IGNORE_CERTIFICATE, AUTHENTICATION_ONLY, CONFIG_PATH = 19, 20, 21, 22, 23, 1088, 1089, 1090, 1408, 1603, 1793
SETTINGS_OF_INSTANCE = 18
# X.224 Connection Confirm with RDP_NEG_RSP: CredSSP it is
CONFIRM = bytes.fromhex("030000130ed000001234000200080002000000")


def library():
    return C.CDLL("libfreerdp2.so.2")


class Bridge:
    """Listens for one RDP client; statuses: what the endpoint said to each token."""

    def __init__(self, url):
        self.url, self.statuses = urllib.parse.urlsplit(url), []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self):
        near, _ = self.socket.accept()
        far = http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=60)
        with near:
            near.settimeout(20)
            near.recv(4096)
            near.sendall(CONFIRM)
            while data := self.record(near):
                far.request("POST", self.url.path, b"", {"Authorization": "CredSSP " + base64.b64encode(data).decode(), "Content-Type": "text/plain"})
                reply = far.getresponse()
                reply.read()
                self.statuses.append(reply.status)
                scheme, _, token = (reply.headers.get("WWW-Authenticate") or "").partition(" ")
                if reply.status != 401 or scheme != "CredSSP":
                    break
                near.sendall(base64.b64decode(token))
        far.close()
        self.socket.close()

    @staticmethod
    def record(near):
        """One of TLS: behind the last token comes what is no token any more."""
        data, size = b"", 5
        while len(data) < size:
            more = near.recv(size - len(data))
            if not more:
                return b""
            data += more
            if len(data) == 5:
                size += int.from_bytes(data[3:], "big")
        return data


def log_on(url, user, password, domain=""):
    """What the endpoint said to each token, and what FreeRDP had to say."""
    bridge = Bridge(url)
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run([sys.executable, __file__, str(bridge.port), user, password, domain], env={**os.environ, "HOME": home},
                              capture_output=True, text=True, timeout=60)
    bridge.thread.join(60)
    return bridge.statuses, done.stdout + done.stderr


def connect(port, user, password, domain):
    """In a process of its own, which this file is run as."""
    lib = library()
    lib.freerdp_new.restype = C.c_void_p
    instance = C.c_void_p(lib.freerdp_new())
    lib.freerdp_context_new(instance)
    settings = C.c_void_p(C.cast(instance, C.POINTER(C.c_void_p))[SETTINGS_OF_INSTANCE])
    texts = {HOST: "127.0.0.1", USER: user, PASSWORD: password, DOMAIN: domain, CONFIG_PATH: os.environ["HOME"]}
    for key, value in texts.items():
        lib.freerdp_settings_set_string(settings, C.c_size_t(key), value.encode())
    lib.freerdp_settings_set_uint32(settings, C.c_size_t(PORT), C.c_uint32(port))
    for key, value in {TLS: 0, NLA: 1, RDP: 0, IGNORE_CERTIFICATE: 1, AUTHENTICATION_ONLY: 1}.items():
        lib.freerdp_settings_set_bool(settings, C.c_size_t(key), value)
    lib.freerdp_connect(instance)


if __name__ == "__main__":
    connect(int(sys.argv[1]), *sys.argv[2:])
