"""A server of protocol 2.1: ids of its own, a small envelope, no disconnect."""

from harness import equal
from test_shells import client, code, texts
from wsman_client import SHELL


def test_own_ids(e):
    c = client(e)
    got = c.open()
    assert '"protocolversion">2.1<' in got[0][3], got[0]
    assert c.shell != str(c.rpid).upper(), c.shell
    equal(got[2][1], c.rpid, "RPID")
    command = c.start("1")
    got = c.finish(command)
    assert command != str(got[0][2]).upper(), command
    equal(texts(got), ["<I32>1</I32>"])
    equal(code(c.call, SHELL + "/Disconnect", ""), 2150859205)
    c.delete()
