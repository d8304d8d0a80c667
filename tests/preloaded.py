"""Libraries in C that are loaded before the C library, to change what it answers."""

import subprocess
from pathlib import Path

from tests import programs


def build(name: str, folder: Path) -> Path:
    """Return the library from the source `tests/NAME.c`, compiled."""
    source, built = Path(__file__).with_name(f"{name}.c"), folder / f"{name}.so"
    command = [programs.find("cc"), "-shared", "-fPIC", "-O1", "-Wall", "-Werror"]
    subprocess.run(
        [*command, "-o", built, source, "-ldl", "-lpthread"],
        env={"PATH": programs._PATH},  # cc starts the assembler and the linker
        check=True,
    )
    return built
