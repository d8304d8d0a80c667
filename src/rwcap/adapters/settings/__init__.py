"""The user's folders, the API key, and files of settings."""

from rwcap.adapters.settings.credentials import (
    KEY_VARIABLES,
    Key,
    account,
    check_key,
    credentials_file,
    has_key,
    key,
    remove_key,
    save_key,
)
from rwcap.adapters.settings.documents import (
    Document,
    config_file,
    parse,
    project_settings,
    user_settings,
)
from rwcap.adapters.settings.folders import config_folder, data_folder
from rwcap.adapters.settings.official import official_key, read_key
from rwcap.adapters.settings.writing import drafts, write_whole

__all__ = [
    "KEY_VARIABLES",
    "Document",
    "Key",
    "account",
    "check_key",
    "config_file",
    "config_folder",
    "credentials_file",
    "data_folder",
    "drafts",
    "has_key",
    "key",
    "official_key",
    "parse",
    "project_settings",
    "read_key",
    "remove_key",
    "save_key",
    "user_settings",
    "write_whole",
]
