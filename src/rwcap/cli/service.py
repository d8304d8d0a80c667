"""A service: its options, the folder of its ledger, and the connections to it."""

import os
from collections.abc import Callable
from contextlib import ExitStack, suppress
from threading import local
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from rwcap.cli.settings.option_settings import OPTION_SETTINGS
from rwcap.core.errors import LedgerError, NoKeyError

if TYPE_CHECKING:
    from rwcap.api.client import Client
    from rwcap.api.wire import Reply
    from rwcap.cli.options.connection import Account
    from rwcap.settings.credentials import ApiKey

_SANDBOX: Final = "sandbox"
"""The name of the sandbox's ledger folder."""

_DEFAULT: Final = "ledger"
"""The name of the ledger folder of Runware and the default account. The names of the
others begin with it: `ledger-ADDRESS@PROFILE`."""


class Service(NamedTuple):
    """A service and an account."""

    sandbox: bool
    api_url: str | None
    timeout: float
    """Seconds to wait for a reply."""
    profile: str | None = None
    """The profile whose key is used."""
    secrets: tuple[str, ...] = ()
    """What the service may repeat of a request and nobody may read."""

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
            return _SANDBOX
        from rwcap.settings import credentials

        name = _ledger_name(self.api_url) if self.api_url else _DEFAULT
        # Each account has its own ledger.
        account = credentials.key_profile(os.environ, self.profile)
        return f"{name}@{account}" if account else name

    def check_url(self) -> None:
        """Raise `ConfigError` if the key must not be sent to the URL."""
        if self.api_url is not None and not self.sandbox:
            from rwcap.api.address import parse_url

            parse_url(self.api_url)

    def options_for(self, ledger: str) -> str:
        """Return the options that select another ledger, by the name of its folder.

        The name does not have the whole address; `URL` stands for it.
        """
        if ledger == _SANDBOX:
            return "--sandbox"
        address, _, profile = ledger.partition("@")
        here = self._replace(sandbox=False, profile=None)
        options = [here.options] if here.options else []
        if address != here.name:
            from rwcap.api.wire import API_URL

            is_set = OPTION_SETTINGS.get("api_url") or _variable("API_URL")
            if address != _DEFAULT:
                options = ["--api-url URL"]
            else:
                options = [f"--api-url {API_URL}"] if is_set else []
        return " ".join([*options, *([f"--profile {profile}"] if profile else [])])


def ledger_title(ledger: str) -> str:
    """Return what is in a ledger, by the name of its folder."""
    if ledger == _SANDBOX:
        return "the sandbox"
    address, _, profile = ledger.partition("@")
    parts = []
    if address != _DEFAULT:
        parts.append(f"the address {address.removeprefix(f'{_DEFAULT}-')}")
    if profile:
        parts.append(f"profile {profile}")
    return ", ".join(parts) or "the default account"


def _ledger_name(api_url: str) -> str:
    """Return the name of the ledger of an address, without the account."""
    import re

    from rwcap.api.wire import API_URL
    from rwcap.core.text import strip_url_secrets

    url = strip_url_secrets(api_url.strip()).lower()
    address = re.sub("^(https://[^/]+):443(?=/|$)", r"\1", url).rstrip("/")
    plain = re.sub("[^a-z0-9.-]+", "-", address)[:100]
    return _DEFAULT if address == API_URL else f"{_DEFAULT}-{plain}"


def _variable(name: str) -> str | None:
    return os.environ.get(f"RWCAP_{name}")


class Connections:
    """A client for each thread, created at its first use."""

    def __init__(
        self,
        service: Service,
        notify: Callable[[str], None],
        key: "ApiKey | None" = None,
    ) -> None:
        """Create connections without connecting.

        Args:
            service: The service and the account.
            notify: Receives a message if the sandbox cannot store its tasks.
            key: The API key; None for the stored one.
        """
        self._service = service
        self._key = key
        self._notify = notify
        self._local = local()
        self._clients = ExitStack()
        self._is_checked = service.sandbox

    def check(self) -> None:
        """Raise `ConfigError` if no client can be created.

        A missing key is no such error: each image is reported without a caption.
        """
        if not self._is_checked:
            with suppress(NoKeyError):
                self._client()
            self._is_checked = True

    def post(self, body: bytes) -> "Reply":
        """Send a purchase on the connection of this thread."""
        return self._client().post(body)

    def query(self, body: bytes) -> "Reply":
        """Send a query on the connection of this thread."""
        return self._client().query(body)

    def close(self) -> None:
        """Close all connections. No thread may use them any more."""
        self._clients.close()

    def _client(self) -> "Client":
        found: Client | None = getattr(self._local, "client", None)
        if found is None:
            found = self._local.client = self._connect()
            self._clients.enter_context(found)
        return found

    def _connect(self) -> "Client":
        from rwcap.api.client import Client
        from rwcap.api.wire import API_URL
        from rwcap.settings import credentials

        timeout, url = self._service.timeout, self._service.api_url
        if self._service.sandbox:
            answer = self._sandbox()
            return Client(key="sandbox", handler=answer, timeout=timeout)
        found = self._key or credentials.load_key(os.environ, self._service.profile)
        return Client(
            key=found.key,
            key_hint=found.hint,
            url=API_URL if url is None else url,
            timeout=timeout,
            secrets=self._service.secrets,
        )

    def _sandbox(self) -> "Callable[[str | None, bytes], Reply]":
        import sqlite3

        from rwcap.api.sandbox.service import Sandbox
        from rwcap.settings import folders

        try:
            service = Sandbox(folders.data_folder() / "sandbox.sqlite3")
        except (OSError, sqlite3.Error) as error:
            self._notify(f"the sandbox cannot store its tasks: {error}")
            service = Sandbox()

        def answer(authorization: str | None, body: bytes) -> "Reply":
            try:
                return service.handle(authorization, body)
            except sqlite3.Error as error:
                raise LedgerError(
                    f"the sandbox cannot store the task: {error}"
                ) from error

        return answer
