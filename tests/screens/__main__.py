"""Draw all pictures anew."""

import tempfile
from pathlib import Path

from tests import screens
from tests.process import end_fork_server

if __name__ == "__main__":
    for name in screens.NAMES:
        with tempfile.TemporaryDirectory() as home:
            screens.path(name).write_text(screens.draw(name, Path(home)), "utf-8")
    end_fork_server()
