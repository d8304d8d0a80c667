"""Hide what only the tests install from the processes that they start.

Python imports this module when it starts with the folder on `PYTHONPATH`. httpx imports
its own command line, and with it rich, where click is installed: import-linter needs
click, an installation of rwcap has none.
"""

import sys

sys.modules["click"] = None  # type: ignore[assignment]  # makes an import fail
