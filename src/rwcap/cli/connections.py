"""Connections to a service, one for each thread."""

import os
from collections.abc import Callable
from contextlib import ExitStack
from threading import local
from typing import TYPE_CHECKING

from rwcap.api.wire import API_URL, Reply
from rwcap.cli.service import Service
from rwcap.core.errors import LedgerError
from rwcap.settings import credentials, folders

if TYPE_CHECKING:
    from rwcap.api.client import Client


class Connections:
    """A client for each thread, created at its first use."""

    def __init__(
        self,
        service: Service,
        notify: Callable[[str], None],
        key: str | None = None,
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

    def post(self, body: bytes) -> Reply:
        """Send a purchase on the connection of this thread."""
        return self._client().post(body)

    def query(self, body: bytes) -> Reply:
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

        timeout, url = self._service.timeout, self._service.api_url
        if self._service.sandbox:
            answer = self._sandbox()
            return Client(key="sandbox", handler=answer, timeout=timeout)
        return Client(
            key=self._key
            or credentials.load_key(os.environ, self._service.profile).key,
            url=API_URL if url is None else url,
            timeout=timeout,
        )

    def _sandbox(self) -> Callable[[str | None, bytes], Reply]:
        import sqlite3

        from rwcap.api.sandbox.service import Sandbox

        try:
            service = Sandbox(folders.data_folder() / "sandbox.sqlite3")
        except (OSError, sqlite3.Error) as error:
            self._notify(f"the sandbox will not remember this: {error}")
            service = Sandbox()

        def answer(authorization: str | None, body: bytes) -> Reply:
            try:
                return service.handle(authorization, body)
            except sqlite3.Error as error:
                raise LedgerError(f"the sandbox cannot remember: {error}") from error

        return answer
