"""What is wrong on this side: status 2, one line on stderr, and nothing is sent to anybody."""
import os
import re
import stat
import unittest

from program import BUILD, CONNECT, SHARED, USAGE, WINCH, Case, Listener, winch

CONTRACT = os.path.join(SHARED, "cli.md")


def options_of(command):
    """What `winch help COMMAND` lists: {name: (argument or "", its text)}."""
    out = winch("help", command).out.decode()
    found, name = {}, None
    for line in out.splitlines():
        head = re.match(r"  (-\w|--[\w-]+)(?:, (--[\w-]+))?(?: (\S+))?(?:  +(.*))?$", line)
        if head and not line.startswith("   "):
            name = head[2] or head[1]
            found[name] = (head[3] or "", head[4] or "")
        elif name and line.startswith(" " * 20):
            found[name] = (found[name][0], (found[name][1] + " " + line.strip()).strip())
        elif not line:
            name = None
    return found


def commands():
    listed = re.search(r"Commands:\n(.*?)\n\n", winch("help").out.decode(), re.S)[1]
    return re.findall(r"^  (\w+) ", listed, re.M)


class Command(Case):
    """The command line."""

    def test_unknown_options_name_the_nearest(self):
        for typed, near in (("--pasword-file", "--password-file"), ("--time-out", "--timeout"),
                            ("--certificate-file", "--ca-file"), ("--stream", "--streams"),
                            ("--inputformat", "--input-format"), ("--config", "--configuration"),
                            ("-p", "-P"), ("-F", "-f"), ("-x", "-c")):
            with self.subTest(typed):
                r = winch("run", "host", typed, "value", "-c", "1")
                self.usage(r, typed + ": unknown option")
                if typed not in ("--certificate-file", "-x"):
                    self.usage(r, "the nearest is " + near + ";")
                else:
                    self.assertRegex(r.err, "the nearest is -")

    def test_what_may_be_a_secret_is_not_repeated(self):
        for args in (["--password=SeCrEt"], ["--password", "SeCrEt"], ["-pSeCrEt"], ["-wSeCrEt"]):
            r = winch("run", "host", "-c", "1", *args)
            self.usage(r)
            self.assertNotIn("SeCrEt", r.err)
        r = winch("run", "user:SeCrEt@host", "-c", "1")
        self.usage(r, "--password-file")
        self.assertNotIn("SeCrEt", r.err)
        r = winch("run", "host", "--user", "anna:SeCrEt", "-c", "1")
        self.usage(r, "--password-file")
        self.assertNotIn("SeCrEt", r.err)

    def test_unknown_commands_name_the_nearest(self):
        for typed, near in (("rnu", "run"), ("decod", "decode"), ("hlep", "help")):
            self.usage(winch(typed), f"{typed}: unknown command; the nearest is '{near}'")
            self.usage(winch("help", typed), f"the nearest is '{near}'")

    def test_nothing_at_all(self):
        r = winch()
        self.assertEqual((r.status, r.out), (USAGE, b""))
        self.assertTrue(r.err.startswith("Usage: winch"))

    def test_missing_parts(self):
        self.usage(winch("run"), "no TARGET")
        self.usage(winch("run", "-c", "1"), "no TARGET")
        self.usage(winch("run", "host", "--user", "u"), "nothing to run")
        self.usage(winch("run", "host", "-c"), "-c needs a value")
        self.usage(winch("run", "host", "--user"), "--user needs a value")

    def test_contradictions(self):
        for args, words in (
                (["-c", "1", "-f", "x"], "only one of"),
                (["-c", "1", "-"], "only one of"),
                (["-c", "1", "-c", "2"], "-c is given twice"),
                (["-", "--input", "-"], "stdin can be only one"),
                (["-f", "-", "--input", "-"], "stdin can be only one"),
                (["-", "--password-fd", "0"], "stdin can be only one"),
                (["-c", "1", "--input-format", "lines"], "--input-format without --input"),
                (["-c", "1", "--streams", "-o", "clixml"], "--streams needs"),
                (["-c", "1", "--streams", "-o", "tostring"], "--streams needs"),
                (["-c", "1", "--insecure=yes"], "takes no value")):
            with self.subTest(args):
                self.usage(winch("run", "u@host", *args, password="x"), words)
        self.usage(winch("run", "u@host", "-c", "1", "--password-fd", "9", "--password-file", "x"),
                   "only one of")
        self.usage(winch("run", "http://u@host", "--tls", "-c", "1", password="x"), "--tls")

    def test_bad_values(self):
        for args, words in (
                (["-o", "xml"], "-o xml: not one of"),
                (["--auth", "digest"], "--auth digest"),
                (["--timeout", "soon"], "--timeout soon"), (["--timeout", "0"], "--timeout"),
                (["--timeout", "-1"], "--timeout"), (["--timeout", "nan"], "--timeout"),
                (["--connect-timeout", "1s"], "--connect-timeout 1s"),
                (["--port", "70000"], "--port 70000"), (["--port", "0"], "--port 0"),
                (["--pool", "3"], "--pool 3"), (["--pool", "2:1"], "--pool 2:1"),
                (["--input-format", "csv", "--input", "/dev/null"], "--input-format csv"),
                (["--big-numbers", "float"], "--big-numbers float"),
                (["--spn", "HTTP"], "--spn HTTP: not SERVICE/HOST"), (["--spn", "/x"], "--spn /x"),
                (["--spn", "HTTP/"], "--spn HTTP/"),
                (["--pin", "md5:00"], "--pin"), (["--pin", "sha256:00"], "64 hex digits"),
                (["--pin", "sha256:" + "0" * 66], "64 hex digits"),
                (["--pin", "sha256:" + "g" * 64], "64 hex digits"),
                (["--pin", "sha256:" + "0" * 64], "https"),
                (["--allow-old-credssp"], "--allow-old-credssp goes with --auth credssp only"),
                (["--auth", "credssp", "--delegate"], "--delegate goes with --auth kerberos or negotiate only"),
                (["--auth", "ntlm", "--spn", "HTTP/x"], "--spn goes with --auth kerberos, negotiate or credssp only"),
                (["--password-fd", "x"], "--password-fd x"),
                (["-P", "nothing"], "-P nothing"), (["-P", "=x"], "-P =x"),
                (["-P", ":=1"], "-P :=1")):
            with self.subTest(args):
                self.usage(winch("run", "u@host", "-c", "1", *args, password="x"), words)

    def test_bad_targets(self):
        for target, words in (
                ("ftp://host", "neither http:// nor https://"), ("host:0", "port"),
                ("host:99999", "port"), ("host:x", "port"), ("[::1", "]"), ("[::1]x", "]"),
                ("[host]", "IPv6"), ("@", "not yet|no host|unreadable|No such"),
                ("u@", "no host"), ("@host", "not yet|No such"), ("ho st", "host's name"),
                ("host?x", "host's name"), ("http://host?x", "no ?"),
                ("a\x1b[2Jb", "control character"), ("-u@host", "-"), ("u@-host", "begins with -"),
                ("h" * 300, "longer")):
            with self.subTest(target):
                r = winch("run", "--user=u", "-c", "1", target, password="x")
                self.assertEqual(r.status, USAGE, r)
                self.assertNotIn("\x1b", r.err)
                if "|" in words:
                    self.assertRegex(r.err, words)
                elif target[0] != "-":  # that one is an option
                    self.one_line(r, words)

    def test_what_is_not_there_yet_says_so(self):
        tried = 0
        for name, (argument, text) in options_of("run").items():
            if not text.endswith("(not yet)") or name == "-o":  # one form of several
                continue
            tried += 1
            with self.subTest(name):
                self.usage(winch("run", "u@host", "-c", "1", name, *([argument] if argument else []),
                                 password="x"), name + ": not yet")
        for line in winch("help").out.decode().splitlines():
            if not line.startswith("  ") or not line.endswith("(not yet)"):
                continue
            tried += 1
            name = line.split()[0]
            with self.subTest(name):
                self.usage(winch(name, "x"), name + ": not yet")
        for name, value, words in (
                ("-o", "text", "text"),
                ("--auth", "kerberos", "kerberos"), ("--auth", "credssp", "credssp"),
                ("--auth", "certificate", "certificate")):
            if not re.search(words + r"(?: \(|[^()]*: )not yet", options_of("run")[name][1]):
                continue
            tried += 1
            with self.subTest(value):
                self.usage(winch("run", "u@host", "-c", "1", name, value, password="x"),
                           f"{name} {value}: not yet")
        if not tried:
            self.skipTest("all is there")

    def test_a_build_without_kerberos(self):
        """It says so, before it asks for a password; Negotiate is NTLM there."""
        program = os.path.join(BUILD, "tests", "auth", "winch-no-kerberos")
        if not os.path.exists(program):
            program = WINCH  # this is such a build
        for args, name in ((["--auth", "kerberos"], "--auth kerberos"), (["--spn", "HTTP/x"], "--spn"), (["--delegate"], "--delegate")):
            r = winch("run", "u@host.invalid", "-c", "1", *args, program=program)
            self.usage(r, name + ": this build has no Kerberos")
        r = winch("run", "u@host.invalid", "-c", "1", program=program, password="x")
        self.assertEqual(r.status, CONNECT, r)
        self.one_line(r, "unknown host name")

    def test_version_and_help(self):
        for args in (["-V"], ["--version"]):
            r = winch(*args)
            self.assertEqual((r.status, r.err), (0, ""))
            self.assertRegex(r.out, rb"\Awinch \d+\.\d+")
        pages = [winch(*args).out for args in (["help", "run"], ["run", "--help"], ["run", "-h"],
                                               ["run", "u@h", "-h"])]
        self.assertEqual(len(set(pages)), 1)
        self.assertTrue(all(len(line) <= 80 for line in pages[0].decode().splitlines()))
        self.assertEqual(winch("-h").out, winch("help").out)


class Contract(Case):
    """`winch help` against the contract's text."""

    def setUp(self):
        if not os.path.exists(CONTRACT):
            self.skipTest("no cli.md in WINCH_SHARED")
        with open(CONTRACT, encoding="utf-8") as f:
            self.text = f.read()

    def section(self, title):
        return re.search(rf"^## {title}[^\n]*\n(.*?)(?=^## |\Z)", self.text, re.S | re.M)[1]

    def names(self, text):
        """The options that a piece of the contract names in backticks."""
        code = " ".join(re.findall(r"`([^`]+)`", text))
        return set(re.findall(r"(?<![\w-])(--[a-z][a-z-]+|-[A-Za-z])(?![\w-])", code))

    def test_commands(self):
        promised = set()
        for row in re.findall(r"^\| (`winch .*?) \|", self.section("Commands"), re.M):
            promised |= set(re.findall(r"`winch (\w+)", row))
        helped = set(commands())
        self.assertGreater(len(promised), 10)
        self.assertEqual(helped - {"help"}, promised)

    def test_run(self):
        promised = self.names(self.section("Connection options")) | self.names(self.section("`run`"))
        # ssh's and Out-String's words, not options of ours; -vv is -v twice.
        promised -= {"-s", "-vv"}
        self.assertGreater(len(promised), 40)
        self.assertEqual(promised - set(options_of("run")), set())

    def test_run_has_nothing_else(self):
        """Each option of run is somewhere in the contract."""
        known = self.names(self.text) | {"--help", "-G", "--allow-old-credssp"}
        self.assertEqual(set(options_of("run")) - known, set())

    def test_connection_options_are_those_of_all_commands(self):
        promised = self.names(self.section("Connection options")) - {"-vv"}
        promised -= {"--reconnect"}  # named there for what run waits
        for command in commands():
            if command in ("help", "decode", "encode"):
                continue
            self.assertEqual(promised - set(options_of(command)), set(), command)

    def test_defaults(self):
        listed = options_of("run")
        text = self.section("Connection options") + self.section("`run`")
        found = re.findall(r"`(--[a-z-]+)[^`]*`[^`(]*\((?:run )?(\d+)[);,]", text)
        self.assertGreaterEqual({name for name, _ in found}, {
            "--connect-timeout", "--operation-timeout", "--idle-timeout", "--retries", "--retry-delay", "--throttle",
            "--reconnect"})
        for name, number in found:
            with self.subTest(name):
                self.assertIn(number + ")", listed[name][1])
        self.assertIn("else 120)", listed["--width"][1])

    def test_what_takes_a_value(self):
        """An option that the contract gives an argument has one in the help; a flag has none."""
        listed = options_of("run")
        text = self.section("Connection options") + self.section("`run`")
        spans = " , ".join(re.findall(r"`([^`]+)`", text))
        with_value = set(re.findall(r"(?<![\w-])(--[a-z-]+|-[A-Za-z]) (?:[A-Z\[][A-Z:\[@\]/]*\b|[a-z0-9]+[|:])", spans))
        self.assertGreater(len(with_value), 20)
        self.assertEqual({name for name in with_value & set(listed) if not listed[name][0]}, set())
        for name in "--tls --insecure --accept-new --delegate --streams --keep-trying --detach --history " \
                    "--no-profile --exit-code --interactive -v".split():
            self.assertEqual(listed[name][0], "", name)

    def test_options_of_each_command(self):
        """Those that a command's row names are its own; a name before them in the row is the command."""
        rows = re.findall(r"^\| (`winch .*)$", self.section("Commands"), re.M)
        seen = set()
        for row in rows:
            for command in set(re.findall(r"`winch (\w+)", row)) - {"help"}:
                promised = self.names(row)
                seen |= promised
                self.assertEqual(promised - set(options_of(command)), set(), command)
        self.assertGreaterEqual(seen, {"--from", "--big-numbers", "--objs", "-o", "--cwd", "--env", "--raw", "-c", "-f"})

    def test_help(self):
        """-h and -V stand alone; each command has a page, by both ways."""
        self.assertIn("-V, --version", winch("help").out.decode())
        for command in commands():
            if command == "help":
                continue
            pages = {winch("help", command).out, winch(command, "-h").out, winch(command, "--help").out}
            self.assertEqual(len(pages), 1, command)
            self.assertTrue(pages.pop().startswith(b"Usage: winch " + command.encode()), command)

    def manual(self):
        with open(os.path.join(BUILD, "src", "cli", "winch.1"), encoding="utf-8") as f:
            text = f.read()
        return re.sub(r"\\f[BIR]", "", text).replace("\\-", "-").replace("\\e", "\\")

    def test_exit_statuses(self):
        """The manual has each number of the contract, with its words."""
        text = " ".join(self.section("Exit status").split())
        listed = re.search(r"^\.SH \"EXIT STATUS\"\n(.*?)^\.SH", self.manual(), re.M | re.S)[1]
        here = {int(number): words for number, words in re.findall(r"^\.B (\d+)\n([^\n]+)\n", listed, re.M)}
        there = {int(number): words for number, words in re.findall(
            r"(?:^|· )(\d+) ([^·]*?)(?= ·|\.|$)", text.split(". Several")[0])}
        self.assertEqual(set(here), {0, 1, 2, 3, 4, 5, 6, 130, 141})
        self.assertEqual(set(here), set(there))
        for number, words in there.items():
            self.assertEqual(set(re.findall(r"\w+", words)) - {"fault"} - set(re.findall(r"\w+", here[number])), set())
        self.assertIn("Several targets: the highest below 100.", listed)
        self.assertIn("Several targets: the highest below 100.", text)

    def test_manual(self):
        """Each option of run, each form of a TARGET, each source of a password."""
        manual = self.manual()
        for name in options_of("run"):
            self.assertIn(name, manual)
        plain = re.sub(r"^\.[BIR]{1,2} (.*)$", lambda m: m[1].replace(" ", ""), manual, flags=re.M)
        for form in ("HOST", "USER@HOST", "HOST:PORT", "[IPv6]:PORT", "DOMAIN\\USER@HOST", "USER@REALM@HOST", "http://",
                     "https://", "@FILE"):
            self.assertIn("`" + form, self.text)
            self.assertIn("\n" + form, plain)
        for word in "~/.config/winch/config", "WINCH_PASSWORD":
            self.assertIn(word, self.text)
            self.assertIn(word, manual)

    def test_formats(self):
        listed = options_of("run")
        for name, formats in (("-o", "ndjson json typed text tostring clixml"),
                              ("--input-format", "ndjson typed lines bytes clixml"),
                              ("--auth", "negotiate ntlm kerberos basic credssp certificate")):
            for word in formats.split():
                self.assertRegex(listed[name][1], rf"\b{word}\b", name)


class Files(Case):
    """Local files: what can't be read, and where."""

    def script(self, data):
        return winch("run", "u@host", "-f", self.file(data, name="x.ps1"), password="x")

    def test_scripts_that_are_no_text(self):
        for data, offset in ((b"abc\xff", 3), (b"\xef\xbb\xbfab\x80", 5), (b"caf\xe9 'x'", 3),
                             (b"ab\xc3", 2), (b"x\xed\xa0\x80", 1), (b"\xff\xfea\x00b", 4),
                             (b"\xff\xfea\x00\x00\xd8b\x00", 4), (b"\xfe\xff\xdc\x00", 2)):
            with self.subTest(data):
                self.usage(self.script(data), "x.ps1", f"byte offset {offset}\n")
        self.usage(self.script("ab".encode("utf-16-le")), "NUL character, at byte offset 1")

    def test_scripts_that_are_not_there(self):
        self.usage(winch("run", "u@host", "-f", "/no/such.ps1", password="x"), "/no/such.ps1",
                   "No such file")
        self.usage(winch("run", "u@host", "-f", "/", password="x"), "directory")
        if os.getuid() != 0:
            self.usage(winch("run", "u@host", "-f", self.file("1", 0), password="x"),
                       "Permission denied")

    def test_text_in_arguments(self):
        self.usage(winch("run", "u@host", "-c", b"ab\xff", password="x"), "-c: not UTF-8",
                   "byte offset 2")
        self.usage(winch("run", "u@host", "-c", "1", "-P", b"n=a\xff", password="x"), "-P n",
                   "byte offset 1")
        self.usage(winch("run", "u@host", "-c", "1", "--", "good", b"\xfe", password="x"),
                   "argument 2", "byte offset 0")

    def test_parameters(self):
        for text, offset in (("{", 1), ("[1,]", 3), ('{"a":1,"a' , 9), ("nope", 0), ("1 2", 2),
                             ('"\\x"', 2), ("[1", 2), ("", 0)):
            with self.subTest(text):
                self.usage(winch("run", "u@host", "-c", "1", "-P", "n:=" + text, password="x"),
                           f"-P n: byte {offset}: ")
        self.usage(winch("run", "u@host", "-c", "1", "-P", "n@=/no/such", password="x"), "-P n",
                   "/no/such", "No such file")
        self.usage(winch("run", "u@host", "-c", "1", "-P", "n@=" + self.file(b"a\xff"),
                         password="x"), "byte offset 1")

    def test_other_files(self):
        for args in (["--input", "/no/such"], ["--ca-file", "/no/such"], ["--log", "/no/such/log"],
                     ["--trace", "/no/such/trace"], ["--password-file", "/no/such"]):
            with self.subTest(args):
                self.usage(winch("run", "https://u@127.0.0.1:9", "-c", "1", *args, password="x"),
                           args[0] + " " + args[1], "No such file")


class Passwords(Case):
    """Sources of passwords that give none."""

    def one(self, *args, **how):
        with Listener() as nobody:
            r = winch("run", f"u@127.0.0.1:{nobody.port}", "-c", "1", *args, **how)
            self.assertEqual(nobody.connections, 0)
        return r

    def test_files(self):
        for mode in (0o640, 0o604, 0o644, 0o660, 0o620, 0o602, 0o610):
            r = self.one("--password-file", self.file("SeCrEt", mode))
            self.usage(r, "others can", f"{mode:04o}", "chmod 600")
            self.assertNotIn("SeCrEt", r.err)
        self.usage(self.one("--password-file", self.file("")), "empty")
        self.usage(self.one("--password-file", self.file("\nSeCrEt\n")), "empty")
        self.usage(self.one("--password-file", self.file(b"a\xff\n")), "not UTF-8")
        self.usage(self.one("--password-file", self.file(b"a\0b\n")), "not UTF-8 text")
        self.usage(self.one("--password-file", self.file("x" * 100000)), "longer")
        self.usage(self.one("--password-file", self.folder()), "directory")

    def test_descriptors(self):
        self.usage(self.one("--password-fd", "77"), "--password-fd 77", "Bad file descriptor")
        self.usage(self.one("--password-fd", "0"), "empty")

    def test_commands(self):
        for command, words in (
                ("/no/such", "No such file"), ("false", "status 1"), ("true", "empty"),
                ("", "no command"), ("echo 'x", "not closed"), ("echo x\\", "not closed"),
                ("sh -c 'kill -9 $$'", "signal 9")):
            with self.subTest(command):
                r = self.one("--password-command", command)
                self.assertEqual((r.status, r.out), (USAGE, b""), r)
                self.assertIn(words, r.err)

    def test_none_at_all(self):
        """A session of its own has no terminal to ask on."""
        self.usage(self.one(), "no password for u at 127.0.0.1", "--password-file",
                   "WINCH_PASSWORD")
        self.usage(self.one(password=""), "no password for u")
        with Listener() as nobody:
            r = winch("run", f"127.0.0.1:{nobody.port}", "-c", "1", password="x")
            self.assertEqual(nobody.connections, 0)
        self.usage(r, "no user name", "USER@", "--user")

    def test_basic_over_http(self):
        with Listener() as nobody:
            r = winch("run", f"http://u@127.0.0.1:{nobody.port}", "-c", "1", "--auth", "basic",
                      password="x")
            self.assertEqual(nobody.connections, 0)
        self.usage(r, "--auth basic over http", "--allow-cleartext")


class Logs(Case):
    def test_they_are_private(self):
        """Also where the umask would let others read, and where the file was there before."""
        folder = self.folder()
        for name in ("log", "trace"):
            path = os.path.join(folder, name)
            for before in (None, 0o666):
                if before:
                    os.chmod(path, before)
                r = winch("run", "u@127.0.0.1:1", "-c", "1", "--" + name, path, password="x",
                          umask=0)
                self.assertEqual(r.status, 3, r)
                self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        with open(path) as f:
            self.assertIn("scripts and data", f.readline())
        self.assertIn("will hold scripts and data", r.err)


if __name__ == "__main__":
    unittest.main()
