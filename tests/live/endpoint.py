"""The test endpoint (tests/endpoint), started for a test and stopped with it."""
import json
import os
import secrets
import subprocess
import unittest
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Missing(Exception):
    """The endpoint can't be had here; the text says why.  Tests then skip."""


class Endpoint:
    """with Endpoint("--seed", "7") as e: e.http, e.https, e.ca, e.user, e.password"""

    def __init__(self, *options, user="tester", password=None):
        self.user = user
        self.password = password or "P-" + secrets.token_hex(8)
        self.process = subprocess.Popen(
            [os.path.join(TOP, "tests", "endpoint", "start"), "--until-eof",
             "--user", f"{self.user}:{self.password}", *options],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            if status == 77:
                raise Missing("no .NET or no engine for tests/endpoint")
            raise RuntimeError(f"tests/endpoint/start ended with status {status}")
        ready = json.loads(line)
        self.http, self.https, self.control = ready["http"], ready["https"], ready["control"]
        self.ca, self.pin, self.pid = ready["ca"], ready["cert_sha256"], ready["pid"]
        self.credssp_pin = ready["credssp_sha256"]
        self.cmdlets = ready["cmdlets"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise

    def need_cmdlets(self):
        """For a test that runs PowerShell's own cmdlets, not the handful that stands in for them."""
        if self.cmdlets != "real":
            raise unittest.SkipTest("PowerShell's cmdlet libraries are not here")

    def ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.control + path, data=data)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=20) as reply:
            text = reply.read()
        return json.loads(text) if text.strip() else None

    def fault(self, **what):
        return self.ask("/fault", what)

    def reset(self):
        return self.ask("/reset", {})

    def state(self):
        return self.ask("/state")

    def log(self):
        return self.ask("/log")

    def requests(self):
        """HTTP requests so far, handshake legs included."""
        return len(self.log())
