"""Certificates and keys of clients, in the forms that there are, by openssl."""
import os
import subprocess

PHRASE = "geheim-€-Zq9"


def openssl(*args):
    subprocess.run(["openssl", *args], check=True, stdin=subprocess.DEVNULL, capture_output=True)


class Files:
    """An authority, and certificates with their keys in the forms that there are."""

    def __init__(self, folder):
        self.folder = folder
        self.make_authority("ca", "client CA")
        self.make("anna", "CN=anna,O=Exämple", "ec", "ec_paramgen_curve:P-256")
        self.make("bob", "CN=bob", "rsa", "rsa_keygen_bits:2048")
        self.make_authority("own", "anna")
        pair = ["-in", self["anna.pem"], "-inkey", self["anna.key"]]
        openssl("pkcs12", "-export", *pair, "-certfile", self["ca.pem"], "-passout", "pass:" + PHRASE,
                "-out", self["anna.p12"])
        openssl("pkcs12", "-export", *pair, "-passout", "pass:", "-out", self["open.p12"])
        openssl("pkcs8", "-topk8", "-in", self["anna.key"], "-passout", "pass:" + PHRASE, "-out", self["locked.key"])
        openssl("ec", "-in", self["anna.key"], "-aes256", "-passout", "pass:" + PHRASE, "-out", self["old.key"])
        with open(self["both.pem"], "w") as both:
            for name in "anna.key", "anna.pem", "ca.pem":
                with open(self[name]) as part:
                    both.write(part.read())
        for name in os.listdir(folder):
            os.chmod(self[name], 0o600)

    def __getitem__(self, name):
        return os.path.join(self.folder, name)

    def make_authority(self, name, subject):
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={subject}",
                "-keyout", self[name + ".key"], "-out", self[name + ".pem"])

    def make(self, name, subject, kind, option):
        openssl("req", "-utf8", "-newkey", kind, "-pkeyopt", option, "-nodes", "-subj", "/" + subject.replace(",", "/"),
                "-keyout", self[name + ".key"], "-out", self[name + ".csr"])
        openssl("x509", "-req", "-in", self[name + ".csr"], "-CA", self["ca.pem"], "-CAkey", self["ca.key"],
                "-CAcreateserial", "-days", "2", "-out", self[name + ".pem"])
