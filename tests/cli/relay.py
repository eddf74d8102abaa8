"""Passes bytes on between winch and a host."""
import socket
import threading

from port import Port


class Relay(Port):
    """Keeps what it passes on.  port: where it listens; 0: a free one."""

    def __init__(self, url, port=0):
        host, to = url.split("/")[2].split(":")
        self.to, self.seen = (host, int(to)), b""
        self.lock = threading.Lock()
        super().__init__(("127.0.0.1", port))
        self.url = url.replace(f"{host}:{to}", f"127.0.0.1:{self.port}")

    def both_ends(self, near):
        """What is read from and written to in place of the connection that came, and the host's."""
        return near, socket.create_connection(self.to)

    def serve(self, near):
        near, far = self.both_ends(near)
        threading.Thread(target=self.pass_on, args=(far, near), daemon=True).start()
        self.pass_on(near, far)

    def pass_on(self, a, b):
        try:
            while data := a.recv(65536):
                with self.lock:
                    self.seen += data
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
