"""What happens while a pipeline says nothing: the pool's Receive, and a connection that dies."""
import os
import socket
import threading
import time
import unittest
import urllib.parse

from program import DONE, PASSWORD, USER, Live, Program

WAITS = "1; while (-not [IO.File]::Exists('%s')) { [Threading.Thread]::Sleep(20) }; 7"


class Proxy:
    """Between winch and the endpoint.  drop() ends winch's connections without the endpoint's
    seeing it, as a router does that forgot them."""

    def __init__(self, port):
        self.port, self.lock, self.pairs = port, threading.Lock(), []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = "http://127.0.0.1:%d/wsman" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.port))
            with self.lock:
                self.pairs.append((near, far))
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(a, b), daemon=True).start()

    @staticmethod
    def _carry(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
        except OSError:
            pass

    def drop(self):
        with self.lock:
            for near, _ in self.pairs:
                near.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for pair in self.pairs:
            for s in pair:
                s.close()


class Waiting(Live):
    def until(self, what, text):
        end = time.monotonic() + 30
        while not what():
            self.assertLess(time.monotonic(), end, text)
            time.sleep(0.02)

    def receives(self):
        return [r for r in self.endpoint.log() if r["op"] == "Receive"]

    def stands(self, count):
        """So many Receives wait for their answer."""
        return [r["status"] for r in self.receives()].count(0) == count

    def start_waiting(self, url):
        flag = os.path.join(self.folder(), "flag")
        p = Program("run", url, "--user", USER, "-c", WAITS % flag, password=PASSWORD)
        p.wait_for(b"1\n")
        return p, flag

    def ends_well(self, p, flag):
        with open(flag, "w", encoding="ascii"):
            pass
        r = p.finish()
        self.assertEqual((r.status, r.out, r.err), (DONE, b"1\n7\n", ""), r)

    def test_the_pool_is_listened_to(self):
        """Two seconds of silence, and the pool's own Receive stands beside the pipeline's.  No
        descriptor tells of it: only a timer does."""
        p, flag = self.start_waiting(self.endpoint.http)
        self.until(lambda: self.stands(2), "the pool's Receive was not sent")
        self.ends_well(p, flag)

    def test_a_connection_dies_under_a_receive(self):
        """The server still works on the Receive: it is asked for again until it has its answer."""
        proxy = Proxy(urllib.parse.urlsplit(self.endpoint.http).port)
        self.addCleanup(proxy.close)
        p, flag = self.start_waiting(proxy.url)
        self.until(lambda: self.stands(1), "no Receive stands")
        proxy.drop()
        self.until(lambda: "1359" in [r["fault"] for r in self.receives()],
                   "no Receive was repeated")
        self.ends_well(p, flag)
        ids = {}
        for r in self.receives():
            if r["commandId"]:
                ids.setdefault(r["messageId"], []).append(r["fault"])
        again = [faults for faults in ids.values() if "1359" in faults]
        self.assertEqual(len(again), 1, ids)
        # The first one's answer went to nobody; the last one's is the same.
        self.assertEqual(again[0].count(None), 2, ids)


if __name__ == "__main__":
    unittest.main()
