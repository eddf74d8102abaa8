"""50 Kerberos handshakes at once: one winch, whose sessions are all on one thread; a ticket-granting ticket in the cache;
a KDC that answers after 5 s; an acceptor (MIT's) without an engine behind it, which refuses what comes after the handshake.

The reference is one such handshake alone: 50 in flight together take what one takes."""
import base64
import ctypes as C
import os
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cost import TOP, WINCH

sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from gss_client import Buffer, buffer  # noqa: E402
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402

COUNT, DELAY = 50, 5


class SlowKdc(threading.Thread):
    """In front of a KDC: what comes by TCP is passed on after DELAY seconds."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.kdc, self.listener = ("127.0.0.1", port), socket.create_server(("127.0.0.1", 0), backlog=200)
        self.port, self.waiting, self.most, self.lock = self.listener.getsockname()[1], 0, 0, threading.Lock()
        self.asks = threading.Semaphore(4)
        self.start()

    def run(self):
        while True:
            threading.Thread(target=self.serve, args=(self.listener.accept()[0],), daemon=True).start()

    def count(self, more):
        with self.lock:
            self.waiting += more
            self.most = max(self.most, self.waiting)

    def serve(self, client):
        with client:
            question = self.message(client)
            self.count(1)
            time.sleep(DELAY)
            self.count(-1)
            # MIT's KDC listens for 5 connections at once.
            with self.asks, socket.create_connection(self.kdc) as kdc:
                kdc.sendall(question)
                client.sendall(self.message(kdc))

    @staticmethod
    def message(s):
        f = s.makefile("rb")
        head = f.read(4)
        return head + f.read(int.from_bytes(head, "big"))


class Acceptor(BaseHTTPRequestHandler):
    """Takes a ticket by MIT's library, and answers with its own token; then nothing is allowed."""

    protocol_version = "HTTP/1.1"
    accepted, gss = {}, None

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        m = re.match(r"Kerberos (\S+)", self.headers.get("Authorization") or "")
        answer = self.accept(base64.b64decode(m.group(1))) if m else None
        self.send_response(403 if answer is None else 200)
        if answer is not None:
            self.send_header("WWW-Authenticate", "Kerberos " + base64.b64encode(answer).decode())
        self.send_header("Content-Length", "0")
        self.end_headers()

    def accept(self, token):
        minor, context, out, given = C.c_uint32(), C.c_void_p(), Buffer(), buffer(token)
        major = self.gss.gss_accept_sec_context(C.byref(minor), C.byref(context), None, C.byref(given), None, None, None,
                                                C.byref(out), None, None, None)
        if major:
            raise RuntimeError(f"gss_accept_sec_context: {major:08x}")
        self.accepted.setdefault(self.server, time.monotonic())
        return C.string_at(out.value, out.length)

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 200


def run(targets, env):
    """Wall seconds until the last of so many handshakes was accepted."""
    Acceptor.accepted.clear()
    start = time.monotonic()
    done = subprocess.run([WINCH, "run", *targets, "--auth", "kerberos", "--spn", "host/localhost", "--throttle", str(COUNT),
                           "--retries", "0", "--connect-timeout", "30", "-c", "1"], env=env, capture_output=True, text=True)
    if len(Acceptor.accepted) != len(targets):
        raise RuntimeError(f"{len(Acceptor.accepted)} of {len(targets)} handshakes: {done.stderr[-500:]}")
    return max(Acceptor.accepted.values()) - start


def bench(realm):
    realm.run("kadmin.local", "-q", "addprinc -randkey host/localhost")
    realm.run("kadmin.local", "-q", f"ktadd -k {realm.keytab} host/localhost")
    with open(realm.env["KRB5_CONFIG"]) as f:
        text = f.read()
    slow = SlowKdc(int(re.search(r"kdc = 127.0.0.1:(\d+)", text).group(1)))
    path = os.path.join(realm.dir, "slow.conf")
    with open(path, "w") as f:
        f.write(re.sub(r"kdc = .*", f"kdc = 127.0.0.1:{slow.port}", text).replace(
            "[libdefaults]", "[libdefaults]\n udp_preference_limit = 1"))
    os.environ.update({**realm.env, "KRB5_KTNAME": realm.keytab, "KRB5RCACHENAME": "none:", "GSS_MECH_CONFIG": "/dev/null"})
    Acceptor.gss = C.CDLL("libgssapi_krb5.so.2")
    with Server(("127.0.0.1", 0), Acceptor) as first:
        port = first.server_address[1]
        others = [Server((f"127.0.1.{i}", port), Acceptor) for i in range(1, COUNT)]
        for s in [first, *others]:
            threading.Thread(target=s.serve_forever, daemon=True).start()
        targets = [f"http://{s.server_address[0]}:{port}/wsman" for s in [first, *others]]
        # A cache for each run: what it gets is kept there.
        alone, together = (run(some, dict(os.environ, KRB5_CONFIG=path, KRB5CCNAME=copy(realm, name)))
                           for name, some in (("one", targets[:1]), ("all", targets)))
        for s in [first, *others]:
            s.shutdown()
        for s in others:
            s.server_close()
    print(f"{COUNT} Kerberos handshakes, a KDC that answers after {DELAY} s: {together:.2f} s in all (must 7),"
          f" {together / alone:.2f} of one alone ({alone:.2f} s); {slow.most} waited for the KDC at once")


def copy(realm, name):
    path = os.path.join(realm.dir, "cache-" + name)
    with open(os.path.join(realm.dir, "ccache"), "rb") as f, open(path, "wb") as to:
        to.write(f.read())
    return "FILE:" + path


def main():
    try:
        realm = Realm()
    except Skip as e:
        print(f"skipped: {e}")
        return
    with realm:
        bench(realm)


main()
