"""The user's folders, the API key, and what is set in a file or the environment."""

from rwcap.adapters.settings.budget import BUDGET_VARIABLES, budget
from rwcap.adapters.settings.credentials import (
    KEY_VARIABLES,
    check_key,
    credentials_file,
    key,
    save_key,
)
from rwcap.adapters.settings.folders import config_folder, data_folder

__all__ = [
    "BUDGET_VARIABLES",
    "KEY_VARIABLES",
    "budget",
    "check_key",
    "config_folder",
    "credentials_file",
    "data_folder",
    "key",
    "save_key",
]
