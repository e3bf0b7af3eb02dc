"""Promise: your AWS code runs unchanged. The JavaScript SDK's tests in tests/js, one case here for each of theirs."""

import pathlib
import re
import shutil
import subprocess

import pytest
from blackbox_server import ROOT

FOLDER = ROOT / "tests" / "js"
TESTS = [(path.name, name) for path in sorted(FOLDER.glob("*.test.mjs"))
         for name in re.findall(r"^test\('([^']+)'", path.read_text(encoding="utf-8"), re.MULTILINE)]


@pytest.fixture(scope="module")
def outcomes(server):
    """What node's TAP report says of each test: whether it passed, and all that was printed of it."""
    assert shutil.which("node"), "the tests need node"
    assert (FOLDER / "node_modules").is_dir(), "run `./dev test` or `npm ci` in tests/js first"
    done = subprocess.run(["node", "--test", "--test-reporter=tap", *sorted(map(str, FOLDER.glob("*.test.mjs")))],
                          cwd=FOLDER, env=server.environment(), capture_output=True, text=True, timeout=300, check=False)
    reports = re.split(r"^ *# Subtest: ", done.stdout, flags=re.MULTILINE)[1:]
    return {report.split("\n", 1)[0]: report for report in reports}, done.stdout + done.stderr


@pytest.mark.parametrize("file, name", TESTS, ids=[f"{pathlib.Path(file).stem} {name}" for file, name in TESTS])
def test_in_javascript(outcomes, file, name):
    reports, everything = outcomes
    report = reports.get(name)
    assert report is not None, f"{file} did not run `{name}`:\n{everything}"
    assert re.search(r"^ *ok \d+", report, re.MULTILINE), f"{file}:\n{report}"


def test_every_javascript_test_is_a_case_here(outcomes):
    ran = {name for name in outcomes[0] if not name.endswith(".mjs")}
    assert ran == {name for _, name in TESTS}
