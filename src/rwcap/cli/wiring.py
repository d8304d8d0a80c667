"""Create the objects that a command uses: service, ledger, image reader, clock."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from rwcap.api.waiting import sleep
from rwcap.cli.service import Connections, Service
from rwcap.core.errors import (
    Interrupted,
    LedgerError,
    LockedError,
    NoPyarrowError,
    RwcapError,
)
from rwcap.core.source import is_object, local_name
from rwcap.core.text import short_name, strip_control, strip_url_secrets, truncate
from rwcap.settings import folders

if TYPE_CHECKING:
    from rwcap.core.record import Record
    from rwcap.images.limits import PrepareOptions
    from rwcap.images.read import ImageReader
    from rwcap.ledger.ledger import Ledger
    from rwcap.ledger.locks import FileLocks
    from rwcap.ledger.reports.statements import Statements
    from rwcap.outputs.records.parts_folder import PartsFolder
    from rwcap.outputs.records.record_file import RecordFile
    from rwcap.outputs.records.record_formats import TableStyle
    from rwcap.usecases.context import AccountContext, Context
    from rwcap.usecases.writing.output import Records

_SECRET_OPTIONS: Final = {"--webhook-url", "--upload-endpoint", "--api-url"}
"""Options whose values may contain secrets."""

_LEDGER_FILE: Final = "ledger.sqlite3"

_COMMAND_MAX: Final = 1000
"""The greatest length of a command line in the ledger."""


@contextmanager
def open_context(
    service: Service,
    *,
    notify: Callable[[str], None],
    preparation: "PrepareOptions | None" = None,
    on_image_note: Callable[[str], None] = lambda _: None,
    on_purchase: "Callable[[Record], None]" = lambda _: None,
) -> "Iterator[Context]":
    """Yield the context of a use case.

    The connection opens at its first use: a command that sends nothing needs no key
    and imports no HTTP. After an error, the connections stay open, because threads
    may still use them.

    Args:
        service: The service and the account.
        notify: Receives the reason for each delay.
        preparation: The options that prepare images; None for the default.
        on_image_note: Receives notes about images.
        on_purchase: Receives the record of each finished purchase.

    Raises:
        ConfigError: The URL of the service is refused; no ledger is created.
    """
    service.check_url()
    connections = Connections(service, notify)
    images = image_reader(preparation, on_image_note)
    with open_ledger(service, notify) as ledger:
        try:
            yield make_context(
                service,
                connections,
                images,
                ledger,
                notify=notify,
                on_purchase=on_purchase,
            )
        except (RwcapError, Interrupted) as error:
            with suppress(LedgerError):
                ledger.run.end(error.status)
            raise
        connections.close()


def make_context(  # the parts of a context
    service: Service,
    connections: Connections,
    images: "ImageReader",
    ledger: "Ledger",
    *,
    notify: Callable[[str], None],
    on_purchase: "Callable[[Record], None]" = lambda _: None,
) -> "Context":
    """Return a context made of these parts; the clock is that of this machine."""
    from rwcap.usecases.context import Context

    return Context(
        read_image=images.read,
        parse_image=images.parse,
        stamp=images.stamp,
        ledger=ledger,
        post=connections.post,
        query=connections.query,
        new_uuid=new_task_uuid,
        sleep=sleep,
        sleep_before_purchase=sleep,
        now=time.monotonic,
        random=_random,
        notify=notify,
        on_purchase=on_purchase,
        check_connection=connections.check,
        service_options=service.options,
        sandbox=service.sandbox,
    )


@contextmanager
def open_account_context(
    service: Service, *, key: str | None = None
) -> "Iterator[AccountContext]":
    """Yield the context of a query about the account, without a ledger.

    `key` replaces the stored key.
    """
    from rwcap.settings.credentials import ApiKey
    from rwcap.usecases.context import AccountContext

    given = ApiKey(key, "the input") if key else None
    connections = Connections(service, _ignore, given)
    yield AccountContext(
        query=connections.query,
        new_uuid=new_task_uuid,
        sleep=sleep,
        random=_random,
        notify=_ignore,
    )
    connections.close()


def open_ledger(service: Service, notify: Callable[[str], None]) -> "Ledger":
    """Open the ledger of a service; create it if it does not exist."""
    from contextvars import copy_context

    from rwcap.ledger.ledger import Ledger

    here = copy_context()  # the notice comes from another thread, and -q applies
    return Ledger(
        ledger_file(service),
        locks=_locks(),
        command=_command_line(),
        notify=lambda notice: here.run(notify, notice),
    )


@contextmanager
def open_statements(service: Service) -> "Iterator[Statements]":
    """Yield the statements of a ledger that exists; nothing can be bought with them."""
    from rwcap.ledger.database.connection import Database
    from rwcap.ledger.reports.statements import Statements

    database = Database(ledger_file(service))
    try:
        yield Statements(database)
    finally:
        database.close()


def has_ledger(service: Service) -> bool:
    """Return whether the ledger of a service, or a part of it, exists.

    Raises:
        LedgerError: Its folder cannot be read, so there may be one.
    """
    from rwcap.ledger.database.access import has_file

    return has_file(ledger_file(service))


def other_ledgers(service: Service) -> list[str]:
    """Return the names of all other ledgers that have purchases."""
    from rwcap.ledger.database.schema import has_purchases

    found = []
    for file in sorted(folders.data_folder().glob(f"*/{_LEDGER_FILE}")):
        with suppress(LedgerError):
            if file.parent.name != service.name and has_purchases(file):
                found.append(file.parent.name)
    return found


@contextmanager
def open_records(
    path: str | None, style: "TableStyle", *, dry: bool, warn: Callable[[str], None]
) -> "Iterator[Records | None]":
    """Yield the file or folder of records, locked against other runs.

    A `dry` run does not create it. `warn` is called if its last row is cut off.

    Raises:
        LockedError: Another run has the lock.
    """
    path = path and local_name(path)
    if path is None:
        yield None
        return
    from hashlib import sha256

    real = os.fsencode(path if is_object(path) else os.path.realpath(path))
    lock, locks = f"output-{sha256(real).hexdigest()[:32]}", _locks()
    if not locks.acquire(lock):
        raise LockedError(
            f"{short_name(path)}: another run is writing to it",
            hint="wait for it, or choose another file",
        )
    try:
        with _record_file(path, style, dry=dry, warn=warn) as opened:
            yield opened
    finally:
        locks.hand_over(lock)


def _record_file(
    path: str, style: "TableStyle", *, dry: bool, warn: Callable[[str], None]
) -> "RecordFile | PartsFolder":
    """Return the file of the type that the suffix of its path names, or the folder."""
    is_folder = is_object(path) or path.endswith("/")
    if not is_folder and not path.lower().endswith(".parquet"):
        from rwcap.outputs.records.record_file import RecordFile

        return RecordFile(path, style, dry_run=dry, warn=warn)
    try:
        if is_folder:
            from rwcap.outputs.records.parts_folder import PartsFolder

            return PartsFolder(path, style, dry_run=dry)
        from rwcap.outputs.records.parquet_records import ParquetRecords
    except ModuleNotFoundError as error:
        raise NoPyarrowError(short_name(path)) from error
    # A symbolic link stays one, as with the other formats.
    return ParquetRecords(os.path.realpath(path), style, dry_run=dry)


def image_reader(
    preparation: "PrepareOptions | None", notify: Callable[[str], None]
) -> "ImageReader":
    """Return a reader that prepares images with these options or the default."""
    from rwcap.images.limits import DEFAULT_OPTIONS
    from rwcap.images.read import ImageReader

    options = preparation or DEFAULT_OPTIONS
    return ImageReader(lambda: sys.stdin.buffer, options, notify)


def new_task_uuid() -> str:
    """Return a UUID v4 for a task."""
    return str(uuid4())


def _locks() -> "FileLocks":
    """Return the locks shared by all processes of this user."""
    from rwcap.ledger.locks import FileLocks

    return FileLocks(locks_folder())


def locks_folder() -> Path:
    """Return the folder of the locks of this user's processes."""
    return folders.data_folder() / "locks"


def ledger_file(service: Service) -> Path:
    """Return the file of the ledger of a service."""
    return folders.data_folder() / service.name / _LEDGER_FILE


def _random() -> float:
    """Return a random number in [0, 1)."""
    from random import random  # only needed before a retry

    return random()  # noqa: S311  # spreads retries, protects nothing


def _ignore(_: str) -> None:
    """Ignore a message."""


def _command_line() -> str:
    """Return the command line without secrets, for the ledger."""
    import shlex

    words: list[str] = []
    for word in sys.argv[1:]:
        option, equals, _ = word.partition("=")
        if option in _SECRET_OPTIONS and equals:
            words.append(f"{option}=...")
        elif words[-1:] and words[-1] in _SECRET_OPTIONS:
            words.append("...")
        else:
            words.append(strip_url_secrets(word))
    return truncate(strip_control(shlex.join(["rwcap", *words])), _COMMAND_MAX)
