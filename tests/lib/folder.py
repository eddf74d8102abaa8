"""Runs every test_*.py of one folder, for tests/FOLDER/run.py."""
import os
import sys
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(name):
    """The arguments may name single tests: test_http.Lies.  The last line counts."""
    os.environ.setdefault("WINCH_BUILD", os.path.join(os.path.dirname(TESTS), "build"))
    # What the folders have in common: the endpoint, lane-driver.
    sys.path[:0] = [os.path.join(TESTS, name), os.path.join(TESTS, "live")]
    sys.dont_write_bytecode = True

    loader = unittest.TestLoader()
    names = sys.argv[1:]
    suite = (loader.loadTestsFromNames(names) if names else
             loader.discover(os.path.join(TESTS, name)))
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for test, why in result.skipped:
        print("SKIP %s: %s" % (test, why))
    bad = {str(test).split(" [")[0] for test, _ in result.failures + result.errors}
    failed, skipped = len(bad), len(result.skipped)
    passed = max(0, result.testsRun - failed - skipped)
    print("%d passed, %d failed, %d skipped" % (passed, failed, skipped), flush=True)
    sys.exit(1 if failed else 0)
