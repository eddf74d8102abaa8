"""What a whole run costs, against the test endpoint: requests, CPU and memory of the client.

References in the same run: curl on the same URL; a process that only initialises
the same libraries (bench-init); a lane that only unseals and throws away (lane-driver).
"""
import json
import os
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("WINCH_BUILD", os.path.join(TOP, "build"))
WINCH = os.path.join(BUILD, "src", "cli", "winch")
sys.path.insert(0, os.path.join(TOP, "tests", "live"))
from endpoint import Endpoint, Missing  # noqa: E402


def measure(argv, env=None, runs=5):
    """Median CPU seconds, peak KB and wall seconds of argv; its last stdout and stderr."""
    rows = []
    for _ in range(runs):
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            start = time.monotonic()
            p = subprocess.Popen(argv, stdout=out, stderr=err, stdin=subprocess.DEVNULL, env=env)
            _, status, used = os.wait4(p.pid, 0)
            p.returncode = status
            wall = time.monotonic() - start
            out.seek(0)
            err.seek(0)
            rows.append((used.ru_utime + used.ru_stime, used.ru_maxrss, wall))
            last = (out.read(), err.read(), os.waitstatus_to_exitcode(status))
    rows.sort()
    mid = len(rows) // 2
    return (rows[mid][0], sorted(r[1] for r in rows)[mid], sorted(r[2] for r in rows)[mid]) + last


def main():
    try:
        endpoint = Endpoint()
    except Missing as why:
        print(f"skipped: {why}")
        return
    with endpoint as e:
        env = dict(os.environ, WINCH_PASSWORD=e.password)
        run = [WINCH, "run", "--user", e.user, e.http]

        before = e.requests()
        out = subprocess.run(run + ["-c", "1"], env=env, capture_output=True)
        print(f"open + run 1 + close, NTLM sealed: {e.requests() - before} HTTP requests"
              f" (must 9, aim 7), output {out.stdout!r}")

        cpu, rss, wall, *_ = measure(run + ["-c", "1"], env)
        c_cpu, c_rss, _, *_ = measure(["curl", "-s", "-o", "/dev/null", e.http])
        print(f"  client CPU {cpu:.3f} s (aim 0.02; curl {c_cpu:.3f}), wall {wall:.3f} s,"
              f" peak {(rss - c_rss) / 1024:+.2f} MiB above curl's {c_rss / 1024:.1f} (aim 3)")

        i_cpu, i_rss, *_ = measure([os.path.join(BUILD, "tests", "bench", "bench-init"), "once"])
        cpu, rss, wall, out, err, status = measure(run + ["-c", "1..100000"], env, runs=3)
        lines = out.count(b"\n")
        print(f"1..100000 as NDJSON: {lines} lines, status {status}, client CPU {cpu:.2f} s (aim"
              f" 0.3), wall {wall:.2f} s, peak {(rss - i_rss) / 1024:+.2f} MiB above bare"
              f" libraries' {i_rss / 1024:.1f} (must 5, aim 2.5)")

        script = "[Console]::Out.Flush(); 1; Start-Sleep 3; 2"
        p = subprocess.Popen(run + ["-c", script], env=env, stdout=subprocess.PIPE)
        start = time.monotonic()
        p.stdout.readline()
        first = time.monotonic() - start
        p.stdout.readline()
        second = time.monotonic() - start
        p.wait()
        print(f"slow pipeline (1; 3 s; 2): first line after {first:.2f} s, second {second - first:.2f} s later")

        big = "'x' * 10MB"
        cpu, rss, wall, out, *_ = measure(run + ["-c", big], env, runs=5)
        drain = [os.path.join(BUILD, "tests", "bench", "bench-drain"), e.http, e.user, big]
        d_cpu, d_rss, d_wall, *_ = measure(drain, env, runs=5)
        print(f"10 MB string down, sealed: {len(out)} bytes; client CPU {cpu:.3f} s; a client that only unseals and"
              f" throws away {d_cpu:.3f} s: ratio {d_cpu / cpu:.2f} of CPU, {d_wall / wall:.2f} of wall (aim 0.9);"
              f" peak {(rss - i_rss) / 1024:+.2f} MiB above bare libraries")


main()
