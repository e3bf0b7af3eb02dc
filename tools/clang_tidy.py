"""clang-tidy over the server's sources, several at a time. Findings are errors (see .clang-tidy).

Most of its time goes to the headers that a source includes, so sources that are compiled alike are read together, as one
that includes them. One that cannot be read with those before it (both have a name of their own that is the same) is read
apart.

Sources that were clean, and whose preprocessed text and settings have not changed, are not read again: what was clean is
kept in the build folder by content hash."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
CLEAN = BUILD / "clang-tidy-clean"
SOURCES_AT_ONCE = 10


@dataclass(frozen=True)
class Group:
    """Sources that are compiled by one command, and that command without them."""

    command: tuple[str, ...]
    sources: tuple[str, ...]

    def text(self) -> str:
        return "".join(f'#include "{source}"\n' for source in self.sources)

    def key(self) -> str:
        text = subprocess.run([*self.command, "-E", "-P", "-x", "c++", "-"], input=self.text().encode(), cwd=BUILD,
                              capture_output=True, check=True).stdout
        return hashlib.sha256(text + (ROOT / ".clang-tidy").read_bytes()).hexdigest()

    def without(self, apart: set[str]) -> list["Group"]:
        rest = tuple(source for source in self.sources if source not in apart)
        return [Group(self.command, rest), Group(self.command, tuple(sorted(apart)))]


def command_of(entry: dict) -> tuple[str, ...]:
    kept, skip = [], 0
    for word in shlex.split(entry["command"]):
        if skip:
            skip -= 1
        elif word in ("-o", "-MF", "-MT"):
            skip = 1
        elif word not in ("-c", "-MD", entry["file"]):
            kept.append(word)
    return tuple(kept[1:] if kept[0].endswith("ccache") else kept)


def groups_of(entries: list[dict]) -> list[Group]:
    by_command: dict[tuple[str, ...], list[str]] = {}
    for entry in entries:
        by_command.setdefault(command_of(entry), []).append(entry["file"])
    return [Group(command, tuple(sorted(files)[first:first + SOURCES_AT_ONCE])) for command, files in by_command.items()
            for first in range(0, len(files), SOURCES_AT_ONCE)]


def check(group: Group) -> str:
    marker = CLEAN / group.key()
    if marker.exists():
        return ""
    together = CLEAN / f"{marker.name}.cc"
    together.write_text(group.text())
    result = subprocess.run(["clang-tidy-19", "--quiet", together, "--", *group.command[1:]], cwd=BUILD,
                            capture_output=True, text=True)
    together.unlink()
    if result.returncode == 0 and "warning:" not in result.stdout:
        marker.touch()
        return ""
    apart = set(re.findall(r"^(/.*?):\d+:\d+: error: .*\[clang-diagnostic-error\]$", result.stdout, re.MULTILINE))
    if apart and apart < set(group.sources):
        return "".join(check(part) for part in group.without(apart))
    return result.stdout or result.stderr


def main() -> int:
    CLEAN.mkdir(parents=True, exist_ok=True)
    entries = [entry for entry in json.loads((BUILD / "compile_commands.json").read_text())
               if entry["file"].startswith(str(ROOT / "src") + "/") and not entry["file"].endswith("_test.cc")]
    groups = groups_of(entries)
    done = failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for group, findings in zip(groups, pool.map(check, groups)):
            done += len(group.sources)
            if findings:
                failed += 1
                print(findings)
            print(f"clang-tidy: {done} of {len(entries)} files, {failed} groups with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
