"""Packages of Java functions, compiled from sources as a build tool does it."""

import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def compiled(sources, classpath="", release="8"):
    """The classes of these sources by their paths, as {path: bytes}. A source is named by its public class."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        files = []
        for source in sources:
            package = re.search(r"^package ([\w.]+);", source, re.M)
            name = re.search(r"^public (?:final |abstract )*(?:class|interface|enum|record) (\w+)", source, re.M)[1]
            path = root / "sources" / (package[1].replace(".", "/") if package else "") / (name + ".java")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(source, encoding="utf-8")
            files.append(str(path))
        subprocess.run(["javac", "--release", release, "-encoding", "UTF-8", "-nowarn", "-Xlint:-options", "-d", str(root / "classes"),
                        "-cp", f"{core_classes()}:{classpath}", *files], check=True)
        return {str(path.relative_to(root / "classes")): path.read_bytes() for path in (root / "classes").rglob("*.class")}


_CORE = {}


def core_classes():
    """A folder with the compiled interfaces."""
    if not _CORE:
        folder = tempfile.TemporaryDirectory()
        files = [str(path) for path in (ROOT / "runtimes" / "java").rglob("*.java")]
        subprocess.run(["javac", "--release", "8", "-nowarn", "-Xlint:-options", "-d", folder.name, *files], check=True)
        _CORE["folder"] = folder
    return _CORE["folder"].name


def jar(files):
    """A jar of {path: bytes}."""
    from blackbox_server import package

    return package(files)


def core_jar():
    """The interfaces as a package brings them along."""
    root = pathlib.Path(core_classes())
    return jar({str(path.relative_to(root)): path.read_bytes() for path in (root / "com").rglob("*.class")})
