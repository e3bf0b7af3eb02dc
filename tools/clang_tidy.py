"""clang-tidy over the server's sources, several at a time. Findings are errors (see .clang-tidy).

A file that was clean, and whose preprocessed text and settings have not changed, is not read again: what was
clean is kept in the build folder by content hash."""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
CLEAN = BUILD / "clang-tidy-clean"


def without_outputs(command: list[str]) -> list[str]:
    kept, skip = [], 0
    for word in command:
        if skip:
            skip -= 1
        elif word in ("-o", "-MF", "-MT"):
            skip = 1
        elif word not in ("-c", "-MD"):
            kept.append(word)
    return kept[1:] if kept[0].endswith("ccache") else kept


def key_of(entry: dict) -> str:
    command = without_outputs(shlex.split(entry["command"]))
    text = subprocess.run([*command, "-E", "-P"], cwd=entry["directory"], capture_output=True, check=True).stdout
    return hashlib.sha256(text + (ROOT / ".clang-tidy").read_bytes()).hexdigest()


def check(entry: dict) -> tuple[str, str]:
    name = os.path.relpath(entry["file"], ROOT)
    marker = CLEAN / key_of(entry)
    if marker.exists():
        return name, ""
    result = subprocess.run(["clang-tidy-19", "-p", str(BUILD), "--quiet", entry["file"]], cwd=ROOT,
                            capture_output=True, text=True)
    if result.returncode == 0 and "warning:" not in result.stdout:
        marker.touch()
        return name, ""
    return name, result.stdout or result.stderr


def main() -> int:
    CLEAN.mkdir(parents=True, exist_ok=True)
    entries = [entry for entry in json.loads((BUILD / "compile_commands.json").read_text())
               if entry["file"].startswith(str(ROOT / "src") + "/") and not entry["file"].endswith("_test.cc")]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        for done, (name, findings) in enumerate(pool.map(check, entries), 1):
            if findings:
                failed += 1
                print(findings)
            if done % 10 == 0 or done == len(entries):
                print(f"clang-tidy: {done} of {len(entries)} files, {failed} with findings", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
