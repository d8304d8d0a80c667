"""The user's folders, where each operating system keeps them."""

from pathlib import Path

import platformdirs


def config_folder() -> Path:
    """Return the folder of settings and credentials; it may not exist yet."""
    return platformdirs.user_config_path("rwcap", appauthor=False)


def data_folder() -> Path:
    """Return the folder of what rwcap remembers; it may not exist yet."""
    return platformdirs.user_data_path("rwcap", appauthor=False)
