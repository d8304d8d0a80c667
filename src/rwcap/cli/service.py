"""A service: its ledger folder and its options."""

import os
from typing import TYPE_CHECKING, NamedTuple, Self

from rwcap.cli.settings.option_settings import OPTION_SETTINGS

if TYPE_CHECKING:
    from rwcap.cli.options.connection import Account


class Service(NamedTuple):
    """A service and an account."""

    sandbox: bool
    api_url: str | None
    timeout: float
    """Seconds to wait for a reply."""
    profile: str | None = None
    """The profile whose key is used."""

    @classmethod
    def from_options(cls, account: "Account") -> Self:
        """Return the service for the options of a command."""
        return cls(
            sandbox=account.sandbox,
            api_url=account.api_url,
            timeout=account.timeout,
            profile=account.profile,
        )

    @property
    def options(self) -> str:
        """Return the options that select this service in another command."""
        if self.sandbox:
            return "--sandbox"
        options = []
        if self.api_url not in {
            None,
            "",
            OPTION_SETTINGS.get("api_url"),
            _variable("API_URL"),
        }:
            import shlex

            options.append(f"--api-url {shlex.quote(str(self.api_url))}")
        if self.profile and self.profile != _variable("PROFILE"):
            options.append(f"--profile {self.profile}")
        return " ".join(options)

    @property
    def name(self) -> str:
        """Return the name of the ledger folder.

        It contains the address without credentials and without the query string.
        """
        if self.sandbox:
            return "sandbox"
        from rwcap.settings import credentials

        name = _ledger_name(self.api_url) if self.api_url else "ledger"
        # Each account has its own ledger.
        account = credentials.key_profile(os.environ, self.profile)
        return f"{name}@{account}" if account else name


def _ledger_name(api_url: str) -> str:
    """Return the name of the ledger of an address, without the account."""
    import re

    from rwcap.api.wire import API_URL
    from rwcap.core.text import strip_url_secrets

    url = strip_url_secrets(api_url.strip()).lower()
    address = re.sub("^(https://[^/]+):443(?=/|$)", r"\1", url).rstrip("/")
    plain = re.sub("[^a-z0-9.-]+", "-", address)[:100]
    return "ledger" if address == API_URL else f"ledger-{plain}"


def _variable(name: str) -> str | None:
    return os.environ.get(f"RWCAP_{name}")
