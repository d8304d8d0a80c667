"""The long form: `python -m tests.fuzz TARGET... [--seconds N]`, guided by coverage.

It prints what atheris prints, with the number of executions at the end. Input that
fails is stored as `crash-...` in the current folder.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["rwcap"]):
    from tests.fuzz.targets import TARGETS, seeds

LONGEST = 65_536
"""Bytes of an input."""


def main() -> None:
    """Fuzz the targets that are named, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("targets", nargs="+", choices=TARGETS, metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=300)
    given = parser.parse_args()
    if len(given.targets) > 1:  # libFuzzer ends its process
        for name in given.targets:
            command = [sys.executable, "-m", "tests.fuzz", name]
            subprocess.run([*command, f"--seconds={given.seconds}"], check=False)
        return
    (name,) = given.targets
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(seeds(name)):
            Path(folder, str(number)).write_bytes(seed)
        options = [
            f"-max_total_time={given.seconds}",
            f"-max_len={LONGEST}",
            "-print_final_stats=1",
            f"-timeout={min(given.seconds, 60)}",
        ]
        atheris.Setup([sys.argv[0], *options, folder], TARGETS[name].run)
        os.environ.pop("RWCAP_API_KEY", None)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
