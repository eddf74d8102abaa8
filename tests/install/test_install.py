"""meson install into an empty folder, and a stranger's program built with what is there."""
import glob
import gzip
import os
import subprocess
import tempfile
import unittest

BUILD = os.environ["WINCH_BUILD"]
HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
CLIXML = (b'<Objs Version="1.1.0.1" xmlns="http://schemas.microsoft.com/powershell/2004/04">'
          b"<I32>42</I32><S>a_x000A_b</S></Objs>")
LANGUAGES = {"C99": ["gcc", "-std=c99"], "C++11": ["g++", "-x", "c++", "-std=c++11"]}


def run(*argv, **how):
    r = subprocess.run(argv, capture_output=True, timeout=120, **how)
    if r.returncode:
        raise AssertionError(f"{argv}: status {r.returncode}\n{r.stdout.decode()}{r.stderr.decode()}")
    return r.stdout


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.root = cls.folder.name
        run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", cls.root)
        cls.prefix = os.path.join(cls.root, "usr", "local")

    def find(self, *names):
        """The only file of that pattern below the prefix."""
        found = glob.glob(os.path.join(self.prefix, *names), recursive=True)
        self.assertEqual(len(found), 1, (names, found))
        return found[0]

    def library_env(self):
        folder = os.path.dirname(self.find("**", "libwinch.so"))
        return dict(os.environ, LD_LIBRARY_PATH=folder)

    def flags(self, what):
        """As pkg-config tells them to somebody for whom the folder is the root."""
        pc = os.path.dirname(self.find("**", "winch.pc"))
        env = dict(os.environ, PKG_CONFIG_PATH=pc, PKG_CONFIG_SYSROOT_DIR=self.root)
        return run("pkg-config", what, "winch", env=env).decode().split()

    def test_every_public_header(self):
        there = os.listdir(os.path.join(self.prefix, "include", "winch"))
        ours = glob.glob(os.path.join(TOP, "include", "winch", "*.h"))
        self.assertEqual(sorted(there), sorted(os.path.basename(h) for h in ours))

    def test_nothing_that_is_not_meant_for_others(self):
        names = [os.path.relpath(os.path.join(d, f), self.prefix)
                 for d, _, files in os.walk(self.prefix) for f in files]
        for name in names:
            self.assertRegex(name, r"\A(bin/winch|include/winch/[a-z]+\.h|lib(64)?/.*libwinch\.so[.0-9]*"
                                   r"|lib(64)?/.*winch\.pc|share/man/man1/winch\.1(\.gz)?"
                                   r"|share/bash-completion/completions/winch\.bash"
                                   r"|share/zsh/site-functions/_winch"
                                   r"|share/fish/vendor_completions\.d/winch\.fish)\Z")
        self.assertEqual(len([n for n in names if "completion" in n or "site-functions" in n]), 3)

    def test_program_needs_no_build_folder(self):
        binary = self.find("bin", "winch")
        loaded = run("ldd", binary, env=self.library_env()).decode()
        self.assertIn(f"libwinch.so.0 => {os.path.dirname(self.find('**', 'libwinch.so'))}", loaded)
        dynamic = run("readelf", "-d", binary).decode()
        self.assertNotIn(os.path.realpath(BUILD), dynamic)
        version = run(binary, "--version", env=self.library_env()).decode()
        self.assertIn(self.flags("--modversion")[0], version)

    def test_man_page_is_the_program_s(self):
        path = self.find("share", "man", "man1", "winch.1*")
        with (gzip.open if path.endswith(".gz") else open)(path, "rb") as f:
            page = f.read()
        self.assertIn(b".TH WINCH 1", page.upper())
        self.assertIn(b"password\\-command", page)

    def test_strangers_program(self):
        for language, compiler in LANGUAGES.items():
            with self.subTest(language):
                out = os.path.join(self.root, language)
                run(*compiler, "-Wall", "-Wextra", "-Wpedantic", "-Werror", *self.flags("--cflags"),
                    os.path.join(HERE, "consumer.c"), "-o", out, *self.flags("--libs"))
                got = run(out, input=CLIXML, env=self.library_env())
                self.assertEqual(got, b'42\n"a\\nb"\n')

    def test_strangers_flags_name_no_other_library(self):
        self.assertEqual([f for f in self.flags("--libs") if f.startswith("-l")], ["-lwinch"])
