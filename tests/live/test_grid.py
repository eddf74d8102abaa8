"""The grid of specs/auth-grid.tsv: each cell is run, or tested elsewhere, or says why it can't be.  Who is refused is refused by the
right words, and one credential at most has left this machine: never a second one, never by a second mechanism."""
import unittest

import grid
from grid_world import AUTH, BUILD, DONE, NAMES, PASSWORD, USAGE, WRONG, World

# What the KDC answers to who wants a first ticket with a password or a key, and what is said then.
KDC = {
    "right": (["NEEDED_PREAUTH", "ISSUE"], ""),
    "wrong": (["NEEDED_PREAUTH", "PREAUTH_FAILED"], "the KDC refused the password of "),
    "locked": (["CLIENT LOCKED OUT"], " is locked or disabled, says the KDC"),
    "expired": (["CLIENT EXPIRED"], " has expired, says the KDC"),
    "password-expired": (["CLIENT KEY EXPIRED"], " has expired: change it (kpasswd) and try again"),
    "unknown": (["CLIENT_NOT_FOUND"], "the KDC knows no user "),
}
OWNERS = {"WINCH\\anna", "WINCH.TEST\\anna", "WINCH\\anna@WINCH.TEST", "anna\\@corp.example@WINCH.TEST"}


class Table(unittest.TestCase):
    def test_each_cell_is_in_one_row(self):
        for cell, rows in grid.read().items():
            self.assertEqual(len(rows), 1, (cell, rows))

    def test_it_is_tested_or_says_why_not(self):
        for row in {row for rows in grid.read().values() for row in rows}:
            self.assertTrue(row.tested or row.why, row)
            if row.tested not in ("", "run"):
                self.assertTrue(grid.is_there(row.tested), row)

    def test_each_mechanism_has_a_test(self):
        for mechanism in {cell.mechanism for cell, rows in grid.read().items() if rows[0].tested == "run"}:
            self.assertTrue(hasattr(Grid, "test_" + mechanism.replace("-", "_")), mechanism)


class Grid(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.table, cls.ran = grid.read(), set()
        cls.world = World(cls)

    @classmethod
    def tearDownClass(cls):
        grid.show(cls.table, cls.ran)

    def each(self, mechanism, check, *more):
        for cell, rows in self.table.items():
            if cell.mechanism != mechanism or rows[0].tested != "run" or not self.in_time(cell):
                continue
            with self.subTest(cell):
                check(cell, self.world.run(cell), *more)
                self.ran.add(cell)

    def in_time(self, cell):
        """The sanitizers' build is slow: of the ways it takes two."""
        return "asan" not in BUILD or cell.way in ("http", "https")

    def end(self, seen, status, *words):
        r = seen.result
        self.assertEqual((r.status, r.out), (status, b"42\n" if status == DONE else b""), r)
        for word in words:
            self.assertIn(word, r.err)
        self.assertNotIn(PASSWORD, r.err)
        self.assertNotIn(WRONG, r.err)

    def was_in(self, seen, scheme, before):
        """All of it by one scheme and as one user, on one connection; before that so many 401s."""
        log = seen.log[before:]
        self.assertEqual([x["status"] for x in seen.log[:before]], [401] * before, seen.log)
        self.assertEqual({(x["status"], x["auth"]) for x in log}, {(200, scheme)}, log)
        self.assertEqual(len({(x["owner"], x["connection"]) for x in log}), 1, log)
        self.assertLessEqual({x["owner"] for x in log}, OWNERS)

    def asked(self, seen, *statuses):
        """The server's answers were these, and no more."""
        self.assertEqual([x["status"] for x in seen.log], list(statuses), seen.log)

    def by_kdc(self, cell, seen, scheme):
        """Password or key, to the KDC; only who has a ticket of it comes to the server."""
        answers, words = KDC[cell.outcome]
        tls = cell.way in ("https", "pin", "proxy-https")
        unknown = cell.outcome == "unknown"
        # a name that is not known is looked up in its other forms: no secret goes with it
        self.assertEqual(sorted(set(seen.kdc)) if unknown else seen.kdc, answers)
        if cell.outcome == "right":
            self.end(seen, DONE)
            self.assertNotIn("NTLM", seen.result.err)
            self.was_in(seen, scheme, before=int(tls))
        elif unknown and scheme == "Negotiate" and cell.user != "keytab":
            self.end(seen, AUTH, "NTLM in place of Kerberos: the KDC knows no user", "refused user ", NAMES["unknown"])
            self.asked(seen, 401, 401)
        else:
            self.end(seen, AUTH, words, NAMES[cell.outcome])
            self.assertEqual("check user and password" in seen.result.err, cell.outcome == "wrong" and cell.user != "keytab", seen)
            self.assertNotIn("NTLM", seen.result.err)
            self.asked(seen)

    def by_ticket(self, cell, seen, scheme):
        self.assertEqual(seen.kdc, [])
        tls = cell.way in ("https", "pin", "proxy-https")
        if cell.outcome == "right":
            self.end(seen, DONE)
            self.was_in(seen, scheme, before=int(tls))
        elif cell.outcome == "expired":
            self.end(seen, USAGE, "no user name")
            self.asked(seen)
        else:
            self.end(seen, AUTH, "refused the Kerberos ticket")
            self.asked(seen, *[401] * (1 + tls))

    def by_kerberos(self, cell, seen, scheme):
        if cell.user == "none":
            return self.by_ticket(cell, seen, scheme)
        if cell.user != ".\\user":
            return self.by_kdc(cell, seen, scheme)
        self.end(seen, AUTH, "the user is the host's own")
        self.asked(seen)
        self.assertEqual(seen.kdc, [])

    def test_negotiate_kerberos(self):
        self.each("negotiate-kerberos", self.by_kerberos, "Negotiate")

    def test_kerberos(self):
        self.each("kerberos", self.by_kerberos, "Kerberos")

    def by_ntlm(self, cell, seen):
        self.assertEqual(seen.kdc, [])
        if cell.outcome == "right":
            self.end(seen, DONE)
            self.was_in(seen, "Negotiate", before=1)
        else:
            self.end(seen, AUTH, "refused user", NAMES[cell.outcome], "(%s)" % cell.mechanism.partition("-")[0])
            # a challenge, and its answer refused
            self.asked(seen, 401, 401)
            self.assertEqual(len({x["connection"] for x in seen.log}), 1)

    def test_negotiate_ntlm(self):
        self.each("negotiate-ntlm", self.by_ntlm)

    def test_ntlm(self):
        self.each("ntlm", self.by_ntlm)

    def by_basic(self, cell, seen):
        if cell.way in ("http", "proxy"):
            self.end(seen, USAGE, "shows the password to everybody on the way")
            self.asked(seen)
        elif cell.outcome == "right":
            self.end(seen, DONE)
            self.was_in(seen, "Basic", before=0)
        else:
            self.end(seen, AUTH, "refused user", NAMES[cell.outcome], "(basic)")
            self.asked(seen, 401)

    def test_basic(self):
        self.each("basic", self.by_basic)

    def by_certificate(self, cell, seen):
        if cell.way in ("http", "proxy"):
            self.end(seen, USAGE, "a certificate needs https://")
            self.asked(seen)
        elif cell.outcome == "right":
            self.end(seen, DONE)
            self.was_in(seen, "Certificate", before=0)
        elif cell.outcome == "unknown":
            self.end(seen, AUTH, "refused the certificate of CN=bob", "is it mapped to a user there")
            self.asked(seen, 401)
        else:
            self.end(seen, AUTH, "ended the connection when it had asked for the certificate of ", "CN=anna",
                     "it has expired" if cell.outcome == "expired" else "it may not trust its authority")
            self.asked(seen)

    def test_certificate(self):
        self.each("certificate", self.by_certificate)

    def by_credssp(self, cell, seen):
        """Kerberos inside, or NTLM for who is no user of the realm: TLS is there when the KDC is asked."""
        stages = [x["stage"] for x in seen.log if x["stage"]]
        if cell.user in ("none", "keytab"):
            self.end(seen, USAGE, "no user name")
            self.asked(seen)
        elif cell.outcome == "right":
            self.end(seen, DONE)
            self.was_in(seen, "CredSSP", before=4)
            self.assertEqual(stages, ["tls", "tls", "logon", "proof", "credentials"])
            self.assertEqual({x["secondHop"] for x in seen.log if x["delegated"]}, {"ok"})
        elif cell.user == ".\\user" or cell.outcome == "unknown":
            self.end(seen, AUTH, "wrong user name or password (STATUS_LOGON_FAILURE", "NTLM in place of Kerberos", NAMES[cell.outcome])
            self.assertEqual(stages, ["tls", "tls", "logon", "refused"])
        else:
            self.end(seen, AUTH, KDC[cell.outcome][1], NAMES[cell.outcome])
            self.assertNotIn("NTLM", seen.result.err)
            self.assertEqual(stages, ["tls", "tls"])
        answers = [] if cell.user in (".\\user", "none", "keytab") else KDC[cell.outcome][0]
        self.assertEqual(sorted(set(seen.kdc)) if cell.outcome == "unknown" else seen.kdc, answers)

    def test_credssp(self):
        self.each("credssp", self.by_credssp)


if __name__ == "__main__":
    unittest.main()
