"""Generates shapes and tables from published models and overlays.

    modelgen.py api/lambda.toml --output FOLDER      writes FOLDER/lambda.h and lambda.cc
    modelgen.py api/*.toml --compatibility FILE      writes the table of what is served

With --check nothing is written: the exit status tells whether the files are as they would be.
"""
import argparse
import difflib
import os
import sys

import compat
from emit_header import Header
from emit_tables import Tables
from model import Model, ModelError


def read(path):
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        return file.read()


class Sink:
    """Where generated text goes: into files that it changes, or into a comparison with them."""

    def __init__(self, check):
        self.check, self.stale = check, False

    def put(self, path, content):
        current = read(path)
        if current == content:
            return
        if self.check:
            self.stale = True
            sys.stdout.writelines(difflib.unified_diff((current or "").splitlines(True), content.splitlines(True),
                                                       path, "generated"))
            return
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("overlays", nargs="+")
    parser.add_argument("--output", help="folder for the C++ files")
    parser.add_argument("--compatibility", help="file for the table of served operations")
    parser.add_argument("--model", help="a model file in place of the published one")
    parser.add_argument("--depfile", help="written for the build: what the output was made from")
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    try:
        models = [Model(overlay, arguments.model) for overlay in sorted(arguments.overlays)]
    except ModelError as error:
        sys.exit(f"modelgen: {error}")

    sink = Sink(arguments.check)
    for model in models if arguments.output else []:
        header, tables = (os.path.join(arguments.output, model.name + end) for end in (".h", ".cc"))
        sink.put(header, Header(model).render())
        sink.put(tables, Tables(model).render())
        if arguments.depfile:
            sink.put(arguments.depfile, f"{header} {tables}: {model.path}\n")
    if arguments.compatibility:
        sink.put(arguments.compatibility, compat.render(models))
    if sink.stale:
        sys.exit("modelgen: the files above are stale; run without --check")


if __name__ == "__main__":
    main()
