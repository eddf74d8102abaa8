"""Recorded Windows hosts against our session.  run.py [NAME...]: unittest names.

WINCH_BUILD is the build folder, else build/; the recordings are in WINCH_SHARED, else ../shared."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from folder import run  # noqa: E402

run("replay")
