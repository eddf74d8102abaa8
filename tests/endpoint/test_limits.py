"""Quotas and times, on an endpoint that has small ones."""

import socket
import time
import urllib.parse

from harness import Skip, equal
from test_shells import client, code, texts
from wsman_client import SHELL, TRANSFER, Fault


def test_shells_per_user(e):
    a, b, c = client(e), client(e), client(e)
    a.create()
    b.create()
    equal(code(c.create), 2150859173)
    b.delete()
    c.create()
    a.delete()
    c.delete()


def test_commands_per_shell(e):
    c = client(e)
    c.open()
    first = c.start("1")
    equal(code(c.start, "2"), 2150859241)
    c.signal(first)
    c.run("3")
    c.delete()


def test_envelope_in(e):
    c = client(e)
    c.open()
    try:
        c.start("'" + "x" * 60_000 + "'")
    except Fault as fault:
        equal(fault.status, 413)
    else:
        raise AssertionError("65536 bytes should be the limit")
    c.close()
    c.delete()


def test_envelope_out(e):
    c = client(e)
    c.size = 8192
    c.open()
    command = c.start("'y' * 100000")
    state, biggest, got = None, 0, []
    while state != "Done":
        status, _, data = c.post(c.envelope(SHELL + "/Receive", f'<rsp:Receive><rsp:DesiredStream CommandId="{command}">stdout</rsp:DesiredStream></rsp:Receive>'))
        equal(status, 200)
        biggest = max(biggest, len(data))
        state = "Done" if b"CommandState/Done" in data else None
        got.append(len(data))
    assert 7000 < biggest <= 8192, biggest
    c.delete()


def need_quotas(e):
    if e.info["cmdlets"] != "real":
        raise Skip("the configuration of a handful of cmdlets has the engine's own quotas")


def test_received_object(e):
    """An object above the quota ends the command."""
    need_quotas(e)
    c = client(e)
    c.open()
    command, pid = c.start_with_input("$input | ForEach-Object { 1 }")
    big = c.fragments(0x41002, "<S>" + "z" * 1_200_000 + "</S>", pid)
    seen = 0
    try:
        for at in range(0, len(big), 32768):
            c.send(big[at:at + 32768], command)
        c.finish(command)
    except Fault as fault:
        seen = fault.code
    assert seen in (0x80540FA0, 2150858843), seen
    equal(hex(code(c.finish, command)), hex(0x80540FA0))
    c.delete()


def test_received_per_command(e):
    need_quotas(e)
    c = client(e)
    c.open()
    command, pid = c.start_with_input("$input | ForEach-Object { 1 }")
    sent, seen = 0, 0
    try:
        while sent < 3 * 1024 * 1024:
            part = c.fragments(0x41002, "<S>" + "z" * 30_000 + "</S>", pid)
            c.send(part, command)
            sent += len(part)
    except Fault as fault:
        seen = fault.code
    assert 1_900_000 < sent < 2_300_000, sent
    assert seen in (0x80540FA0, 2150858843), seen
    equal(hex(code(c.finish, command)), hex(0x80540FA0))
    c.delete()


def test_operation_timeout_is_capped(e):
    c = client(e)
    c.open()
    c.timeout = "PT600S"  # longer than this client waits
    equal(code(c.receive), 2150858793)
    c.delete()


def test_idle_shell_closes(e):
    c = client(e)
    c.create()
    c.delete()
    c = client(e)
    body = '<rsp:Shell><rsp:IdleTimeOut>PT1S</rsp:IdleTimeOut><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams></rsp:Shell>'
    c.resource = SHELL + "/cmd"
    c.create(options=[], body=body)
    equal(len(e.control("/state")["shells"]), 1)
    time.sleep(2.2)
    equal(e.control("/state")["shells"], [])
    c.close()  # its connection was idle too
    equal(code(c.call, TRANSFER + "Delete"), 2150858843)


def test_idle_connection_closes(e):
    where = urllib.parse.urlsplit(e.http)
    with socket.create_connection((where.hostname, where.port), timeout=60) as s:  # half of what is usual
        began = time.monotonic()
        equal(s.recv(1), b"")
        assert time.monotonic() - began > 2.5


def test_texts(e):
    """The small envelope carries more than it holds, in pieces."""
    c = client(e)
    c.open()
    equal(len(texts(c.run("'z' * 300000"))[0]), 300007)
    c.delete()
