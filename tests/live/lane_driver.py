"""tests/live/lane-driver, line by line."""
import functools
import json
import os
import subprocess

DRIVER = os.path.join(os.environ.get("WINCH_BUILD", "build"), "tests", "live", "lane-driver")
CONNECT, TLS, AUTH, TIMEOUT, PROTOCOL, LIMIT, ARG = -8, -9, -10, -11, -6, -4, -1


class Driver:
    ended = False

    def __init__(self, url, *options, user="vagrant", password="vagrant"):
        # What must be ignored is set: a proxy that is not there.
        env = {**os.environ, "DRIVER_USER": user, "DRIVER_PASSWORD": password,
               "http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9",
               "ALL_PROXY": "http://127.0.0.1:9"}
        if any(o.startswith("--auth=gss") for o in options):
            env["KRB5_CONFIG"] = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                              "no-krb5.conf")
            # gss-ntlmssp never frees its OSSL_LIB_CTX.
            env["LSAN_OPTIONS"] = "detect_leaks=0"
            env["ASAN_OPTIONS"] = env.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.process = subprocess.Popen([DRIVER, "--url=" + url, "-v", *options],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env=env, text=True)

    def post(self, body="<hello/>", lane=1, op="Command", timeout_ms=5000, flags="-"):
        self.write("post %d %s %d %s %s" % (lane, op, timeout_ms, flags, body))

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError("lane-driver ended: " + self.process.stderr.read())
        return json.loads(line)

    def wait(self):
        self.write("wait")
        return self.read()

    def ask(self, *args, **kwargs):
        self.post(*args, **kwargs)
        return self.wait()

    def attempt(self, **kwargs):
        """ask(), for when the post, or the whole driver, may have been refused."""
        try:
            self.post(**kwargs)
            self.write("wait")
        except BrokenPipeError:
            pass
        return self.read()

    def end(self):
        """Its log.  It ends well only when nothing leaked and no descriptor was forgotten."""
        if self.ended:
            return self.log
        self.ended = True
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.log = self.process.stderr.read()
        rest = self.process.stdout.read()
        self.process.stdout.close()
        self.process.stderr.close()
        status = self.process.wait(20)
        assert status == 0, (status, rest, self.log)
        return self.log


@functools.lru_cache
def have(auth):
    """Whether this build has the mechanism."""
    d = Driver("https://127.0.0.1:9/wsman", "--auth=" + auth)
    d.process.stdin.close()
    refused = "refused" in d.process.stdout.read()
    d.process.wait()
    d.process.stdout.close()
    d.process.stderr.close()
    return not refused
