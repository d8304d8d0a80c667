"""Reads the data of contact sheets as JSON."""

import json
import re
from binascii import a2b_base64
from pathlib import Path
from typing import Any


def facts(path: Path) -> dict[str, Any]:
    """Return what a sheet says about its run."""
    found: dict[str, Any] = json.loads(_script(path, 'id="facts"'))
    return found


def pictures(path: Path) -> list[dict[str, Any]]:
    """Return the pictures of a sheet."""
    found: list[dict[str, Any]] = json.loads(_script(path, 'id="pictures"'))
    return found


def thumbnails(path: Path) -> list[bytes]:
    """Return the thumbnails of a sheet, empty where there is none."""
    blocks = re.findall(r'class="thumbnails">(.*?)</script>', path.read_text("utf-8"))
    return [a2b_base64(each) for block in blocks for each in json.loads(block)]


def _script(path: Path, attribute: str) -> str:
    (found,) = re.findall(
        rf'<script type="application/json" {attribute}>(.*?)</script>',
        path.read_text("utf-8"),
        re.DOTALL,
    )
    return str(found)
