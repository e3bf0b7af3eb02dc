"""Generates shapes and tables for one service: modelgen.py <api/service.toml> <output folder> [--model FILE]."""
import argparse
import os
import sys

from emit_header import Header
from emit_tables import Tables
from model import Model, ModelError


def write_if_changed(path, content):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            if file.read() == content:
                return
    with open(path, "w", encoding="utf-8") as file:
        file.write(content)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("overlay")
    parser.add_argument("output")
    parser.add_argument("--model", help="a model file in place of the published one")
    parser.add_argument("--depfile", help="written for the build: what the output was made from")
    arguments = parser.parse_args()
    try:
        model = Model(arguments.overlay, arguments.model)
    except ModelError as error:
        sys.exit(f"modelgen: {error}")
    os.makedirs(arguments.output, exist_ok=True)
    header, tables = (os.path.join(arguments.output, model.name + end) for end in (".h", ".cc"))
    write_if_changed(header, Header(model).render())
    write_if_changed(tables, Tables(model).render())
    if arguments.depfile:
        write_if_changed(arguments.depfile, f"{header} {tables}: {model.path}\n")


if __name__ == "__main__":
    main()
