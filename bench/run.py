"""Runs the benchmarks. Each figure stands beside a floor that was measured in the same run, because machines differ and
are noisy; what counts is the ratio. `./dev bench store lambda` runs those named, no name runs all. `leaks` looks
for what many hostile invokes leave behind instead."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
BENCHES = {
    "store": [ROOT / "build/release/bench/store_bench"],
    "policy": [ROOT / "build/release/bench/policy_bench"],
    "lambda": [sys.executable, ROOT / "bench/lambda_bench.py"],
    "s3": [sys.executable, ROOT / "bench/s3_bench.py"],
    "sqs": [sys.executable, ROOT / "bench/sqs_bench.py"],
    "dynamodb": [sys.executable, ROOT / "bench/dynamodb_bench.py"],
    "leaks": [sys.executable, ROOT / "bench/leaks.py"],
}


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHES)
    unknown = [name for name in chosen if name not in BENCHES]
    if unknown:
        print(f"no benchmark named {unknown[0]}; there are: {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    for name in chosen:
        print(f"== {name}", flush=True)
        subprocess.run([str(part) for part in BENCHES[name]], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
