"""Writes docs/compatibility.md: which operations of which service are served, and what differs (differences.md)."""
import pathlib

DIFFERENCES = pathlib.Path(__file__).with_name("differences.md")

INTRODUCTION = """# Compatibility

Made from `api/*.toml` and the published models by `tools/modelgen/modelgen.py --compatibility`; a test keeps it
fresh. Operations that are not listed answer `NotImplemented` (501) by their name.
"""


def render(models):
    lines = [INTRODUCTION, "| Service | API version | Protocol | Served | Known |", "|---|---|---|---|---|"]
    for model in models:
        meta = model.metadata
        lines.append(f"| {meta['serviceFullName']} | {meta['apiVersion']} | {model.protocol} | {len(model.served)} | "
                     f"{len(model.operations)} |")
    lines += ["", "#" + DIFFERENCES.read_text(encoding="utf-8").rstrip()]  # its title is a section's here
    for model in models:
        if not model.served:
            continue
        lines += ["", f"## {model.metadata['serviceFullName']}", "", "| Operation | Permission |", "|---|---|"]
        for name in model.served:
            action = model.overlay[name]["action"]
            lines.append(f"| {name} | {f'`{action}`' if action else 'none'} |")
    return "\n".join(lines) + "\n"
