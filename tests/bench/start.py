"""What it takes to start: winch --version and winch help, against curl --version."""
from cost import WINCH, repeat

version, help_, curl = repeat(40, [WINCH, "--version"], [WINCH, "help"], ["curl", "--version"])
for name, ours in (("--version", version), ("help", help_)):
    print(f"winch {name}: wall {1000 * ours.wall:.2f} ms, {ours.wall / curl.wall:.2f} of curl --version's"
          f" {1000 * curl.wall:.2f} ms; CPU {1000 * ours.cpu:.2f} ms, {1000 * curl.cpu:.2f} ms (must 1.0)")
