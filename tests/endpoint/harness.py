"""Starts endpoints and counts results: one line a test, a sum at the end."""

import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))


class Skip(Exception):
    pass


class Endpoint:
    """A running endpoint; ends with the block that it is used in, or with us."""

    def __init__(self, *options, wait=180):
        # a place of its own for temporary files: what is left there is its own
        self.temporary = tempfile.mkdtemp(prefix="winch-")
        self.process = subprocess.Popen([os.path.join(HERE, "start"), "--until-eof", *options], env=dict(os.environ, TMPDIR=self.temporary),
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        ready, _, _ = select.select([self.process.stdout], [], [], wait)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            shutil.rmtree(self.temporary)
            error = self.process.stderr.read().strip()
            if self.process.wait() == 77 or "not started" in error:
                raise Skip(error)
            raise RuntimeError(f"the endpoint did not start: {error}")
        self.info = json.loads(line)
        self.http, self.https, self.ca = self.info["http"], self.info["https"], self.info["ca"]

    def control(self, path, data=None):
        body = json.dumps(data).encode() if data is not None else None
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.info["control"] + path, body, method="POST" if data is not None else "GET")) as reply:
            return json.load(reply)

    def fault(self, op, do, **more):
        self.control("/fault", {"op": op, "do": do, **more})

    def reset(self):
        self.control("/reset", {})

    def log(self, op=None):
        return [e for e in self.control("/log") if op is None or e["op"] == op]

    def until(self, true):
        """Until true(the state as it is); an endpoint that never gets there ends this, too."""
        end = time.monotonic() + 60
        while not true(state := self.control("/state")):
            assert time.monotonic() < end, state
            time.sleep(0.02)

    def until_receiving(self, command=None):
        """Until a Receive stands at that command, or at the one shell."""
        self.until(lambda state: any(x["receiving"] for s in state["shells"] for x in ([s] if command is None else s["commands"])
                                      if command in (None, x["id"])))

    def stop(self):
        """Asks it to end, and waits for that: its exit status."""
        self.process.stdin.close()
        self.process.stderr.read()
        return self.process.wait(20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.process.kill()


class Results:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def run(self, name, test, *args):
        try:
            test(*args)
        except Skip as why:
            self.skip(name, why)
        except Exception as why:  # a test may break in any way, the others go on
            self.failed += 1
            text = " ".join(f"{type(why).__name__}: {why}".split())
            print(f"FAIL {name}: {text[:500]}", flush=True)
            if os.environ.get("WINCH_TEST_TRACE"):
                import traceback
                traceback.print_exc()
        else:
            self.passed += 1
            print(f"ok {name}", flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f"skip {name}: {' '.join(str(why).split())}", flush=True)

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped")
        sys.exit(1 if self.failed else 0)


def equal(got, expected, what="value"):
    if got != expected:
        raise AssertionError(f"{what}: {got!r}, expected {expected!r}")
