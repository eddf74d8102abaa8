"""Client CPU of many small objects, against a client that only unseals and throws away."""
import os

from cost import BENCH, WINCH, bare_libraries, repeat
from endpoint import Endpoint, Missing

COUNT = 20000
SCRIPT = (f"1..{COUNT} | ForEach-Object {{ [pscustomobject]@{{ Id = $_; Name = \"name $_\"; On = $true; Size = 1.5; "
          "Path = '/var/log/some/file' } }")


def main():
    try:
        endpoint = Endpoint()
    except Missing as why:
        print(f"skipped: {why}")
        return
    bare = bare_libraries()
    with endpoint as e:
        env = dict(os.environ, WINCH_PASSWORD=e.password)
        drain = [os.path.join(BENCH, "bench-drain"), e.user, SCRIPT, "1", e.http]
        ours, reference = repeat(5, [WINCH, "run", "--user", e.user, e.http, "-c", SCRIPT], drain, env=env)
    lines = ours.out.count(b"\n")
    print(f"{COUNT} objects of five properties as NDJSON: {lines} lines, status {ours.status}; client CPU"
          f" {ours.cpu:.3f} s (aim 0.15), {ours.cpu / reference.cpu:.2f} of a client that only unseals and throws away"
          f" ({reference.cpu:.3f} s); wall {ours.wall:.2f} s, {reference.wall:.2f} s; peak"
          f" {ours.peak - bare.peak:+.1f} MiB above bare libraries")


main()
