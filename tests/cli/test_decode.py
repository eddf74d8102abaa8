"""winch decode: offline, its bytes held to the vectors, its errors with place and status 2."""
import base64
import json
import os
import re
import subprocess
import tempfile
import unittest

from program import BUILD, CLOSED, DONE, USAGE, VECTORS, Case, Program, winch

OBJS = '<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">%s</Objs>'
CLIXML = os.path.join(VECTORS, "clixml")
CALLER = "#< CLIXML\r\n"  # what powershell.exe puts before its stderr


def read(path):
    with open(path, "rb") as f:
        return f.read()


class Decode(Case):
    def decoded(self, data, *args):
        """The same from a file and from stdin."""
        data = data if isinstance(data, bytes) else data.encode()
        r = winch("decode", *args, self.file(data))
        self.assertEqual((r.status, r.err), (DONE, ""), r)
        for more in ([], ["-"]):
            piped = winch("decode", *args, *more, input=data)
            self.assertEqual((piped.status, piped.out), (r.status, r.out), piped)
        return r.out.decode()

    def refused(self, data, line, columns, *args, before=b""):
        """The place of an error is in these columns: of an element, or of what ends it."""
        path = self.file(data)
        for r, name in ((winch("decode", *args, path), path),
                        (winch("decode", *args, input=read(path)), "stdin")):
            self.assertEqual((r.status, r.out), (USAGE, before), r)
            self.one_line(r, f"winch: {name}: line {line}, column ")
            self.assertIn(int(re.search(r"column (\d+): \S", r.err)[1]), columns, r)
        return r.err

    def test_every_vector(self):
        names = sorted(n[:-7] for n in os.listdir(CLIXML) if n.endswith(".clixml"))
        self.assertGreater(len(names), 100)
        for name in names:
            base = os.path.join(CLIXML, name)
            if not os.path.exists(base + ".plain.json"):
                continue
            with self.subTest(name):
                mode = "typed" if name.endswith(".export") else "plain"
                r = winch("decode", *(["-o", "typed"] if mode == "typed" else []), base + ".clixml")
                self.assertEqual((r.status, r.err), (DONE, ""))
                self.assertTrue(r.out == read(f"{base}.{mode}.json"), name)

    def test_every_edge(self):
        rows = 0
        with open(os.path.join(VECTORS, "decode.jsonl"), encoding="utf-8") as f:
            for row in map(json.loads, f):
                if "xml" not in row and "xml_base64" not in row:
                    continue
                rows += 1
                data = row["xml"].encode("utf-8", "surrogatepass") if "xml" in row \
                    else base64.b64decode(row["xml_base64"])
                for key, args in (("plain", []), ("typed", ["-o", "typed"]),
                                  ("big", ["--big-numbers", "string"])):
                    if key not in row and not (key == "plain" and row.get("error")):
                        continue
                    r = winch("decode", "--from", "clixml", *args, input=data)
                    with self.subTest(row["what"]):
                        self.assertEqual(r.status, USAGE if row.get("error") else DONE, r)
                        wanted = row.get(key, "")
                        self.assertEqual(r.out.decode(), wanted + "\n" if wanted else "")
                        if row.get("error"):
                            self.one_line(r)
        self.assertGreater(rows, 100)

    def test_what_powershell_writes_to_stderr(self):
        self.assertEqual(self.decoded(CALLER + OBJS % '<S S="Error">no_x000D__x000A_</S>'),
                         '"no\\r\\n"\n')
        self.assertEqual(self.decoded(CALLER.replace("\r", "") + OBJS % "<I32>1</I32><Nil />"),
                         "1\nnull\n")

    def test_documents_behind_each_other(self):
        """As programs of one log write them, and as winch encode and -o clixml do: each has RefIds of its own."""
        nested = ('<Obj RefId="0"><TN RefId="0"><T>T</T></TN><MS><S N="a">&lt;/Objs&gt;</S></MS></Obj>'
                  '<Ref RefId="0" />')
        lines = '<I32>1</I32>\n<Nil />\n<Obj RefId="0"><MS>\n<S N="b">x</S></MS></Obj>\r\n<S a=">">&gt;</S>\n'
        objs = OBJS % nested
        data = (CALLER + objs + OBJS % "<I32>5</I32>" + "\r\n" + CALLER + OBJS % "" + "\n \n\ufeff" + objs + "\n" + lines +
                "<I32><!-- </I32> --><?p </I32>?>7<![CDATA[]]></I32>\n")
        want = ('{"a":"</Objs>"}\n' * 2 + "5\n" + '{"a":"</Objs>"}\n' * 2 +
                '1\nnull\n{"b":"x"}\n">"\n7\n')
        self.assertEqual(self.decoded(data), want)
        self.assertEqual(json.loads(self.decoded(data, "-o", "json")), [json.loads(v) for v in want.splitlines()])
        # Each byte for itself.
        read_end, write_end = os.pipe()
        program = Program("decode", stdin=read_end)
        os.close(read_end)
        for byte in data.encode():
            os.write(write_end, bytes([byte]))
        os.close(write_end)
        r = program.finish()
        self.assertEqual((r.status, r.out.decode(), r.err), (DONE, want, ""))

    def test_what_follows_a_document(self):
        """Of the one that is broken: which, and where in it.  What is on the same line is no other value."""
        r = winch("decode", input=b"<I32>1</I32>\n<I32>2</I32>\n<I32>x</I32>\n")
        self.assertEqual((r.status, r.out), (USAGE, b"1\n2\n"), r)
        self.one_line(r, "winch: stdin: document 3: line 1, column ")
        for data in (b"<I32>1</I32><I32>2</I32>\n", b"<I32>1</I32>\nrubbish\n", (OBJS % "<I32>1</I32>").encode() + b"x",
                     b"<I32>1</I32>\n<I32>"):
            with self.subTest(data):
                r = winch("decode", input=data)
                self.assertEqual((r.status, r.out), (USAGE, b"1\n"), r)
                self.one_line(r, "line ")

    def test_encode_and_back(self):
        values = b'1\n1.5\n"a"\nnull\ntrue\n{"x":[1,{"y":2}]}\n'
        lines = winch("encode", input=values)
        self.assertEqual(self.decoded(lines.out), values.decode())
        self.assertEqual(self.decoded(winch("encode", "--objs", input=values).out), values.decode())

    def test_encodings(self):
        text = OBJS % "<S>Grüße 😀</S><I32>7</I32>"
        declared = '<?xml version="1.0" encoding="utf-8"?>\n' + text
        for data in (text.encode(), b"\xef\xbb\xbf" + text.encode(), declared.encode(),
                     ("\ufeff" + text).encode("utf-16-le"), ("\ufeff" + text).encode("utf-16-be"),
                     declared.encode("utf-16-le"), declared.encode("utf-16-be"),
                     ("\ufeff" + CALLER + text).encode("utf-16-le")):
            with self.subTest(data[:24]):
                self.assertEqual(self.decoded(data), '"Grüße 😀"\n7\n')

    def test_outputs(self):
        text = OBJS % "<I64>9007199254740993</I64><S>a</S><Nil />"
        self.assertEqual(self.decoded(text, "-o", "ndjson"), '9007199254740993\n"a"\nnull\n')
        self.assertEqual(json.loads(self.decoded(text, "-o", "json")), [9007199254740993, "a", None])
        self.assertEqual(self.decoded(text, "-o", "typed"),
                         '{"$t":"I64","v":9007199254740993}\n"a"\nnull\n')
        self.assertEqual(self.decoded(text, "--big-numbers", "string"),
                         '"9007199254740993"\n"a"\nnull\n')
        self.assertEqual(self.decoded(OBJS % "", "-o", "json"), "[]\n")
        self.assertEqual(self.decoded(OBJS % ""), "")
        self.assertEqual(self.decoded(""), "null\n")

    def test_errors_have_a_place(self):
        self.refused("<S>a</S", 1, [8])
        self.refused("this is no XML", 1, [1])
        self.refused("<Objs>\n<I32>1</I32>\n <I32>x</I32>\n</Objs>", 3, range(2, 15), before=b"1\n")
        self.refused("<Objs>\n<I32>1</I32>\n <Nope />\n</Objs>", 3, range(2, 11), before=b"1\n")
        self.refused("<Objs>\n<I32>1</I32>", 2, [13], before=b"1\n")
        self.assertIn("DOCTYPE", self.refused("\n<!DOCTYPE S [<!ENTITY a 'b'>]><S>&a;</S>", 2,
                                              range(1, 32)))
        self.assertIn("100", self.refused('<Obj RefId="0"><LST>' * 101, 1, range(2001, 2021)))
        self.refused(("\ufeff<S>a\n\n<b/></S>").encode("utf-16-le"), 3, range(1, 6))
        # In an array, too, what was whole stays.
        self.refused("<Objs><S>a</S><S>b</S><I32>", 1, [28], "-o", "json", before=b'["a",\n"b"]\n')

    def test_files(self):
        self.usage(winch("decode", "/no/such"), "/no/such", "No such file")
        self.usage(winch("decode", "/"), "directory")
        self.usage(winch("decode", "a", "b"), "one FILE")
        self.usage(winch("decode", "--from", "yaml"), "--from yaml")
        self.usage(winch("decode", "-o", "tostring", "/dev/null"), "-o tostring")
        name = self.file("<I32>1</I32>", name="-c")
        r = winch("decode", "--", os.path.basename(name), cwd=os.path.dirname(name))
        self.assertEqual((r.status, r.out), (DONE, b"1\n"), r)

    def test_values_come_as_they_arrive(self):
        r, w = os.pipe()
        program = Program("decode", stdin=r)
        os.close(r)
        os.write(w, b"<Objs><I32>1</I32>")
        program.wait_for(b"1\n")
        os.write(w, b"<I32>2</I32></Ob")
        program.wait_for(b"2\n")
        os.write(w, b"js>")
        os.close(w)
        done = program.finish()
        self.assertEqual((done.status, done.out), (DONE, b"1\n2\n"), done)

    def test_stdout(self):
        many = "<Objs>" + "<S>%s</S>" % ("x" * 1000) * 2000 + "</Objs>"
        program = Program("decode", self.file(many), stdout=subprocess.PIPE)
        program.process.stdout.readline()
        program.process.stdout.close()
        r = program.finish()
        self.assertEqual((r.status, r.err), (CLOSED, ""), r)
        with open("/dev/full", "wb") as full:
            r = Program("decode", self.file(many), stdout=full).finish()
        self.assertEqual(r.status, USAGE)
        self.one_line(r, "stdout", "No space left")

    def big(self, size):
        """A file with an <Objs> whose last children refer to its first, and to one in its middle."""
        head = '<Objs><Obj RefId="a"><MS><S N="x">first</S></MS></Obj>'
        pad = "<Obj RefId=\"p\"><LST>" + "<S>%s</S>" % ("y" * 100) * 50 + "</LST></Obj>"
        half = size // 2 // len(pad)
        middle = '<Obj RefId="m"><MS><S N="x">middle</S></MS></Obj>'
        path = self.file(head)
        with open(path, "a") as f:
            f.writelines(pad for _ in range(half))
            f.write(middle)
            f.writelines(pad for _ in range(half))
            f.write('<Ref RefId="m" /><Ref RefId="a" /></Objs>')
        return path

    def test_memory_and_what_is_read_again(self):
        path, temporary = self.big(48 << 20), self.folder()
        small = winch("decode", self.big(1 << 20))
        for from_pipe in (False, True):
            with tempfile.TemporaryFile() as out:
                if from_pipe:
                    with subprocess.Popen(["cat", path], stdout=subprocess.PIPE) as cat:
                        r = winch("decode", env={"TMPDIR": temporary}, stdin=cat.stdout, stdout=out)
                else:
                    r = winch("decode", path, stdout=out)
                end = b'\n{"x":"middle"}\n{"x":"first"}\n'
                self.assertEqual(os.pread(out.fileno(), 99, os.fstat(out.fileno()).st_size - len(end)),
                                 end)
            self.assertEqual((r.status, r.err), (DONE, ""))
            self.assertEqual(os.listdir(temporary), [])
            if "asan" not in BUILD:  # of a pipe 16 MiB are kept
                self.assertLess(r.mib - small.mib, 24 if from_pipe else 4, (r.mib, small.mib))


if __name__ == "__main__":
    unittest.main()
