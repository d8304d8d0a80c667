"""Put the parts together: which service, which key, which ledger, which clock."""

import os
import random
import re
import shlex
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import local
from typing import TYPE_CHECKING, Final, assert_never
from uuid import uuid4

from rwcap.api.wire import API_URL, Reply
from rwcap.cli.settings.defaults import HABITS
from rwcap.core.alt_text import AltTextOptions
from rwcap.core.alt_text import alt_prompt as asking
from rwcap.core.errors import Interrupted, LedgerError, LockedError, RwcapError
from rwcap.core.money import Micros
from rwcap.core.record import Record
from rwcap.core.text import display_name, strip_control, strip_url_secrets, truncate
from rwcap.images.limits import DEFAULT_OPTIONS, PrepareOptions
from rwcap.images.read import ImageReader
from rwcap.ledger.budget import Budget, Period
from rwcap.sources import prompt_file
from rwcap.usecases.context import Inquiry, World

if TYPE_CHECKING:
    from rwcap.api import client
    from rwcap.cli.options import Write
    from rwcap.core.sidecar import MergeMode
    from rwcap.ledger.ledger import Ledger
    from rwcap.ledger.locks import Locks
    from rwcap.outputs.record_file import RecordFile
    from rwcap.settings.credentials import ApiKey
    from rwcap.sources.sources import Sources
    from rwcap.usecases.write import Output

_SECRET: Final = {"--webhook-url", "--upload-endpoint", "--api-url"}
"""Options in whose values people put secrets."""

_COMMAND_MAX: Final = 1000
"""Characters of a command line that the ledger keeps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Which service is spoken to, and how patiently."""

    sandbox: bool
    api_url: str | None
    timeout: float
    """Seconds."""
    profile: str | None = None
    """Whose account is spoken for."""

    @property
    def reach(self) -> str:
        """Return the options with which another command reaches it."""
        if self.sandbox:
            return "--sandbox"
        told = []
        if self.api_url not in {None, "", HABITS.get("api_url"), _variable("API_URL")}:
            told.append(f"--api-url {shlex.quote(str(self.api_url))}")
        if self.profile and self.profile != _variable("PROFILE"):
            told.append(f"--profile {self.profile}")
        return " ".join(told)

    @property
    def name(self) -> str:
        """Return the name of the folder of what is remembered of it.

        What people hide in an address, before the host or after a question mark,
        is not in it.
        """
        if self.sandbox:
            return "sandbox"
        from rwcap.settings import credentials

        spelt = strip_url_secrets((self.api_url or API_URL).strip()).lower()
        address = re.sub("^(https://[^/]+):443(?=/|$)", r"\1", spelt).rstrip("/")
        plain = re.sub("[^a-z0-9.-]+", "-", address)[:100]
        name = "ledger" if address == API_URL else f"ledger-{plain}"
        # Another account knows nothing of what this one has bought.
        account = credentials.key_profile(os.environ, self.profile)
        return f"{name}@{account}" if account else name


def reader(preparation: PrepareOptions, notice: Callable[[str], None]) -> ImageReader:
    """Return the reader of images, which are prepared so."""
    return ImageReader(lambda: sys.stdin.buffer, preparation, notice)


def prompt(
    words: str | None, file: Path | None, preset: str | None, alt: AltTextOptions | None
) -> str | None:
    """Return the prompt that is given by itself, in a file, or by a name.

    Where none is, alternative text is asked for in words of ours.
    """
    if file is not None:
        return prompt_file.read_prompt(file, stdin=lambda: sys.stdin.buffer)
    if preset is not None:
        return HABITS.prompt(preset)
    return asking(alt.limit) if alt and words is None else words


def new_task_uuid() -> str:
    """Return a UUID v4 for a task."""
    return str(uuid4())


def budget(max_cost: int | None) -> Budget:
    """Return what may be spent: by this run, today, and this month.

    `max_cost` is --max-cost in micro-dollars.
    """
    limits = HABITS.limits()
    return Budget(
        run=None if max_cost is None else Micros(max_cost),
        day=limits.get(Period.DAY),
        month=limits.get(Period.MONTH),
    )


def key(service: Service) -> "ApiKey":
    """Return the key that a service is spoken to with, and where it is from."""
    from rwcap.settings import credentials

    return credentials.load_key(os.environ, service.profile)


def locks() -> "Locks":
    """Return the locks that all processes of this user share."""
    from rwcap.ledger.locks import Locks
    from rwcap.settings import folders

    return Locks(folders.data_folder() / "locks")


def sources(  # one for each option of the command
    words: Sequence[str],
    *,
    files_from: str | None,
    nul: bool,
    include: Sequence[str],
    exclude: Sequence[str],
    max_depth: int | None,
    notice: Callable[[str], None],
) -> "Sources":
    """Return what the words and the list of a command line name."""
    from rwcap.sources.sources import Sources

    return Sources(
        words,
        files_from=files_from,
        nul=nul,
        include=include,
        exclude=exclude,
        max_depth=max_depth,
        stdin=lambda: sys.stdin.buffer,
        notice=notice,
    )


@contextmanager
def record_file(path: str | None, *, dry: bool) -> "Iterator[RecordFile | None]":
    """Yield the file that records are added to, and let no other run near it.

    A `dry` run must not make one. Raises `LockedError` where another run is at it.
    """
    if path is None or (dry and not Path(path).exists()):
        yield None
        return
    from rwcap.outputs.record_file import RecordFile

    real = os.fsencode(os.path.realpath(path))
    lock, shared = f"output-{sha256(real).hexdigest()[:32]}", locks()
    if not shared.hold(lock):
        raise LockedError(
            f"{truncate(display_name(path))}: another run is writing to it",
            hint="wait for it, or choose another file",
        )
    try:
        with RecordFile(path, dry_run=dry) as opened:
            yield opened
    finally:
        shared.pass_on(lock)


def outputs(
    write: Collection["Write"],
    *,
    ext: str = ".txt",
    out_dir: str | None,
    mode: "MergeMode",
    backup: bool,
    keep_time: bool,
    alt: bool = False,
) -> "tuple[Output, ...]":
    """Return where each caption is written, in the order in which it was said."""
    from rwcap.cli.options import Write
    from rwcap.outputs.embedded import EmbeddedMetadata
    from rwcap.outputs.text_files import TextFiles
    from rwcap.outputs.xmp_files import XmpFiles

    def now() -> datetime:
        return datetime.now(UTC)

    def output(kind: Write) -> "Output":
        match kind:
            case Write.TXT:
                return TextFiles(ext=ext, out_dir=out_dir, mode=mode)
            case Write.XMP:
                return XmpFiles(out_dir=out_dir, mode=mode, now=now, alt=alt)
            case Write.EMBED:
                return EmbeddedMetadata(
                    mode=mode, backup=backup, keep_time=keep_time, now=now, alt=alt
                )
            case _:
                assert_never(kind)

    return tuple(output(kind) for kind in dict.fromkeys(write))


def ledger(service: Service) -> "Ledger":
    """Return the open ledger of a service; it is made if need be."""
    from rwcap.ledger.ledger import Ledger

    return Ledger(_ledger_file(service), locks=locks(), command=_command_line())


def has_ledger(service: Service) -> bool:
    """Return whether anything was ever bought, or may have been."""
    return _ledger_file(service).exists()


def _ledger_file(service: Service) -> Path:
    from rwcap.settings import folders

    return folders.data_folder() / service.name / "ledger.sqlite3"


@contextmanager
def world(
    service: Service,
    *,
    notice: Callable[[str], None],
    preparation: PrepareOptions = DEFAULT_OPTIONS,
    remark: Callable[[str], None] = lambda _: None,
    landed: Callable[[Record], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[World]:
    """Yield the real world; the service is connected to when first spoken to.

    So a command that ends up sending nothing needs no key and imports no HTTP.
    `notice` is told why things take longer, `remark` what to know of an image.
    Each thread gets a connection of its own. When something breaks off, they are
    left as they are: threads may still be using them.
    """
    connections = _Connections(service, notice)
    images = reader(preparation, remark)
    with ledger(service) as books:
        opened = World(
            read=images.read,
            stamp=images.stamp,
            ledger=books,
            post=lambda body: connections.mine().post(body),
            ask=lambda body: connections.mine().query(body),
            new_uuid=new_task_uuid,
            sleep=sleep,
            pause=sleep,
            now=time.monotonic,
            random=random.random,
            notice=notice,
            landed=landed,
            reach=service.reach,
            sandbox=service.sandbox,
        )
        try:
            yield opened
        except (RwcapError, Interrupted) as broken:
            with suppress(LedgerError):
                books.run.end(broken.status)
            raise
        connections.close()


@contextmanager
def inquiry(service: Service, *, key: str | None = None) -> Iterator[Inquiry]:
    """Yield what it takes to ask about the account: no ledger, and at once or never.

    `key` is one that is not stored yet.
    """
    connections = _Connections(service, _say_nothing, key)
    yield Inquiry(
        ask=lambda body: connections.mine().query(body),
        new_uuid=new_task_uuid,
        sleep=time.sleep,
        random=random.random,
        notice=_say_nothing,
    )
    connections.close()


def _say_nothing(_: str) -> None:
    """Be asked to tell something, and do not."""


class _Connections:
    """A client for each thread, made when it first needs one."""

    def __init__(
        self,
        service: Service,
        notice: Callable[[str], None],
        key: str | None = None,
    ) -> None:
        self._service = service
        self._key = key
        self._notice = notice
        self._of_thread = local()
        self._all = ExitStack()

    def mine(self) -> "client.Client":
        """Return the client of this thread."""
        found: client.Client | None = getattr(self._of_thread, "client", None)
        if found is None:
            found = self._of_thread.client = self._connect()
            self._all.enter_context(found)
        return found

    def close(self) -> None:
        """Close all of them; nobody is using them any more."""
        self._all.close()

    def _connect(self) -> "client.Client":
        from rwcap.api import client

        timeout, url = self._service.timeout, self._service.api_url
        if self._service.sandbox:
            answer = self._sandbox()
            return client.Client(key="sandbox", handler=answer, timeout=timeout)
        return client.Client(
            key=self._key or key(self._service).key,
            url=API_URL if url is None else url,
            timeout=timeout,
        )

    def _sandbox(self) -> Callable[[str | None, bytes], Reply]:
        import sqlite3

        from rwcap.api.sandbox.service import Sandbox
        from rwcap.settings import folders

        try:
            service = Sandbox(folders.data_folder() / "sandbox.sqlite3")
        except (OSError, sqlite3.Error) as error:
            self._notice(f"the sandbox will not remember this: {error}")
            service = Sandbox()

        def answer(authorization: str | None, body: bytes) -> Reply:
            try:
                return service.handle(authorization, body)
            except sqlite3.Error as error:
                raise LedgerError(f"the sandbox cannot remember: {error}") from error

        return answer


def _variable(name: str) -> str | None:
    return os.environ.get(f"RWCAP_{name}")


def _command_line() -> str:
    """Return what was typed, without what may be secret."""
    told: list[str] = []
    for word in sys.argv[1:]:
        option, equals, _ = word.partition("=")
        if option in _SECRET and equals:
            told.append(f"{option}=...")
        elif told[-1:] and told[-1] in _SECRET:
            told.append("...")
        else:
            told.append(strip_url_secrets(word))
    return truncate(strip_control(shlex.join(["rwcap", *told])), _COMMAND_MAX)
