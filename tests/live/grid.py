"""specs/auth-grid.tsv: its cells, and a world in which those that say "run" are run."""
import collections
import itertools
import os
import re
import sys

from endpoint import TOP

AXES = collections.OrderedDict(
    mechanism=("negotiate-kerberos", "negotiate-ntlm", "kerberos", "ntlm", "basic", "certificate", "credssp"),
    way=("http", "https", "pin", "proxy", "proxy-https"),
    user=("user", "DOMAIN\\user", ".\\user", "user@REALM", "user@SUFFIX", "none", "keytab"),
    outcome=("right", "wrong", "locked", "expired", "password-expired", "unknown"))
Cell = collections.namedtuple("Cell", AXES)
Row = collections.namedtuple("Row", "line tested why")
TABLE = os.path.join(TOP, "specs", "auth-grid.tsv")


def cells():
    return [Cell(*values) for values in itertools.product(*AXES.values())]


def values(axis, text):
    """What a field stands for; ValueError for a word that is none of the axis."""
    named = AXES[axis] if text == "*" else text.split(", ")
    for word in named:
        if word not in AXES[axis]:
            raise ValueError(f"{word!r} is no {axis}")
    return named


def read():
    """The table: cell -> rows that have it."""
    found = {cell: [] for cell in cells()}
    with open(TABLE) as f:
        for line, text in enumerate(f, 1):
            if text.startswith("#"):
                continue
            fields = text.rstrip("\n").split("\t")
            if len(fields) != 6:
                raise ValueError(f"line {line}: {len(fields)} fields")
            for each in itertools.product(*map(values, AXES, fields)):
                found[Cell(*each)].append(Row(line, *fields[4:]))
    return found


def is_there(test):
    """FILE:NAME, for a test in Python or C."""
    path, _, name = test.partition(":")
    path = os.path.join(TOP, path)
    if not name or not os.path.isfile(path):
        return False
    with open(path) as f:
        return re.search(rf"\b(def|void) {re.escape(name)}\(", f.read()) is not None


def show(table, ran, out=sys.stdout):
    """A line for each mechanism and user, a column for each outcome: how many ways were run, and by what else it is tested."""
    print("table: %-19s%-13s" % ("mechanism", "user") + "".join("%-18s" % o for o in AXES["outcome"]), file=out)
    for mechanism, user in itertools.product(AXES["mechanism"], AXES["user"]):
        line = "table: %-19s%-13s" % (mechanism, user)
        for outcome in AXES["outcome"]:
            at = [Cell(mechanism, way, user, outcome) for way in AXES["way"]]
            run = [c for c in at if table[c][0].tested == "run"]
            other = [c for c in at if table[c][0].tested not in ("", "run")]
            words = [f"{sum(c in ran for c in run)}/{len(run)} ways"] if run else []
            words += [f"{len(other)} elsewhere"] if other else []
            line += "%-18s" % (", ".join(words) or "-")
        print(line.rstrip(), file=out)
    tested = [rows[0].tested for rows in table.values()]
    print(f"table: {len(table)} cells: {len(ran)} run well of {tested.count('run')}, "
          f"{sum(t not in ('', 'run') for t in tested)} tested elsewhere, {tested.count('')} can't be", file=out, flush=True)
