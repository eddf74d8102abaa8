"""What `ninja install` puts down.  run.py [NAME...]: unittest names.

WINCH_BUILD is the build folder, else build/."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
from folder import run  # noqa: E402

run("install")
