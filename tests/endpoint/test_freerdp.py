"""CredSSP by FreeRDP's library: own NTLM, OpenSSL's TLS."""

import freerdp
from harness import Skip, equal
from test_credssp import counts


def log_on(e, *who):
    try:
        freerdp.library()
    except OSError as why:
        raise Skip(f"no FreeRDP (Debian: libfreerdp2-2): {why}")
    return freerdp.log_on(e.http, *who)


def test_versions(e):
    for version in (2, 3, 4, 5, 6):
        e.reset()
        e.fault("CredSSP", "old-version", value=version)
        statuses, said = log_on(e, "vagrant", "vagrant")
        equal((statuses[-1], {*statuses[:-1]}), (200, {401}), said)
        counts(e, clientProofs=1, authInfos=1, secondHops=1)


def test_domain(e):
    statuses, said = log_on(e, "alice", "pw", "CORP")
    equal(statuses[-1], 200, said)
    equal([(x["delegated"], x["secondHop"]) for x in e.log() if x["stage"] == "credentials"], [("CORP\\alice", "ok")])


def test_wrong_password(e):
    for version in (2, 3, 4, 5, 6):
        e.reset()
        e.fault("CredSSP", "old-version", value=version)
        _, said = log_on(e, "vagrant", "wrong")
        equal("STATUS_LOGON_FAILURE" in said, version in (3, 4, 6), said)
        counts(e, logons=1, refused=1, authInfos=0)


def test_another_key(e):
    for kind in ("wrong-key", "reflect"):
        e.reset()
        e.fault("CredSSP", kind)
        _, said = log_on(e, "vagrant", "vagrant")
        assert "Could not verify public key echo" in said, said
        counts(e, clientProofs=1, authInfos=0)
