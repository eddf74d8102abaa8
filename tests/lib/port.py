"""A port of loopback that a test serves itself."""
import socket
import threading


class Port:
    """serve(near) of a subclass runs on a thread of its own for each connection; what it needs is set before this is called."""

    def __init__(self, address=("127.0.0.1", 0)):
        self.socket = socket.create_server(address)
        self.host, self.port = self.socket.getsockname()[:2]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()


def read_message(s):
    """One message of HTTP whose length is in its header: header and body.  None: the connection ended before."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = s.recv(65536)
        if not more:
            return None
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while length and len(body) < length[0]:
        more = s.recv(65536)
        if not more:
            return None
        body += more
    return head, body
