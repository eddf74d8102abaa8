"""100 MB of NDJSON as input: memory, and the pace against a script that counts the same without winch's input."""
import os
import tempfile

from cost import WINCH, bare_libraries, repeat
from endpoint import Endpoint, Missing

MB = 100
LINES = MB * 1000  # of a thousand bytes
SCRIPT = "begin { $n = 0 } process { $n++ } end { $n }"


def main():
    try:
        endpoint = Endpoint("--max-received-per-command", "2000")
    except Missing as why:
        print(f"skipped: {why}")
        return
    bare = bare_libraries()
    with endpoint as e, tempfile.NamedTemporaryFile() as file:
        line = b'{"id":"%06d","name":"' + b"x" * 971 + b'"}\n'
        for n in range(LINES):
            file.write(line % n)
        file.flush()
        env = dict(os.environ, WINCH_PASSWORD=e.password)
        (ours,) = repeat(1, [WINCH, "run", "--user", e.user, e.http, "-c", SCRIPT, "--input", file.name], env=env)
        size = os.path.getsize(file.name)
    print(f"{size / 1e6:.0f} MB of NDJSON in, {ours.out.decode().strip()} of {LINES} objects counted, status {ours.status};"
          f" peak {ours.peak - bare.peak:+.1f} MiB above bare libraries (must 12, aim 5); client CPU {ours.cpu:.2f} s,"
          f" {size / 1e6 / ours.cpu:.0f} MB a second of it; wall {ours.wall:.1f} s")


main()
