"""The structure rules of the house, as a check: which layer may include which, how long files and functions may
be, and a few words that have a better replacement. Prints what it found and the sizes of the code base; any
finding fails. Each message names what to write instead."""

import pathlib
import re
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A folder below src/ may include those before it and itself. `api` is what the generator writes.
LAYERS = ["base", "io", "store", "oci", "wire", "api", "identity", "checkpoint", "sandbox", "zygote", "execution", "delivery", "services", "server"]
# Folders inside a layer that stand on less than it.
INNER_LAYERS = {
    "identity/policy": ["base", "identity/policy"],
    "services/lambda/durable": ["base", "io", "store", "wire", "api", "execution", "delivery", "services/lambda"],
    "services/dynamodb/item": ["base", "services/dynamodb/item"],
    "services/dynamodb/expression": ["base", "services/dynamodb/item", "services/dynamodb/expression"],
    "services/dynamodb/partiql": ["base", "services/dynamodb/item", "services/dynamodb/expression", "services/dynamodb/partiql"],
}

FILE_LINES_MAX = 700
FUNCTION_LINES_MAX = 70
# Longer than the rule and why; entries only ever leave this list.
EXCEPTIONS: dict[str, str] = {}

# Pattern, folders where it is right, what to write instead.
WORDS = [
    (r"\bstd::j?thread\b(?!::)", ("base", "io"), "io::ThreadPool or a task in an io::TaskScope"),
    (r"\bsleep_for\(std::this_thread|\bstd::this_thread::sleep|\busleep\(|[^_]\bsleep\(", ("base", "io"), "co_await io::sleep_for"),
    (r"\b(system|steady|high_resolution)_clock::now\b", ("base", "io"), "the Clock that was passed in"),
    (r"\bstd::rand\b|\brandom_device\b|\bmt19937\b", ("base",), "base/random.h"),
    (r"(?<![\w.>])delete\s+[a-z_]", (), "std::unique_ptr"),
    (r"^(?!.*unique_ptr<).*(?<![\w\"])new [A-Z]\w*[({]", (), "std::make_unique"),
    (r"^\s*(std::)?(lock_guard|scoped_lock|unique_lock)(<[^>]*>)?[({]", (), "a lock with a name, which lives to the end of its block"),
    (r"\b(FIXME|XXX|HACK|TODO)\b", (), "an issue, or the thing itself"),
]


def layer_of(path: pathlib.PurePath) -> str | None:
    return path.parts[1] if len(path.parts) > 2 and path.parts[0] == "src" else None


def included_layer(include: str) -> str | None:
    head = include.split("/")[0]
    return head if head in LAYERS and "/" in include else None


def check_includes(path: pathlib.PurePath, lines: list[str]) -> list[str]:
    layer = layer_of(path)
    if layer not in LAYERS:
        return []
    found = []
    for number, line in enumerate(lines, 1):
        match = re.match(r'#include "([^"]+)"', line)
        if not match:
            continue
        other = included_layer(match[1])
        if other == "api" and path.name.endswith("_test.cc"):
            continue  # tests of the codecs use real shapes
        if other and LAYERS.index(other) > LAYERS.index(layer):
            found.append(f"{path}:{number}: {layer} may not include {other}; ask for an interface declared below")
        inner = "/".join(path.parts[1:-1])
        if other and inner in INNER_LAYERS and not match[1].startswith(tuple(f"{one}/" for one in INNER_LAYERS[inner])):
            found.append(f"{path}:{number}: {inner} may include {' and '.join(INNER_LAYERS[inner])} only")
        if layer == "services" and other == "services" and match[1].split("/")[1] != path.parts[2]:
            found.append(f"{path}:{number}: a service never includes another; use delivery or call by name (wire)")
    return found


def check_words(path: pathlib.PurePath, lines: list[str]) -> list[str]:
    layer = layer_of(path)
    is_test = path.name.endswith("_test.cc")
    if layer is None:
        return []
    found = []
    for number, line in enumerate(lines, 1):
        code = re.sub(r'"(\\.|[^"\\])*"', '""', line).split("//")[0]
        for pattern, homes, instead in WORDS:
            if layer in homes or (is_test and "thread" in pattern) or not re.search(pattern, code):
                continue
            if "NOLINT" not in line:
                found.append(f"{path}:{number}: {line.strip()!r}; write {instead}")
        # Members are where ownership is decided; what hands a shared object on follows from them.
        if re.search(r"shared_ptr<.*>+ \w+_;", code) and layer not in ("base", "io"):
            near = " ".join(lines[max(0, number - 4):number])
            if "//" not in near:
                found.append(f"{path}:{number}: shared_ptr needs its reason in a comment beside it")
    return found


def function_lengths(lines: list[str]) -> list[tuple[int, int]]:
    """(first line, length) of each brace block that starts at column 0 or inside a namespace or class with a
    parenthesis before its brace. The formatter keeps the closing brace at the indent of the first line."""
    found = []
    number = 0
    while number < len(lines):
        line = lines[number]
        starts = re.match(r"^(\s*)(?!namespace|struct|class|enum|union|else|using|extern|constexpr .*=)[^\s#/}].*\)\s*"
                          r"(const|noexcept|override|final|->\s*\S+|\s)*\{$", line)
        if starts:
            first = number  # of a head that takes several lines
            while lines[first - 1].endswith(("(", ",")) or lines[first].lstrip().startswith(":"):
                first -= 1
            indent = re.match(r"\s*", lines[first])[0]
            end = next((i for i in range(number + 1, len(lines)) if lines[i].startswith(indent + "}")
                        and not lines[i].startswith(indent + "} ")), None)
            if end is not None:
                found.append((first + 1, end - first + 1))
        number += 1
    return found


def check_sizes(path: pathlib.PurePath, lines: list[str]) -> list[str]:
    if str(path) in EXCEPTIONS:
        return []
    found = []
    if len(lines) > FILE_LINES_MAX:
        found.append(f"{path}: {len(lines)} lines, at most {FILE_LINES_MAX}; split it by concept")
    if path.suffix in (".cc", ".h"):
        for first, length in function_lengths(lines):
            if length > FUNCTION_LINES_MAX:
                found.append(f"{path}:{first}: a function of {length} lines, at most {FUNCTION_LINES_MAX}")
    return found


def check_openings(path: pathlib.PurePath, lines: list[str]) -> list[str]:
    found = []
    is_test = path.name.endswith(("_test.cc", ".test.mjs")) or (
        path.parts[0] == "tests" and path.name.startswith("test_"))
    if is_test and not any("Promise:" in line for line in lines[:12]):
        found.append(f"{path}: a test file opens with `Promise: ...`, which of the promises it keeps")
    if path.suffix == ".h" and path.parts[0] == "src":
        if not lines or not lines[0].startswith("//"):
            found.append(f"{path}: a header opens with what it is for")
        if not any(line.startswith("#pragma once") for line in lines[:25]):
            found.append(f"{path}: #pragma once is missing")
    if path.suffix == ".md":
        fenced = False
        titles = 0
        for line in lines:
            fenced ^= line.startswith("```")
            titles += not fenced and line.startswith("# ")
        if titles != 1:
            found.append(f"{path}: a page has one title, this one {titles}")
    return found


def percentile(values: list[int], share: float) -> int:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0


def main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT,
                            capture_output=True, text=True, check=True)
    found: list[str] = []
    headers: list[int] = []
    sources: list[int] = []
    for name in filter(None, listed.stdout.split("\0")):
        path = pathlib.PurePosixPath(name)
        full = ROOT / path
        if path.suffix not in (".cc", ".h", ".py", ".mjs", ".js", ".md", ".toml", ".cmake") or not full.is_file():
            continue
        lines = full.read_text(encoding="utf-8").splitlines()
        if path.suffix != ".md":
            found += check_sizes(path, lines)
        found += check_openings(path, lines)
        if path.suffix in (".cc", ".h"):
            found += check_includes(path, lines) + check_words(path, lines)
            if path.parts[0] == "src" and not path.name.endswith("_test.cc"):
                (headers if path.suffix == ".h" else sources).append(len(lines))
    print(f"headers: median {statistics.median(headers or [0]):.0f} lines, p90 {percentile(headers, .9)}; "
          f"sources: median {statistics.median(sources or [0]):.0f}, p90 {percentile(sources, .9)}")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
