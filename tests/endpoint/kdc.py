"""A Kerberos realm of a test's own, on loopback, by MIT's KDC: gone with the block that it is used in."""

import os
import shutil
import socket
import subprocess
import tempfile
import time

from harness import Skip

CONF = """[libdefaults]
 default_realm = WINCH.TEST
 dns_lookup_kdc = false
 dns_lookup_realm = false
 rdns = false
 dns_canonicalize_hostname = false
[realms]
 WINCH.TEST = {{
  kdc = 127.0.0.1:{port}
 }}
[domain_realm]
 localhost = WINCH.TEST
"""
KDC = """[kdcdefaults]
 kdc_listen = 127.0.0.1:{port}
 kdc_tcp_listen = 127.0.0.1:{port}
[realms]
 WINCH.TEST = {{
  database_name = {dir}/principal
  key_stash_file = {dir}/stash
  acl_file = {dir}/acl
  max_life = 1h
 }}
[logging]
 kdc = FILE:{dir}/kdc.log
"""


class Realm:
    def __init__(self, user="vagrant", password="vagrant"):
        path = os.environ["PATH"] + ":/usr/sbin:/sbin"
        for tool in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit"):
            if not shutil.which(tool, path=path):
                raise Skip(f"no {tool} (Debian: krb5-kdc, krb5-admin-server, krb5-user)")
        self.dir = tempfile.mkdtemp(prefix="winch-kdc-")
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        for name, text in (("krb5.conf", CONF), ("kdc.conf", KDC)):
            with open(f"{self.dir}/{name}", "w") as f:
                f.write(text.format(port=port, dir=self.dir))
        self.env = {"KRB5_CONFIG": f"{self.dir}/krb5.conf", "KRB5_KDC_PROFILE": f"{self.dir}/kdc.conf", "KRB5CCNAME": f"FILE:{self.dir}/ccache"}
        self.full = {**os.environ, **self.env, "PATH": path}
        self.keytab = f"{self.dir}/http.keytab"
        self.run("kdb5_util", "create", "-s", "-P", "master", "-r", "WINCH.TEST")
        self.run("kadmin.local", "-q", f"addprinc -pw {password} {user}")
        self.run("kadmin.local", "-q", "addprinc -randkey HTTP/localhost")
        self.run("kadmin.local", "-q", f"ktadd -k {self.keytab} HTTP/localhost")
        self.process = subprocess.Popen(["krb5kdc", "-n", "-r", "WINCH.TEST"], env=self.full, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            if subprocess.run(["kinit", user], input=password + "\n", text=True, env=self.full, capture_output=True).returncode == 0:
                return
            time.sleep(0.05)
        self.stop()
        raise RuntimeError("kinit does not succeed")

    def run(self, *command):
        done = subprocess.run(command, env=self.full, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"{command[0]}: {done.stderr.strip()}")

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.dir)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
