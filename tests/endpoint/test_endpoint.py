#!/usr/bin/env python3
"""All tests of the endpoint. An argument: only tests whose names contain it."""

import contextlib
import glob
import os
import shutil
import sys

import test_cmd
import test_credssp
import test_faults
import test_freerdp
import test_http
import test_kerberos
import test_limits
import test_old
import test_open
import test_sealing
import test_seeds
import test_shells
from harness import Endpoint, Results, Skip
from kdc import Realm

USERS = ["--user", "vagrant:vagrant", "--user", "other:secret", "--user", "jürgen:pässwörd€", "--user", "admin:admin", "--admin", "admin",
         "--user", "CORP\\alice:pw",
         "--user", "carl@corp.example:pw"]
SMALL = ["--max-shells-per-user", "2", "--max-commands", "1", "--max-envelope", "64", "--operation-timeout-max", "2",
         "--max-received-object", "1", "--max-received-per-command", "2", "--idle-connection", "3", "--warm", "1"]
GROUPS = [
    (USERS, [test_http, test_sealing, test_shells, test_cmd, test_faults]),
    (SMALL, [test_limits]),
    (["--seed", "7", "--bind", "127.0.0.0/8", "--protocol", "2.2", "--shells-per-process", "8", "--warm", "1", "--cbt", "strict", "--strict-first-body"],
     [test_seeds]),
    (USERS + ["--warm", "1", "--credssp", "6"], [test_credssp, test_freerdp]),
    (["--warm", "1", "--credssp", "6"], [test_kerberos]),
    (["--protocol", "2.1", "--warm", "1"], [test_old]),
    (["--no-auth", "--allow-unencrypted", "--warm", "1"], [test_open]),
]


def tests(module):
    for name, value in vars(module).items():
        if name.startswith("test_") and callable(value):
            yield name[5:], value


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    results = Results()
    for options, modules in GROUPS:
        chosen = [(f"{m.__name__[5:]}_{n}", t) for m in modules for n, t in tests(m) if wanted in f"{m.__name__[5:]}_{n}"]
        if not chosen:
            continue
        try:
            with Realm() if modules == [test_kerberos] else contextlib.nullcontext() as realm:
                keytab = ["--keytab", realm.keytab] if realm else []
                run(results, Endpoint(*options, *keytab), chosen, realm)
        except Skip as why:
            for name, _ in chosen:
                results.skip(name, why)
    results.end()


def run(results, endpoint, chosen, realm):
    endpoint.realm = realm
    with endpoint:
        for name, test in chosen:
            endpoint.control("/close-shells", {})
            endpoint.reset()
            results.run(name, test, endpoint)
    results.run("end_" + chosen[0][0].split("_")[0], leaves_nothing, endpoint)


def leaves_nothing(endpoint):
    left = os.listdir(endpoint.temporary)
    shutil.rmtree(endpoint.temporary)
    if left:
        raise AssertionError(f"left behind: {left}")
    folder = endpoint.ca.rsplit("/", 1)[0].encode()
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as f:
                if folder in f.read():
                    raise AssertionError(f"still running: {path}")
        except OSError:
            pass  # it ended while we looked
    if endpoint.process.wait(5) != 0:
        raise AssertionError(f"exit status {endpoint.process.returncode}")


if __name__ == "__main__":
    main()
