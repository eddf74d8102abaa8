"""Faults on demand: what a client sees on the wire, and what the endpoint did."""

import http.client
import time

from harness import equal
from wsman_client import Client, Fault

BROKEN = (http.client.HTTPException, ConnectionError, OSError)


def opened(e):
    c = Client(e.https, ca=e.ca)
    c.open()
    e.reset()
    return c


def breaks(call, *args):
    try:
        call(*args)
    except BROKEN:
        return
    raise AssertionError("the connection held")


def test_drop_before(e):
    c = opened(e)
    e.fault("Command", "drop-before")
    breaks(c.start, "1")
    equal(e.control("/state")["shells"][0]["commands"], [])
    equal(len(e.log("Command")), 1)
    c.delete()


def test_drop_after(e):
    c = opened(e)
    e.fault("Command", "drop-after")
    breaks(c.start, "1")
    equal(len(e.control("/state")["shells"][0]["commands"]), 1)
    c.delete()


def test_nth(e):
    c = opened(e)
    e.fault("Command", "fault", nth=2, code=77)
    c.run("1")
    try:
        c.run("2")
    except Fault as fault:
        equal(fault.code, 77)
    c.run("3")
    c.delete()


def test_delay(e):
    c = opened(e)
    e.fault("*", "delay", ms=600)
    began = time.monotonic()
    c.delete()
    assert time.monotonic() - began > 0.5


def test_truncate(e):
    c = opened(e)
    e.fault("Command", "truncate")
    breaks(c.start, "1")
    c.delete()


def test_garbage(e):
    c = opened(e)
    e.fault("Command", "garbage", body="\x00\x01 this is no HTTP")
    breaks(c.start, "1")
    c.delete()


def test_401(e):
    c = opened(e)
    e.fault("Command", "401")
    try:
        c.start("1")
    except Fault as fault:
        equal(fault.status, 401)
    equal(e.control("/state")["shells"][0]["commands"], [])
    c.delete()


def test_401_keeps_the_connection(e):
    c = opened(e)
    e.fault("Command", "401", keep=True)
    try:
        c.start("1")
    except Fault as fault:
        equal(fault.status, 401)
    c.run("1")
    equal(len({x["connection"] for x in e.log("Command")}), 1)
    c.delete()


def test_times(e):
    c = opened(e)
    e.fault("Command", "status", status=503, nth=2, times=2)
    seen = []
    for i in range(4):
        try:
            c.signal(c.start("1"))
            seen.append(200)
        except Fault as fault:
            seen.append(fault.status)
    equal(seen, [200, 503, 503, 200])
    c.delete()


def test_handshake(e):
    c = Client(e.http)
    e.fault("Negotiate", "delay", ms=300)
    began = time.monotonic()
    equal(c.post(b"")[0], 401)
    assert time.monotonic() - began > 0.25
    e.fault("Negotiate", "drop-before")
    breaks(c.post, b"")


def test_status(e):
    c = opened(e)
    e.fault("Command", "status", status=503, body="busy")
    try:
        c.start("1")
    except Fault as fault:
        equal((fault.status, fault.body), (503, b"busy"))
    c.delete()


def test_drip(e):
    c = opened(e)
    e.fault("Command", "drip", ms=500)
    began = time.monotonic()
    c.run("1")
    assert time.monotonic() - began > 0.4
    c.delete()


def test_lost_receive(e):
    """What a lost answer had in it comes again to who asks again with the same MessageID."""
    c = opened(e)
    command = c.start("1")
    e.fault("Receive", "drop-after")
    c.message_id = "uuid:33333333-3333-3333-3333-333333333333"
    breaks(c.receive, command)
    got, _ = c.receive(command)
    equal(got[0][3], "<I32>1</I32>")
    c.message_id = None
    c.delete()
