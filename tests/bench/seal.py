"""What sealing costs: NTLM and Kerberos against the bare libraries (bench-seal.c), in a realm of the bench's own."""
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.append(os.path.join(TOP, "tests", "endpoint"))
from harness import Skip  # noqa: E402
from kdc import Realm  # noqa: E402

BENCH = os.path.join(os.environ.get("WINCH_BUILD", "build-bench"), "tests", "bench", "bench-seal")


def main():
    try:
        realm = Realm()
    except Skip as e:
        print(f"Kerberos: {e}")
        subprocess.run([BENCH], check=True)
        return
    with realm:
        # Without gss-ntlmssp beside MIT's mechanisms: it is not what is measured.
        env = {**realm.full, "GSS_MECH_CONFIG": "/dev/null", "KRB5_KTNAME": realm.keytab, "KRB5RCACHENAME": "none:"}
        subprocess.run([BENCH, "localhost"], env=env, check=True)


main()
