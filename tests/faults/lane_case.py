"""One server that is a script, and one lane to it: what the tests of this folder have in common."""
import unittest

from lane_driver import Driver, have
from fake_server import Server

SECRET = "s3cr3t-Pa55"


class Case(unittest.TestCase):
    def play(self, handler, *options, url=None, password="vagrant", tls=None):
        if "--auth=basic" in options and not have("basic"):
            self.skipTest("this build has no Basic")
        self.server = Server(handler, tls)
        self.server.__enter__()
        self.addCleanup(self.server.__exit__)
        self.driver = Driver(url(self.server) if url else
                             self.server.url("https" if tls else "http"), *options,
                             password=password)
        self.addCleanup(self.finish)
        return self.driver

    def finish(self):
        if self.driver.ended:
            return
        log = self.driver.end()
        self.assertEqual(self.server.failures, [])
        self.assertNotIn(SECRET, log)

    def bodies(self):
        return [r for r in self.server.posts() if r.body]


OPEN = ("--allow-cleartext", "--auth=none")
BASIC = ("--allow-cleartext", "--auth=basic")
# The handshake's final token and the body travel together, or apart; the server ends it or not.
SEALED_WAYS = [("--auth=fake", False), ("--auth=fake-late", True)]


def plain(answer):
    """A handler for unsealed bodies."""

    def handler(connection):
        while True:
            request = connection.receive()
            if not request or answer(connection, request) is False:
                return

    return handler


def echo(connection, request):
    connection.reply(200, request.body.upper())
