"""A service: the folder of its ledger, and the options that reach it."""

import os
import re
import shlex
from typing import TYPE_CHECKING, NamedTuple, Self

from rwcap.api.wire import API_URL
from rwcap.cli.settings.defaults import HABITS
from rwcap.core.text import strip_url_secrets

if TYPE_CHECKING:
    from rwcap.cli.options.connection import Account


class Service(NamedTuple):
    """A service, and an account there."""

    sandbox: bool
    api_url: str | None
    timeout: float
    """Seconds to wait for an answer."""
    profile: str | None = None
    """The profile whose key is used."""

    @classmethod
    def from_options(cls, account: "Account") -> Self:
        """Return the service that options name."""
        return cls(
            sandbox=account.sandbox,
            api_url=account.api_url,
            timeout=account.timeout,
            profile=account.profile,
        )

    @property
    def options(self) -> str:
        """Return the options with which another command reaches it."""
        if self.sandbox:
            return "--sandbox"
        options = []
        if self.api_url not in {None, "", HABITS.get("api_url"), _variable("API_URL")}:
            options.append(f"--api-url {shlex.quote(str(self.api_url))}")
        if self.profile and self.profile != _variable("PROFILE"):
            options.append(f"--profile {self.profile}")
        return " ".join(options)

    @property
    def name(self) -> str:
        """Return the name of the folder of its ledger.

        Secrets in an address, before the host or after a question mark, are left out.
        """
        if self.sandbox:
            return "sandbox"
        from rwcap.settings import credentials

        url = strip_url_secrets((self.api_url or API_URL).strip()).lower()
        address = re.sub("^(https://[^/]+):443(?=/|$)", r"\1", url).rstrip("/")
        plain = re.sub("[^a-z0-9.-]+", "-", address)[:100]
        name = "ledger" if address == API_URL else f"ledger-{plain}"
        # Each account has a ledger of its own.
        account = credentials.key_profile(os.environ, self.profile)
        return f"{name}@{account}" if account else name


def _variable(name: str) -> str | None:
    return os.environ.get(f"RWCAP_{name}")
