"""Where an image lies below the folder that was named.

Captions may be written to the same place below another folder, so no such path
leads out of it.
"""

import os
from pathlib import Path


def base_name(path: str) -> str:
    """Return the mere name of a file; empty for what is no name."""
    found = Path(path).name
    return "" if found == ".." else found


def inside(path: str) -> str:
    """Return a relative path in its shortest form, with `/` between folders.

    One that is absolute or leaves the folder is cut to its mere name.
    """
    shortest = os.path.normpath(path).replace(os.sep, "/")
    if Path(path).is_absolute() or shortest.startswith("../"):
        return base_name(path)
    return "" if shortest in {".", ".."} else shortest
