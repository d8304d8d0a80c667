"""Secrets of a test, and the search for them in whatever may hold them.

A secret is found as it is, and in the encodings in which programs write text: UTF-16,
base64, hexadecimal, percent-encoding and the escapes of JSON.
"""

import base64
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import quote


def encodings(secret: str) -> Iterator[bytes]:
    """Yield the bytes of a secret in each encoding, in lower case."""
    data = secret.encode()
    yield data
    yield secret.encode("utf-16-le")
    yield data.hex().encode()
    yield quote(secret, safe="").encode()
    yield "".join(f"%{byte:02x}" for byte in data).encode()
    yield "".join(f"\\u{ord(character):04x}" for character in secret).encode()
    for shift in range(3):  # the bytes before it change the first characters
        encoded = base64.b64encode(b" " * shift + data)
        yield encoded[4 * bool(shift) : -4]


def pattern(secrets: Iterable[str]) -> re.Pattern[bytes]:
    """Return a pattern for each secret in each encoding."""
    forms = {form for secret in secrets for form in encodings(secret)}
    return re.compile(b"|".join(map(re.escape, forms)), re.IGNORECASE)


def files(folder: Path, wanted: re.Pattern[bytes]) -> list[Path]:
    """Return the files and folders whose name or content has one of the secrets."""
    return [
        path
        for path in folder.rglob("*")
        if wanted.search(os.fsencode(path.name))
        or (path.is_symlink() and wanted.search(os.fsencode(path.readlink())))
        or (path.is_file() and wanted.search(path.read_bytes()))
    ]
