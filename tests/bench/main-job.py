"""What the program costs: memory of winch decode, and a whole run against the test endpoint.

References in the same run: curl on the same URL; a process that only initialises the same
libraries (bench-init); a client that only unseals and throws away (bench-drain).
"""
import os
import subprocess
import tempfile
import time

from cost import BENCH, WINCH, bare_libraries, measure, repeat
from endpoint import Endpoint, Missing


def decode(bare, megabytes=300):
    with tempfile.TemporaryDirectory() as work:
        path = os.path.join(work, "export.xml")
        made = subprocess.run([os.path.join(BENCH, "bench-clixml"), "--write", path, str(megabytes)],
                              capture_output=True, check=True)
        got = measure(["sh", "-c", f"exec {WINCH} decode {path} >/dev/null"])
    ids = int(made.stdout) * 16 / 1048576
    print(f"winch decode, a file of {megabytes} MB: status {got.status}, CPU {got.cpu:.2f} s, peak"
          f" {got.peak - bare.peak:+.1f} MiB above bare libraries' {bare.peak:.1f} (must 8, and 16 bytes a"
          f" RefId: {ids:.1f})")


def smallest(e, run, env, bare):
    """open + run 1 + close"""
    counts = []
    for _ in range(5):
        before = len(e.log())
        subprocess.run(run + ["-c", "1"], env=env, capture_output=True, check=True)
        log = e.log()[before:]
        counts.append((len(log), [r["op"] for r in log]))
    counts.sort()
    least_count, operations = counts[0]
    print(f"open + run 1 + close, NTLM sealed: {least_count} to {counts[-1][0]} HTTP requests (must 9, aim 7; the"
          f" server may cut an answer): {' '.join(operations)}")
    ours, curl = repeat(10, run + ["-c", "1"], ["curl", "-s", "-o", "/dev/null", e.http], env=env)
    print(f"  client CPU {ours.cpu:.3f} s (aim 0.02; curl {curl.cpu:.3f}), wall {ours.wall:.3f} s, peak"
          f" {ours.peak - curl.peak:+.2f} MiB above curl's {curl.peak:.1f} (aim 3; bare libraries"
          f" {bare.peak - curl.peak:+.2f})")
    return ours


def many(run, env, bare):
    got = repeat(3, run + ["-c", "1..100000"], env=env)[0]
    lines = got.out.count(b"\n")
    print(f"1..100000 as NDJSON: {lines} lines, status {got.status}, client CPU {got.cpu:.2f} s (aim 0.3),"
          f" wall {got.wall:.2f} s, peak {got.peak - bare.peak:+.2f} MiB above bare libraries'"
          f" {bare.peak:.1f} (must 5, aim 2.5)")


def slow(run, env, one):
    """The server makes its second object 3 s after its first: so must the lines come."""
    p = subprocess.Popen(run + ["-c", "1; Start-Sleep 3; 2"], env=env, stdout=subprocess.PIPE)
    start = time.monotonic()
    times = [time.monotonic() - start for _ in iter(p.stdout.readline, b"")]
    p.wait()
    print(f"slow pipeline (1; 3 s; 2): first line after {times[0]:.2f} s (a whole run of 1: {one.wall:.2f}),"
          f" the second {times[1] - times[0]:.2f} s later")


def large(e, run, env, bare):
    script = "'x' * 10MB"
    drain = [os.path.join(BENCH, "bench-drain"), e.user, script, "1", e.http]
    ours, reference = repeat(7, run + ["-c", script], drain, env=env)
    print(f"10 MB string down, sealed: {len(ours.out)} bytes; against a client that only unseals and throws away:"
          f" {reference.wall / ours.wall:.2f} of its speed ({ours.wall:.2f} s, {reference.wall:.2f} s; aim 0.9);"
          f" client CPU {ours.cpu:.3f} s, {reference.cpu:.3f} s; peak {ours.peak - bare.peak:+.1f} MiB above bare"
          f" libraries")


def main():
    bare = bare_libraries()
    decode(bare)
    try:
        endpoint = Endpoint()
    except Missing as why:
        print(f"skipped: {why}")
        return
    with endpoint as e:
        env = dict(os.environ, WINCH_PASSWORD=e.password)
        run = [WINCH, "run", "--user", e.user, e.http]
        one = smallest(e, run, env, bare)
        many(run, env, bare)
        slow(run, env, one)
        large(e, run, env, bare)


main()
