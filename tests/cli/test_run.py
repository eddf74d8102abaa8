"""winch run against the real engine: scripts, parameters, input, output, streams."""
import hashlib
import json
import os
import re
import subprocess
import tempfile
import unittest

from program import (CORP, CORP_PASSWORD, DONE, JOERG, PASSWORD, RECORD, SHARED, UMLAUTS, USAGE, USER, VECTORS,
                     WINCH, Live, environment, winch)

CLIXML = os.path.join(VECTORS, "clixml")
# Says of each input object what it is there.
EXPLAIN = "$input | ForEach-Object { if ($null -eq $_) { 'null' } else { $_.GetType().Name + '=' + $_ } }"


class Targets(Live):
    def test_http_and_https(self):
        self.assertEqual(self.well("-c", "1 + 1"), [2])
        self.assertTrue(all(r["sealed"] for r in self.endpoint.log() if r["op"] != "Negotiate"))
        self.endpoint.reset()
        self.assertEqual(self.well("-c", "1 + 1", tls=True), [2])
        self.assertTrue(all(r["tls"] for r in self.endpoint.log()))
        self.assertEqual(self.ops()[-1], "Delete")

    def test_forms(self):
        e = self.endpoint
        for target in (e.http.replace("//", f"//{USER}@"), e.http.split("//")[1].split("/")[0],
                       e.http.replace("127.0.0.1", "localhost")):
            r = winch("run", target, "--user", USER, "-c", "'here'", password=self.endpoint.password)
            self.assertEqual((r.status, r.out), (DONE, b'"here"\n'), r)
        port = e.https.split(":")[2].split("/")[0]
        r = winch("run", "--tls", "--port", port, "--ca-file", e.ca, f"{USER}@localhost", "-c", "1",
                  password=e.password)
        self.assertEqual((r.status, r.out, r.err), (DONE, b"1\n", ""), r)

    def test_target_names_the_user(self):
        """Of two the nearer counts."""
        r = winch("run", "--user", "nobody", self.endpoint.http.replace("//", f"//{USER}@"), "-c", "1",
                  password=self.endpoint.password)
        self.assertEqual(r.status, DONE, r)
        self.assertEqual({x["owner"] for x in self.endpoint.log() if x["op"] == "Create"},
                         {"WINCH\\" + USER})

    def test_users(self):
        for user, password, owner in ((JOERG, UMLAUTS, "WINCH\\" + JOERG), (CORP, CORP_PASSWORD, CORP),
                                      (".\\" + USER, self.endpoint.password, "WINCH\\" + USER)):
            with self.subTest(user):
                self.endpoint.reset()
                self.assertEqual(self.well("-c", "1", user=user, password=password), [1])
                self.assertEqual({x["owner"] for x in self.endpoint.log() if x["owner"]}, {owner})

    def test_configurations(self):
        self.assertEqual(self.well("-c", "1", "--configuration", "PowerShell.7"), [1])
        r = self.run_winch("-c", "1", "--configuration", "NoLanguage")
        self.assertEqual((r.status, r.out), (RECORD, b""), r)
        self.assertIn("no-language mode", r.err)

    def test_startup_script(self):
        """It calls the host, and its pipeline ends, before the pool is open."""
        r = self.run_winch("-c", "$Started", "--configuration", "Startup")
        self.assertEqual((r.status, r.out), (DONE, b'"yes"\n'), r)
        self.assertIn("startup script", r.err)

    def test_options_of_the_shell(self):
        self.well("-c", "1", "--idle-timeout", "222", "--operation-timeout", "7", "--no-profile")
        create = [x for x in self.endpoint.log() if x["op"] == "Create"][0]
        self.assertEqual(create["idleTimeOut"], "PT222S")
        self.assertEqual(create["operationTimeout"], "PT7S")
        self.endpoint.reset()
        self.well("-c", "1")
        create = [x for x in self.endpoint.log() if x["op"] == "Create"][0]
        self.assertEqual(create["idleTimeOut"], "PT300S")
        self.assertEqual(create["operationTimeout"], "PT20S")

    def test_a_server_must_comply(self):
        """Who wants no profile gets none, or a fault: as in a recording of a Windows host."""
        recorded = os.path.join(SHARED, "replay", "recordings", "test_psrp_no_profile.json")
        if not os.path.exists(recorded):
            self.skipTest("no recordings: ../shared is not here")
        with open(recorded, encoding="utf-8") as f:
            theirs = json.load(f)["exchanges"][0]["request"]
        trace = os.path.join(self.folder(), "trace")
        r = self.run_winch("-c", "1", "--no-profile", "--trace", trace)
        self.assertEqual(r.status, DONE, r)
        with open(trace, encoding="utf-8") as f:
            ours = f.read()
        for name in ("protocolversion", "WINRS_NOPROFILE"):
            asked = []
            for text in (theirs, ours):
                option = re.search('<[a-z]+:Option ([^>]*Name="%s"[^>]*)>([^<]*)<' % name, text)
                asked.append((sorted(option[1].split()), option[2]))
            self.assertEqual(asked[0][0], asked[1][0])
        self.assertEqual(asked[0], asked[1])

    def test_pool(self):
        script = "$ErrorActionPreference='Stop'; $Host.Runspace.GetType().Name"
        self.assertEqual(len(self.well("-c", script, "--pool", "1:3")), 1)

    def test_history(self):
        r = self.well("-c", "(Get-History).Count", "--history")
        self.assertEqual(r, [0])


class Scripts(Live):
    TEXT = "'Grüße', '漢字', '😀'"
    SAYS = ["Grüße", "漢字", "😀"]

    def test_a_script_argument(self):
        self.assertEqual(self.well("-c", self.TEXT), self.SAYS)
        self.assertEqual(self.well("-c", ""), [])
        self.assertEqual(self.well("-c", "# only a comment"), [])
        self.assertEqual(self.well("-c", "'a'\n'b'\r\n'c'"), ["a", "b", "c"])

    def test_files(self):
        for data in (self.TEXT.encode(), b"\xef\xbb\xbf" + self.TEXT.encode(),
                     ("\ufeff" + self.TEXT).encode("utf-16-le"),
                     ("\ufeff" + self.TEXT).encode("utf-16-be")):
            with self.subTest(data[:4]):
                self.assertEqual(self.well("-f", self.file(data)), self.SAYS)
                self.assertEqual(self.well("-", input=data), self.SAYS)
                self.assertEqual(self.well("-f", "-", input=data), self.SAYS)

    def test_a_long_script(self):
        """Longer than an envelope, and than a line of arguments: it goes in fragments."""
        text = "$n = 0\n" + "".join(f"$n += {i} # {'x' * 90}\n" for i in range(9000)) + "$n"
        self.assertGreater(len(text), 900000)
        self.assertEqual(self.well("-f", self.file(text)), [sum(range(9000))])
        self.assertGreater(self.ops().count("Send"), 0)

    def test_arguments(self):
        script = "$args.Count; $args"
        self.assertEqual(self.well("-c", script, "--", "one", "-2", "--three", "", "a b'\"$x`"),
                         [5, "one", "-2", "--three", "", "a b'\"$x`"])
        self.assertEqual(self.well("-c", "param($a, $b) \"$a+$b\"", "--", "ä", "ö"), ["ä+ö"])
        self.assertEqual(self.well("-c", "param($b, $a) \"$a $b\"", "-P", "a=named", "--", "left"),
                         ["named left"])
        self.assertEqual(self.well("-c", "param($a) $a.GetType().Name", "--", "5"), ["String"])


class Parameters(Live):
    def value(self, *args):
        """What $v is there: its type, and itself as JSON."""
        found = self.well("-c", "param($v) if ($null -eq $v) { 'null' } else { $v.GetType().Name }; ,$v",
                          *args)
        return tuple(found)

    def test_texts(self):
        for text in ("", "x", "a=b", "ä 'q' \"", "1", "$x", "a\nb", ":=", "{}"):
            with self.subTest(text):
                self.assertEqual(self.value("-P", "v=" + text), ("String", text))
        self.assertEqual(self.value("-Pv=x"), ("String", "x"))

    def test_json(self):
        for text, name, value in (
                ("5", "Int32", 5), ("-1", "Int32", -1), ("5000000000", "Int64", 5000000000),
                ("1.5", "Double", 1.5), ("true", "Boolean", True), ('"x\\u00e4"', "String", "xä"),
                ("[80,443]", None, [80, 443]), ('{"a":1,"b":[true]}', None, {"a": 1, "b": [True]})):
            with self.subTest(text):
                found = self.value("-P", "v:=" + text)
                self.assertEqual(found[1], value)
                if name:
                    self.assertEqual(found[0], name)
        self.assertEqual(self.value("-P", "v:=null"), ("null", None))

    def test_an_object_is_a_hashtable(self):
        """So it can be splatted, and cast to what a parameter wants."""
        self.assertEqual(self.well("-c", "param([hashtable]$h) $h.a; $h['b'].GetType().IsArray -or "
                                   "$h['b'] -is [System.Collections.IList]", "-P",
                                   'h:={"a":7,"b":[1,2]}'), [7, True])

    def test_files(self):
        text = "line 1\nline 2 ä\n"
        for data in (text.encode(), ("\ufeff" + text).encode("utf-16-le")):
            self.assertEqual(self.value("-P", "v@=" + self.file(data)), ("String", text))
        self.assertEqual(self.value("-P", "v@=" + self.file(b"")), ("String", ""))

    def test_several_and_names(self):
        self.assertEqual(self.well("-c", "param($x, [switch]$on, [int]$n) \"$x $on $n\"", "-P", "x=1",
                                   "-P", "on:=true", "-P", "n=42"), ["1 True 42"])
        r = self.run_winch("-c", "[CmdletBinding()]param($x) 1", "-P", "nope=1")
        self.assertEqual((r.status, r.out), (RECORD, b""), r)
        self.assertIn("nope", r.err)


class Inputs(Live):
    def fed(self, data, form, script=EXPLAIN):
        """The same from a file and from stdin."""
        args = ["-c", script] + (["--input-format", form] if form else [])
        data = data if isinstance(data, bytes) else data.encode()
        found = self.well(*args, "--input", self.file(data))
        self.assertEqual(self.well(*args, "--input", "-", input=data), found)
        return found

    def test_ndjson(self):
        self.assertEqual(self.fed('1\n"a"\n\n true\r\nnull\n2.5', None),
                         ["Int32=1", "String=a", "Boolean=True", "null", "Double=2.5"])
        self.assertEqual(self.fed('{"n":1}\n{"n":2}\n', "ndjson", "$input | ForEach-Object { $_.n * 10 }"),
                         [10, 20])
        self.assertEqual(self.fed("\ufeff1\n", "ndjson"), ["Int32=1"])
        self.assertEqual(self.fed("", "ndjson", "@($input).Count"), [0])

    def test_lines(self):
        self.assertEqual(self.fed("a\nb\r\n\nß\nlast", "lines"),
                         ["String=a", "String=b", "String=", "String=ß", "String=last"])
        self.assertEqual(self.fed('{"a":1}\n', "lines"), ['String={"a":1}'])

    def test_typed(self):
        lines = ['{"$t":"I64","v":5}', '{"$t":"C","v":97}', '{"$t":"G","v":'
                 '"11111111-2222-3333-4444-555555555555"}', '"s"', "null", '{"$t":"By","v":7}']
        self.assertEqual(self.fed("\n".join(lines), "typed"), [
            "Int64=5", "Char=a", "Guid=11111111-2222-3333-4444-555555555555", "String=s", "null",
            "Byte=7"])

    def test_bytes(self):
        data = bytes(range(256)) * 800  # more than three pieces
        script = ("$h = [Security.Cryptography.SHA256]::Create(); $max = 0; "
                  "foreach ($b in $input) { $max = [Math]::Max($max, $b.Length); $t = $b.GetType().Name; "
                  "[void]$h.TransformBlock($b, 0, $b.Length, $null, 0) }; "
                  "[void]$h.TransformFinalBlock([byte[]]@(), 0, 0); $t; $max -le 65536; "
                  "-join ($h.Hash | ForEach-Object { $_.ToString('x2') })")
        self.assertEqual(self.fed(data, "bytes", script),
                         ["Byte[]", True, hashlib.sha256(data).hexdigest()])

    def test_clixml(self):
        """A document as Export-Clixml writes it, and one value a line as -o clixml does."""
        document = ("\ufeff<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/"
                    "2004/04\">\n  <I32>1</I32>\n  <Obj RefId=\"0\"><MS><S N=\"a\">x</S></MS></Obj>\n"
                    "  <Nil />\n</Objs>")
        for data in (document.encode(), document.encode("utf-16-le")):
            self.assertEqual(self.fed(data, "clixml", "$input | ForEach-Object { if ($_.a) { $_.a } else "
                                      "{ \"$_\" } }"), ["1", "x", ""])
        self.assertEqual(self.fed("<I64>5</I64>\n<S>a</S>\n", "clixml"), ["Int64=5", "String=a"])

    def test_round_trips(self):
        """What -o gives, --input takes, and it is the same again."""
        made = "1; 2.5; [datetime]'2020-02-03'; [timespan]'1:00'; 'a'; [pscustomobject]@{a=1;b=,2}; $null"
        for form in ("typed", "clixml"):
            first = self.run_winch("-c", made, "-o", form)
            self.assertEqual((first.status, len(first.lines())), (DONE, 7), first)
            again = self.run_winch("-c", "$input", "--input", "-", "--input-format", form, "-o", form,
                                   input=first.out)
            self.assertEqual(again.status, DONE, again)
            self.assertEqual([line for line in again.lines() if "Custom" not in line],
                             [line for line in first.lines() if "Custom" not in line])

    def test_invalid_lines(self):
        """What came before it is worked on; the status says that not all was."""
        script = "begin { 'begun' } process { $_ } end { 'ended' }"
        for form, good, bad, words in (
                ("ndjson", b"1", b"{x", "line 3: byte 1:"), ("ndjson", b"1", b"1 2", "line 3: byte 2:"),
                ("typed", b"1", b'{"$t":"Q"}', "line 3: byte 6:"), ("lines", b"a", b"x\xff", "byte offset 1"),
                ("clixml", b"<S>a</S>", b"<S>a", "line 3, column "),
                ("clixml", b"<S>a</S>", b"<I32>x</I32>", "line 3, column ")):
            with self.subTest((form, bad)):
                path = self.file(b"\n".join([good, good, bad, good]))
                r = self.run_winch("-c", script, "--input", path, "--input-format", form)
                self.assertEqual(r.status, USAGE, r)
                self.assertEqual(len(r.objects()), 4, r)  # begun, two, ended
                self.assertIn(f"winch: --input {path}: ", r.err)
                self.assertIn(words, r.err)
                self.no_shell()
        path = self.file("<Objs><I32>1</I32>\n<I32>x</I32></Objs>")
        r = self.run_winch("-c", script, "--input", path, "--input-format", "clixml")
        self.assertEqual(r.status, USAGE, r)
        self.assertIn(f"--input {path}: line 2, column ", r.err)

    def test_a_pipeline_that_takes_no_more(self):
        many = "".join(f"{i}\n" for i in range(50000))
        self.assertEqual(self.well("-c", "$input | Select-Object -First 2", "--input", self.file(many)),
                         [0, 1])

    def test_much(self):
        many = "".join(f"{i}\n" for i in range(2000))
        self.assertEqual(self.well("-c", "$n = 0; foreach ($i in $input) { $n += $i }; $n", "--input", "-",
                                   input=many.encode()), [sum(range(2000))])

    def test_input_that_comes_slowly(self):
        """What is there is worked on before more comes."""
        r, w = os.pipe()
        program = self.start("-c", "process { $_ * 2 }", "--input", "-", stdin=r)
        os.close(r)
        os.write(w, b"21\n")
        program.wait_for(b"42\n")
        os.write(w, b"4\n")
        program.wait_for(b"8\n")
        os.close(w)
        done = program.finish()
        self.assertEqual((done.status, done.err), (DONE, ""), done)

    def test_no_input_is_no_object(self):
        self.assertEqual(self.well("-c", "@($input).Count", "--input", "/dev/null"), [0])


class Outputs(Live):
    def test_the_mapping_of_the_vectors(self):
        """Objects that the engine makes here and now, as the vectors say they must look."""
        index, cases = os.path.join(SHARED, "vectors", "clixml", "index.jsonl"), []
        if not os.path.exists(index):
            self.skipTest("no vectors/clixml/index.jsonl in WINCH_SHARED")
        with open(index, encoding="utf-8") as f:
            for case in map(json.loads, f):
                # Only what is the same each time, in each culture, and gives one object.
                if "[Vectors." in case.get("powershell", "[Vectors."):
                    continue
                if "json" in case and case["name"].split("-")[0] in (
                        "bool", "char", "str", "byte", "sbyte", "int16", "uint16", "int32", "uint32",
                        "int64", "uint64", "double", "float", "decimal", "guid", "version", "uri", "xml",
                        "timespan", "scriptblock", "array", "list", "hashtable", "enum", "bigint", "ordered",
                        "pscustom", "stack", "queue", "ipaddress"):
                    cases.append(case)
        self.assertGreater(len(cases), 60)
        script = "".join(f",$({case['powershell']})\n" if case["name"].startswith(("array", "list")) else
                         f"$({case['powershell']})\n" for case in cases)
        path, lines = self.file(script), {}
        for form in ("ndjson", "typed", "clixml"):
            r = self.run_winch("-f", path, "-o", form)
            self.assertEqual((r.status, r.err), (DONE, ""))
            lines[form] = r.out.split(b"\n")[:-1]
            if form != "clixml":
                self.assertEqual(len(lines[form]), len(cases))
        for i, case in enumerate(cases):
            name = os.path.join(SHARED, "vectors", "clixml", case["name"])
            for form, file in (("ndjson", ".plain.json"), ("typed", ".typed.json")):
                with open(name + file, "rb") as f:
                    wanted = f.read()[:-1]
                with self.subTest((case["name"], form)):
                    self.assertEqual(lines[form][i], wanted)

    SCRIPT = "1; 'a b'; $null; @{x=1}; [pscustomobject]@{n='é';d=1.10d;e=[DayOfWeek]::Friday}"

    def test_formats(self):
        r = self.run_winch("-c", self.SCRIPT)
        self.assertEqual(r.out.decode(), '1\n"a b"\nnull\n{"x":1}\n{"n":"é","d":1.10,"e":"Friday"}\n', r)
        self.assertEqual(self.run_winch("-c", self.SCRIPT, "-o", "ndjson").out, r.out)
        r = self.run_winch("-c", self.SCRIPT, "-o", "json")
        self.assertEqual(json.loads(r.out), [1, "a b", None, {"x": 1},
                                             {"n": "é", "d": 1.10, "e": "Friday"}])
        self.assertEqual(self.run_winch("-c", "", "-o", "json").out, b"[]\n")
        r = self.run_winch("-c", self.SCRIPT, "-o", "typed")
        self.assertEqual([type(json.loads(line)).__name__ for line in r.lines()],
                         ["int", "str", "NoneType", "dict", "dict"])
        r = self.run_winch("-c", self.SCRIPT, "-o", "clixml")
        self.assertEqual(r.lines()[:3], ["<I32>1</I32>", "<S>a b</S>", "<Nil />"])
        decoded = [winch("decode", input=line.encode()).out for line in r.lines()]
        self.assertEqual(b"".join(decoded), self.run_winch("-c", self.SCRIPT).out)

    def test_clixml_is_one_value_a_line(self):
        """Also where the value's own text has lines."""
        r = self.run_winch("-c", "\"a`nb\"; [xml]\"<a>`n<b/>`n</a>\"; 2", "-o", "clixml")
        self.assertEqual(len(r.lines()), 3, r)
        self.assertEqual(winch("decode", input=r.lines()[0].encode()).out, b'"a\\nb"\n')

    def test_tostring(self):
        """Of what has no ToString on the wire, the text that is there."""
        r = self.run_winch("-c", "1; 'a'; $true; $false; $null; 1.5; [timespan]'1:02:03'; [DayOfWeek]1; "
                           "[version]'1.2'; [datetime]'2020-02-03 04:05:06'", "-o", "tostring")
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        self.assertEqual(r.lines(), ["1", "a", "True", "False", "", "1.5", "PT1H2M3S", "Monday", "1.2",
                                     "2020-02-03T04:05:06"])

    def test_big_numbers(self):
        self.assertEqual(self.well("-c", "9007199254740993; 1.10d; 5", "--big-numbers", "string"),
                         ["9007199254740993", "1.10", 5])

    def test_lines_come_as_objects_arrive(self):
        program = self.start("-c", "1; Start-Sleep 60; 2")
        program.wait_for(b"1\n")
        program.signal(2)
        self.assertEqual(program.finish().status, 130)


class Streams(Live):
    SCRIPT = ("$VerbosePreference = $DebugPreference = 'Continue'; Write-Output out; Write-Warning warn; "
              "Write-Verbose verb; Write-Debug deb; Write-Information info; Write-Host host; "
              "Write-Progress -Activity act -Status stat; Write-Error err")

    def test_on_stderr(self):
        self.endpoint.need_cmdlets()
        r = self.run_winch("-c", self.SCRIPT)
        self.assertEqual((r.status, r.out), (RECORD, b'"out"\n'), r)
        for line in ("WARNING: warn", "VERBOSE: verb", "DEBUG: deb", "host", "Write-Error: err"):
            self.assertEqual(r.err.split("\n").count(line), 1, r)
        self.assertNotIn("\x1b", r.err)
        self.assertNotIn("info", r.err)  # as in a console: $InformationPreference is SilentlyContinue
        self.assertNotIn("act", r.err)  # progress is a terminal's

    def test_one_reader_sees_the_order(self):
        """2>&1, and a terminal: a warning stands where the script wrote it."""
        self.endpoint.need_cmdlets()
        with tempfile.TemporaryFile() as both:
            done = subprocess.run([WINCH, *self.args("-c", "1; Write-Error e; 2; Write-Warning w; 3; Write-Host h; 4; "
                                                     "throw 'last'")],
                                  env=environment(PASSWORD), stdout=both, stderr=both, timeout=120)
            both.seek(0)
            self.assertEqual((done.returncode, both.read()),
                             (RECORD, b"1\nWrite-Error: e\n2\nWARNING: w\n3\nh\n4\nException: last\n"))

    def test_named_on_stdout(self):
        self.endpoint.need_cmdlets()
        r = self.run_winch("-c", self.SCRIPT, "--streams")
        self.assertEqual((r.status, r.err), (RECORD, ""), r)
        found = [(o["stream"], o["value"]) for o in r.objects()]
        self.assertEqual([name for name, _ in found if name != "progress"],
                         ["output", "warning", "verbose", "debug", "information", "information", "error"])
        self.assertIn("progress", [name for name, _ in found])
        by_name = dict(found)
        self.assertEqual(by_name["output"], "out")
        self.assertEqual(by_name["warning"], "warn")
        self.assertEqual(by_name["error"]["Message"], "err")
        self.assertEqual(by_name["error"]["FullyQualifiedErrorId"],
                         "Microsoft.PowerShell.Commands.WriteErrorException")
        self.assertEqual(by_name["progress"]["Activity"], "act")

    def test_named_in_other_formats(self):
        r = self.run_winch("-c", "5L; Write-Warning w", "--streams", "-o", "typed")
        self.assertEqual(r.objects()[0], {"stream": "output", "value": {"$t": "I64", "v": 5}}, r)
        r = self.run_winch("-c", "5; Write-Warning w", "--streams", "-o", "json")
        self.assertEqual(json.loads(r.out), [{"stream": "output", "value": 5},
                                             {"stream": "warning", "value": "w"}])


if __name__ == "__main__":
    unittest.main()
