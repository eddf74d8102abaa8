"""An endpoint that looks older, cuts anywhere, listens on all of loopback and has many shells in a process."""

import threading

from gss_client import SealingClient
from harness import equal
from test_http import winrm
from test_sealing import bindings
from test_shells import client, texts
from wsman_client import Client


def test_older(e):
    c = client(e)
    got = c.open()
    assert '"protocolversion">2.2<' in got[0][3], got[0]
    c.delete()


def test_cut_anywhere(e):
    for _ in range(4):
        c = client(e)
        c.open()
        equal(texts(c.run("1..500; 'w' * 50000")), [f"<I32>{i}</I32>" for i in range(1, 501)] + ["<S>" + "w" * 50000 + "</S>"])
        c.delete()


def test_all_of_loopback(e):
    for i in (2, 77):
        c = Client(e.http.replace("127.0.0.1", f"127.0.0.{i}"))
        equal(c.post(b"")[0], 401)


def test_many_shells(e):
    """Twenty at a time, each with its own client."""
    failures = []

    def one(i):
        try:
            c = client(e)
            c.open()
            equal(texts(c.run(f"{i} * 2")), [f"<I32>{i * 2}</I32>"])
            c.delete()
        except Exception as why:
            failures.append(why)

    threads = [threading.Thread(target=one, args=(i,)) for i in range(20)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    equal(failures, [])


def test_pywinrm_empty_first_body(e):
    """pywinrm authenticates with an empty body, as --strict-first-body wants it."""
    out, err = winrm(e, "print(s.run_cmd('echo ok').std_out)")
    equal(out.strip(), repr(b"ok\n"), err[-300:])


def test_sealed_first_body(e):
    equal(SealingClient(e.http).post(b"<x/>")[0], 400)
    c = SealingClient(e.http, empty_first=True)
    c.open()
    c.delete()


def test_channel_binding_strict(e):
    c = SealingClient(e.https, ca=e.ca, empty_first=True, bindings=bindings(e))
    c.open()
    c.delete()
    equal(SealingClient(e.https, ca=e.ca, empty_first=True).post(b"x")[0], 401, "none sent")
