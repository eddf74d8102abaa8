#!/bin/sh
# The endpoint, proven by clients that are not ours: curl, pywinrm, and a small one of its own.
exec python3 "$(dirname "$0")/test_endpoint.py" "$@"
