"""`python -m rwcap.reference`, in a clone: write man pages and completions."""

import sys
from pathlib import Path

from rwcap.reference.files import render


def main(root: Path) -> None:
    """Write every generated file below `root` and print the changed ones."""
    for name, text in render((root / "CHANGELOG.md").read_text("utf-8")).items():
        path = root / name
        before = path.read_text("utf-8") if path.exists() else ""
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8", newline="\n")
        if text != before:
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main(Path())
