"""What a command costs: CPU, peak memory, wall time; for the benches in Python."""
import collections
import os
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WINCH_BUILD", os.path.join(TOP, "build"))
WINCH = os.path.join(BUILD, "src", "cli", "winch")
BENCH = os.path.join(BUILD, "tests", "bench")
sys.path.insert(0, os.path.join(TOP, "tests", "live"))  # for endpoint.py
# Not the configuration of who measures.
_config = tempfile.TemporaryDirectory()
os.environ["XDG_CONFIG_HOME"] = _config.name

# The least of several runs: what else the machine does can only add.
Cost = collections.namedtuple("Cost", "cpu peak wall out status")


def measure(argv, env=None):
    """One run of argv by tests/bench/measure: seconds of CPU, MiB, seconds; its stdout."""
    with tempfile.NamedTemporaryFile("r") as report:
        p = subprocess.run([os.path.join(BENCH, "measure"), report.name, *argv], env=env,
                           stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        cpu, peak, wall, status = report.read().split()
    return Cost(float(cpu), int(peak) / 1024, float(wall), p.stdout, int(status))


def least(costs):
    return Cost(min(c.cpu for c in costs), min(c.peak for c in costs), min(c.wall for c in costs),
                costs[-1].out, max(c.status for c in costs))


def repeat(runs, *commands, env=None):
    """The least cost of each command; they take turns, so that all meet the same machine."""
    rounds = [[measure(argv, env) for argv in commands] for _ in range(runs)]
    return [least(column) for column in zip(*rounds)]


def bare_libraries():
    return repeat(3, [os.path.join(BENCH, "bench-init")])[0]
