"""Servers of others that tests put in the way: tinyproxy and whatever listens on a port."""
import os
import socket
import subprocess
import tempfile
import time

from program import free_port


class Servers:
    """Started for a class of tests, stopped behind it."""

    def __init__(self, case):
        self.case = case
        made = tempfile.TemporaryDirectory()
        case.addClassCleanup(made.cleanup)
        self.folder = made.name

    def start(self, port, *command):
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.case.addClassCleanup(process.wait)
        self.case.addClassCleanup(process.terminate)
        for _ in range(200):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", port)) == 0:
                    return port
            time.sleep(0.05)
        raise RuntimeError(f"{command[0]} did not start")

    def tinyproxy(self, *lines):
        port = free_port()
        conf, log = (os.path.join(self.folder, f"{end}{port}") for end in ("conf", "log"))
        with open(conf, "w") as f:
            f.write("\n".join([f"Port {port}", "Listen 127.0.0.1", "Timeout 60", "MaxClients 50",
                               f'LogFile "{log}"', "LogLevel Connect", *lines]) + "\n")
        self.start(port, "tinyproxy", "-d", "-c", conf)
        return port, log
