"""How many requests a run takes by each mechanism: specs/requests.tsv, compared with what the endpoint saw."""
import collections
import os
import unittest

from endpoint import TOP
from grid import Cell
from grid_world import DONE, World

TABLE = os.path.join(TOP, "specs", "requests.tsv")
Row = collections.namedtuple("Row", "mechanism way before least aim most")
RUNS = 3


def read():
    with open(TABLE) as f:
        lines = [text.rstrip("\n").split("\t") for text in f if not text.startswith("#")]
    return [Row(m, w, [] if before == "-" else before.split(", "), *map(int, numbers)) for m, w, before, *numbers in lines]


class Requests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.table, cls.seen = read(), []
        cls.world = World(cls)

    @classmethod
    def tearDownClass(cls):
        print("table: %-20s%-7s%-12s%-5s%-5s%s" % ("mechanism", "way", "requests", "aim", "most", "before Create"))
        for row, counts in cls.seen:
            print("table: %-20s%-7s%-12s%-5d%-5d%s" % (*row[:2], ", ".join(map(str, counts)), row.aim, row.most, ", ".join(row.before) or "-"), flush=True)

    def once(self, row):
        """How many requests a run takes; all but its Receives are as the table says, in that order."""
        user = "none" if row.mechanism == "certificate" else "user"
        for _ in range(RUNS):
            seen = self.world.run(Cell(row.mechanism, row.way, user, "right"))
            # who has waited 2 s for a script opens a connection more, on a machine that has too much to do
            if max(x["ms"] for x in seen.log) < 1500:
                break
        self.assertEqual(seen.result.status, DONE, seen.result)
        ops = [x["op"] for x in seen.log]
        fixed = [op for op in ops if op != "Receive"]
        self.assertEqual(fixed, [*row.before, "Create", "Command", "Delete"])
        self.assertEqual(len(fixed) + 2, row.least)
        self.assertEqual({x["status"] for x in seen.log[ops.index("Create"):]}, {200}, "something was asked in vain")
        self.assertLessEqual(len(ops), row.most)
        return len(ops)

    def test_as_the_table_says(self):
        for row in self.table:
            with self.subTest(row.mechanism + " " + row.way):
                self.seen.append((row, [self.once(row) for _ in range(RUNS)]))

    def test_basic_has_nothing_of_its_own(self):
        """The protocol's own minimum: what each of the others needs too."""
        rows = {(row.mechanism, row.way): row for row in self.table}
        basic = rows["basic", "https"]
        self.assertEqual(basic.before, [])
        for row in self.table:
            self.assertEqual(row.least - len(row.before), basic.least, row)

    def test_numbers_that_are_promised(self):
        for row in self.table:
            self.assertLessEqual(row.least, row.aim, row)
            if "ntlm" in row.mechanism:
                self.assertLessEqual(row.most, 9, row)


if __name__ == "__main__":
    unittest.main()
