"""Runs the project's checks and tests, suite by suite, and ends with one line: `N passed, N failed`.

Each suite reports how many of its cases passed, failed and were skipped; a suite that cannot run at all counts
as one failure. What failed, what was skipped and how long each suite took is said again at the end, so that the last
lines tell all.
"""

import argparse
import concurrent.futures
import functools
import os
import pathlib
import re
import subprocess
import sys
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / "build" / "release"
FUZZ_SECONDS = 5
JOBS = str(os.cpu_count() or 2)


@dataclass
class Outcome:
    passed: int = 0
    failed: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def run(command, **options) -> int:
    return subprocess.run([str(part) for part in command], cwd=ROOT, **options).returncode


def build(preset: str, *targets: str) -> bool:
    if not (ROOT / "build" / preset / "build.ninja").exists():
        if run(["cmake", "--preset", preset, f"-DHEARTH_PYTHON={sys.executable}"], stdout=subprocess.DEVNULL):
            return False
    return run(["ninja", "-C", f"build/{preset}", *targets]) == 0


def from_junit(path: pathlib.Path) -> Outcome:
    outcome = Outcome()
    for case in xml.parse(path).getroot().iter("testcase"):
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            folder = case.get("classname")
            outcome.failed.append(case.get("name") if folder == case.get("name") else f"{folder}: {case.get('name')}")
        elif skip is not None or case.get("status") in ("notrun", "disabled"):
            reason = (skip.get("message") if skip is not None else "") or "not run"
            text = re.search(r"Skipped\n(.*)", case.findtext("system-out") or "")
            outcome.skipped.append(f"{case.get('name')}: {text.group(1).strip() if text else reason}")
        else:
            outcome.passed += 1
    return outcome


def one(name: str, ok: bool) -> Outcome:
    return Outcome(passed=1) if ok else Outcome(failed=[name])


def did_not_build(preset: str) -> Outcome:
    return one(f"the build of {preset}", False)


def add(total: Outcome, more: Outcome) -> Outcome:
    return Outcome(total.passed + more.passed, total.failed + more.failed, total.skipped + more.skipped)


def lint() -> Outcome:
    sources = subprocess.run(["git", "ls-files", "-z", "*.cc", "*.h", ":!tools/modelgen/golden"], cwd=ROOT, capture_output=True, text=True)
    files = [name for name in sources.stdout.split("\0") if name]
    outcome = one("clang-format", run(["clang-format-19", "--dry-run", "--Werror", *files]) == 0)
    outcome = add(outcome, one("tools/tidy.py", run([sys.executable, "tools/tidy.py"]) == 0))
    # clang-tidy reads generated and precompiled headers.
    if not build("release"):
        return add(outcome, did_not_build("release"))
    return add(outcome, one("clang-tidy", run([sys.executable, "tools/clang_tidy.py"]) == 0))


def ctest(preset: str, *arguments: str) -> Outcome:
    report = ROOT / "build" / preset / "ctest.xml"
    report.unlink(missing_ok=True)
    run(["ctest", "--test-dir", f"build/{preset}", "-Q", "--output-on-failure", "--no-tests=error", "-j", JOBS,
         "--output-junit", report, *arguments])
    outcome = from_junit(report) if report.exists() else Outcome()
    return outcome if outcome != Outcome() else one(f"ctest of {preset}: it ran nothing", False)


def unit() -> Outcome:
    return ctest("release") if build("release") else did_not_build("release")


def crash() -> Outcome:
    return pytest("crash", "tests/crash") if build("release") else did_not_build("release")


def sanitize() -> Outcome:
    """What handles outside bytes, threads and durable state, under the address and undefined-behaviour checkers.

    The fuzzers come from the same build.
    """
    layers = ["base", "io", "store", "wire", "identity/policy", "identity", "execution", "delivery", "services/lambda", "services/logs",
              "services/dynamodb/item", "services/dynamodb/expression", "services/dynamodb/partiql"]
    targets = [layer.replace("/", "_") + "_test" for layer in layers]
    return ctest("asan", "-R", f"^({'|'.join(layers)}):") if build("asan", *targets) else did_not_build("asan")


def pytest(name: str, *folders: str) -> Outcome:
    if not any((ROOT / folder).is_dir() for folder in folders):
        return Outcome()
    report = BUILD / f"pytest-{name}.xml"
    report.unlink(missing_ok=True)
    # They wait more than they work, so there are more of them than cores. Each process has a server of its own.
    run([sys.executable, "-m", "pytest", "-q", "-ra", "-n", str(2 * int(JOBS)), "--dist", "loadfile", f"--junitxml={report}", *folders])
    return from_junit(report) if report.exists() else one(f"pytest of {name}: it left no report", False)


def blackbox() -> Outcome:
    return pytest("blackbox", "tests/blackbox", "tests/runtimes") if build("release") else did_not_build("release")


def fuzz_one(target: pathlib.Path) -> Outcome:
    corpus = ROOT / "tests/fuzz/corpus" / target.name
    scratch = ROOT / "build/asan/corpus" / target.name
    scratch.mkdir(parents=True, exist_ok=True)
    print(f"fuzzing {target.name} for {FUZZ_SECONDS} s", flush=True)
    seeds = [corpus] if corpus.is_dir() else []
    result = subprocess.run([target, f"-max_total_time={FUZZ_SECONDS}", "-timeout=10", "-rss_limit_mb=2048",
                             f"-artifact_prefix={scratch}/", scratch, *seeds], cwd=ROOT, capture_output=True, text=True, check=False)
    if result.returncode:
        print(result.stdout[-4000:], result.stderr[-8000:])
    return one(target.name, result.returncode == 0)


def fuzz() -> Outcome:
    if not (ROOT / "tests/fuzz/CMakeLists.txt").exists():
        return Outcome()
    if not build("asan", "fuzzers"):
        return did_not_build("asan")
    found = sorted((ROOT / "build/asan/tests/fuzz").glob("fuzz_*"))
    targets = [target for target in found if target.is_file() and os.access(target, os.X_OK)]
    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        return functools.reduce(add, pool.map(fuzz_one, targets), Outcome())


SUITES = {"unit": unit, "lint": lint, "blackbox": blackbox, "crash": crash, "sanitize": sanitize, "fuzz": fuzz}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("suites", nargs="*", choices=[[], *SUITES], default=[])
    chosen = parser.parse_args().suites or list(SUITES)
    total = Outcome()
    said = []
    for name in chosen:
        print(f"\n==> {name}", flush=True)
        began = time.monotonic()
        outcome = SUITES[name]()
        total = add(total, outcome)
        said.append(f"{name}: {outcome.passed} passed, {len(outcome.failed)} failed, {len(outcome.skipped)} skipped "
                    f"in {time.monotonic() - began:.0f} s")
        print(said[-1], flush=True)
    print("", *said, sep="\n")
    for reason in total.skipped:
        print(f"skipped: {reason}")
    for name in total.failed:
        print(f"failed: {name}")
    print(f"{total.passed} passed, {len(total.failed)} failed")
    return 1 if total.failed else 0


if __name__ == "__main__":
    sys.exit(main())
