"""What thousands of hostile invokes leave behind on the host: processes, mounts, loop devices, control groups, namespaces,
descriptors, files. Prints a table of before and after, and fails when there is more."""

import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))
from blackbox_server import Server  # noqa: E402
from leaks import HANDLERS, left, settled, torment  # noqa: E402

INVOKES = 10_000


def main() -> int:
    invokes = int(sys.argv[1]) if len(sys.argv) > 1 else INVOKES
    with tempfile.TemporaryDirectory() as folder:
        server = Server(folder + "/data", "--slots-max", "2").start()
        try:
            torment(server, len(HANDLERS))
            before = settled(server)
            began = time.monotonic()
            count, wrong = torment(server, invokes)
            seconds = time.monotonic() - began
            after = settled(server)
        finally:
            server.stop()
    print(f"\n### What {count} hostile invokes of {len(HANDLERS)} kinds leave behind ({seconds:.0f} s, {len(wrong)} answered wrongly)\n")
    print("| | before | after |\n|---|---|---|")
    for what in before:
        print(f"| {what} | {before[what]} | {after.get(what)} |")
    for what, told in wrong[:10]:
        print(f"wrong: a handler that {what}: {told}")
    return 1 if wrong or left(before, after) else 0


if __name__ == "__main__":
    sys.exit(main())
