"""A proxy that wants a Kerberos ticket: squid, and its own helper, in a realm of the test's own."""
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import types
import unittest

from endpoint import Endpoint, Missing, TOP

sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402

WINCH = os.path.join(os.environ.get("WINCH_BUILD", "build"), "src", "cli", "winch")
HELPERS = "/usr/lib/squid"
PROXY_USER, PROXY_PASSWORD = "pat", "Px-geheim-9"
CONF = """http_port 127.0.0.1:{port}
{auth}
acl known proxy_auth REQUIRED
http_access allow known
http_access deny all
cache deny all
cache_mem 1 MB
memory_pools off
pinger_enable off
shutdown_lifetime 0 seconds
pid_filename none
coredump_dir /
access_log stdio:{dir}/access.log
cache_log {dir}/cache.log
cache_effective_user {user}
"""
NEGOTIATE = """auth_param negotiate program /usr/bin/env KRB5_CONFIG={realm.dir}/krb5.conf KRB5RCACHENAME=none: GSS_MECH_CONFIG=/dev/null \
{helpers}/negotiate_kerberos_auth -k {realm.keytab} -s HTTP/localhost@WINCH.TEST
auth_param negotiate children 1 startup=1
"""
BASIC = """auth_param basic program /bin/sh {dir}/basic
auth_param basic children 1 startup=1
"""
# Whoever has the password; escapes as squid writes them.
HELPER = f"""while read -r user password; do
    if [ "$password" = {PROXY_PASSWORD} ]; then echo OK; else echo ERR; fi
done
"""


class Squid:
    def __init__(self, folder, auth):
        os.mkdir(folder)
        os.chmod(folder, 0o777)
        with open(f"{folder}/basic", "w") as f:
            f.write(HELPER)
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        import pwd
        with open(f"{folder}/squid.conf", "w") as f:
            f.write(CONF.format(port=self.port, dir=folder, auth=auth.format(dir=folder, helpers=HELPERS, realm=realm),
                                user=pwd.getpwuid(os.getuid()).pw_name if os.getuid() else "proxy"))
        self.log = f"{folder}/access.log"
        self.process = subprocess.Popen([shutil.which("squid", path=PATH), "-N", "-n", f"winch{os.getpid()}p{self.port}", "-f", f"{folder}/squid.conf"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(400):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("squid does not start")

    def users(self):
        """Of each CONNECT in its log: (user, status)."""
        with open(self.log) as f:
            return [(line.split()[7], line.split()[3]) for line in f if "CONNECT" in line]

    def let_in(self, user):
        """Whether a tunnel of this user's is in the log, which squid writes when the tunnel has ended."""
        for _ in range(100):
            if (user, "TCP_TUNNEL/200") in self.users():
                return True
            time.sleep(0.05)
        return False

    def stop(self):
        self.process.terminate()
        self.process.wait()


PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
realm = None


def setUpModule():
    global realm
    if not shutil.which("squid", path=PATH) or not os.path.exists(f"{HELPERS}/negotiate_kerberos_auth"):
        raise unittest.SkipTest("no squid (Debian: squid)")
    try:
        realm = Realm(user="anna", password="Pa55-word")
    except Skip as e:
        raise unittest.SkipTest(str(e))
    unittest.addModuleCleanup(realm.stop)
    # squid leaves root, and its helper reads the key
    os.chmod(realm.dir, 0o755)
    for name in "krb5.conf", "http.keytab":
        os.chmod(f"{realm.dir}/{name}", 0o644)


class Negotiate(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.endpoint = Endpoint()
        except Missing as e:
            raise unittest.SkipTest(str(e))
        cls.addClassCleanup(cls.endpoint.stop)
        for name, auth in ("tickets", NEGOTIATE), ("both", NEGOTIATE + BASIC):
            squid = Squid(f"{realm.dir}/{name}", auth)
            cls.addClassCleanup(squid.stop)
            setattr(cls, name, squid)

    def run_it(self, squid, *args, login="", status=0, env=None):
        done = subprocess.run([WINCH, "run", self.endpoint.http, "--auth", "ntlm", "--user", self.endpoint.user, "-c", "6*7", "--retries", "0",
                               "--proxy", f"http://{login}localhost:{squid.port}", *args], capture_output=True, text=True, timeout=60,
                              env={**realm.full, "WINCH_PASSWORD": self.endpoint.password, **(env or {})})
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertEqual(done.stdout, "42\n" if status == 0 else "")
        return done.stderr

    def test_the_ticket_opens_it(self):
        """Nobody is named: the proxy is shown the ticket, and the login at the host is another one."""
        for squid in self.tickets, self.both:
            self.assertEqual(self.run_it(squid), "")
            self.assertTrue(squid.let_in("anna@WINCH.TEST"), squid.users())

    def test_no_ticket(self):
        none = {"KRB5CCNAME": "FILE:/nonexistent/tickets"}
        self.assertIn("wants a Kerberos ticket: there is none for it", self.run_it(self.tickets, status=4, env=none))
        self.assertIn("it takes a user and password, too", self.run_it(self.both, status=4, env=none))

    def test_who_does_not_ask_is_shown_none(self):
        seen = []

        def proxy(listener):
            near, _ = listener.accept()
            with near:
                seen.append(near.recv(65536))
                near.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        with socket.create_server(("127.0.0.1", 0)) as listener:
            t = threading.Thread(target=proxy, args=(listener,))
            t.start()
            self.run_it(types.SimpleNamespace(port=listener.getsockname()[1]), status=3)
            t.join()
        self.assertTrue(seen[0].startswith(b"CONNECT "))
        self.assertNotIn(b"authorization", seen[0].lower())

    def password(self, text):
        path = f"{realm.dir}/proxy-password"
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)
        return "--proxy-password-file", path

    def test_a_user_is_not_the_ticket(self):
        """Who is named has a password; a ticket is not shown in its place."""
        good = self.password(PROXY_PASSWORD)
        self.assertEqual(self.run_it(self.both, *good, login=PROXY_USER + "@"), "")
        self.assertTrue(self.both.let_in(PROXY_USER), self.both.users())
        self.assertIn("takes Kerberos tickets only: name no user there", self.run_it(self.tickets, *good, login=PROXY_USER + "@", status=4))
        self.assertIn("refused user " + PROXY_USER, self.run_it(self.both, *self.password("wrong"), login=PROXY_USER + "@", status=4))


if __name__ == "__main__":
    unittest.main()
