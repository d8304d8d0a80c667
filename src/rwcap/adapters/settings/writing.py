"""Files of settings are replaced as a whole, and only their owner can read new ones."""

import os
import stat
from pathlib import Path
from typing import Final

from rwcap.domain.errors import ConfigError

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""What group and others may do."""


def write_whole(path: Path, text: str, *, secret: bool = False) -> None:
    """Replace the content of a file: it is whole or unchanged, never half written.

    Where the file is a link, as those who keep their settings elsewhere have it, what
    it leads to is replaced. A `secret` is nobody else's to read, and neither is the
    folder that it is in. Raises `ConfigError`.
    """
    # A command that only reads does not pay for it.
    import tempfile

    target = Path(os.path.realpath(path))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if secret:
            _close(path.parent)
        # mkstemp creates with mode 0600: nothing is ever readable by others.
        descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".rwcap-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                if not secret and target.exists():
                    Path(draft).chmod(stat.S_IMODE(target.stat().st_mode))
                os.fsync(descriptor)
            Path(draft).replace(target)
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error


def _close(folder: Path) -> None:
    """Have a folder that is ours be nobody else's."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if os.name == "posix" and mode & OTHERS:
        folder.chmod(mode & ~OTHERS)
