"""Passes bytes on between winch and a host."""
import socket
import threading


class Relay:
    """Keeps what it passes on.  port: where it listens; 0: a free one."""

    def __init__(self, url, port=0):
        host, to = url.split("/")[2].split(":")
        self.to, self.seen = (host, int(to)), b""
        self.lock = threading.Lock()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.url = url.replace(f"{host}:{to}", "127.0.0.1:%d" % self.socket.getsockname()[1])
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            far = socket.create_connection(self.to)
            for a, b in (near, far), (far, near):
                threading.Thread(target=self.pass_on, args=(a, b), daemon=True).start()

    def pass_on(self, a, b):
        try:
            while data := a.recv(65536):
                with self.lock:
                    self.seen += data
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass
