"""What servers do wrong, played by scripts: every test_*.py of this folder.

    run.py [NAME...]    unittest names, for one: run.py test_http.Lies

WINCH_BUILD is the build folder, else build/. The last line counts."""
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
os.environ.setdefault("WINCH_BUILD", os.path.join(HERE, "..", "..", "build"))
sys.path.insert(0, HERE)
sys.dont_write_bytecode = True

loader = unittest.TestLoader()
suite = loader.loadTestsFromNames(sys.argv[1:]) if sys.argv[1:] else loader.discover(HERE)
result = unittest.TextTestRunner(verbosity=2).run(suite)
failed = len({str(test).split(" [")[0] for test, _ in result.failures + result.errors})
skipped = len(result.skipped)
sys.stderr.flush()
print("%d passed, %d failed, %d skipped" % (result.testsRun - failed - skipped, failed, skipped))
sys.exit(1 if failed or not result.testsRun else 0)
