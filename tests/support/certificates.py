"""Certificates of an authority that the tests make for themselves, by the openssl command."""

import pathlib
import subprocess


def openssl(*arguments, data=b""):
    return subprocess.run(["openssl", *arguments], input=data, capture_output=True, check=True).stdout


def make_certificates(folder: pathlib.Path, *names: str):
    """An authority (ca.pem), and what it certified for these names: chain.pem and leaf.key."""
    def path(name):
        return str(folder / name)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test Authority",
            "-keyout", path("ca.key"), "-out", path("ca.pem"))
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + names[0], "-keyout", path("leaf.key"),
            "-out", path("leaf.csr"))
    listed = ",".join("DNS:" + name for name in names)
    (folder / "leaf.ext").write_text(f"subjectAltName={listed}\nextendedKeyUsage=serverAuth\n")
    openssl("x509", "-req", "-in", path("leaf.csr"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-days", "2",
            "-CAcreateserial", "-extfile", path("leaf.ext"), "-out", path("leaf.pem"))
    (folder / "chain.pem").write_text((folder / "leaf.pem").read_text() + (folder / "ca.pem").read_text())
