"""Many targets at once: 200 addresses of the test endpoint × `1`, throttle 32.

References in the same run: a client of 32 processes that only open, run and close
(bench-drain); a run on one target; a process that only initialises the same libraries.
"""
import json
import os
import re
import tempfile

from cost import BENCH, WINCH, bare_libraries, repeat
from endpoint import Endpoint, Missing

COUNT, THROTTLE = 200, 32


def main():
    bare = bare_libraries()
    try:
        endpoint = Endpoint("--bind", "127.0.0.0/8", "--shells-per-process", "25", "--max-shells-per-user", "500")
    except Missing as why:
        print(f"skipped: {why}")
        return
    with endpoint as e, tempfile.NamedTemporaryFile("w") as file:
        env = dict(os.environ, WINCH_PASSWORD=e.password)
        urls = [re.sub(r"//[^:/]+", f"//127.0.{1 + i // 100}.{1 + i % 100}", e.http) for i in range(COUNT)]
        file.write("".join(f"{url}\n" for url in urls))
        file.flush()
        run = [WINCH, "run", "--user", e.user, "--throttle", str(THROTTLE), "-c", "1"]
        drain = [os.path.join(BENCH, "bench-drain"), e.user, "1", str(THROTTLE)]
        # The first round only warms the endpoint's engines.
        repeat(1, drain + urls, env=env)
        ours, reference, one, one_bare = repeat(3, run + [f"@{file.name}"], drain + urls, run + [e.http],
                                                [os.path.join(BENCH, "bench-init")], env=env)
    hosts = {json.loads(line)["host"] for line in ours.out.splitlines()}
    print(f"{COUNT} targets, throttle {THROTTLE}: {len(hosts)} hosts answered, status {ours.status}, wall {ours.wall:.2f} s,"
          f" {ours.wall / reference.wall:.2f} of a client's that only opens, runs, closes ({reference.wall:.2f} s;"
          f" must 1.3, aim 1.1)")
    above = (ours.peak - bare.peak) * 1024
    print(f"  peak {above / 1024:+.1f} MiB above bare libraries: {(above - 5 * 1024) / COUNT:.0f} KB a target beyond 5 MiB"
          f" (must 150)")
    print(f"  client CPU {1000 * ours.cpu / COUNT:.1f} ms a target; one target alone {1000 * one.cpu:.1f} ms, of which"
          f" bare libraries {1000 * one_bare.cpu:.1f} ms; the reference {1000 * reference.cpu / COUNT:.1f} ms")


main()
