"""Put the parts together: which service, which key, which clock."""

import os
import random
import shlex
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from rwcap.adapters import prompts
from rwcap.adapters.images import Reader
from rwcap.domain.record import Record
from rwcap.domain.wire import Reply
from rwcap.usecases.world import World

if TYPE_CHECKING:
    from rwcap.adapters import runware


def reader() -> Reader:
    """Return the reader of images."""
    return Reader(stdin=lambda: sys.stdin.buffer)


def read_prompt(path: Path) -> str:
    """Return the prompt in a file, `-` being standard input."""
    return prompts.read(path, stdin=lambda: sys.stdin.buffer)


def new_task_uuid() -> str:
    """Return a UUID v4 for a task."""
    return str(uuid4())


def reach(*, sandbox: bool, api_url: str | None) -> str:
    """Return the options with which another command reaches the same service."""
    if sandbox:
        return "--sandbox"
    if not api_url or api_url == os.environ.get("RWCAP_API_URL"):
        return ""
    return f"--api-url {shlex.quote(api_url)}"


@contextmanager
def world(
    *,
    sandbox: bool,
    api_url: str | None,
    timeout: float,
    notice: Callable[[str], None],
    landed: Callable[[Record], None],
) -> Iterator[World]:
    """Yield the real world; the service is connected to when first spoken to.

    So a command that ends up sending nothing needs no key and imports no HTTP.
    """
    with ExitStack() as resources:

        @cache
        def connect() -> "runware.Client":
            from rwcap.adapters import runware, settings

            if sandbox:
                client = runware.Client(
                    key="sandbox", handler=_sandbox(resources, notice), timeout=timeout
                )
            else:
                client = runware.Client(
                    key=settings.key(os.environ),
                    url=runware.URL if api_url is None else api_url,
                    timeout=timeout,
                )
            return resources.enter_context(client)

        def post(body: bytes) -> Reply:
            return connect().post(body)

        def ask(body: bytes) -> Reply:
            return connect().ask(body)

        yield World(
            read=reader().read,
            post=post,
            ask=ask,
            new_uuid=new_task_uuid,
            sleep=time.sleep,
            now=time.monotonic,
            random=random.random,
            notice=notice,
            landed=landed,
            reach=reach(sandbox=sandbox, api_url=api_url),
            sandbox=sandbox,
        )


def _sandbox(
    resources: ExitStack, notice: Callable[[str], None]
) -> Callable[[str | None, bytes], Reply]:
    import sqlite3

    from rwcap.adapters import settings
    from rwcap.adapters.sandbox import Sandbox

    try:
        service = Sandbox(settings.data_folder() / "sandbox.sqlite3")
    except (OSError, sqlite3.Error) as error:
        notice(f"the sandbox will not remember this: {error}")
        service = Sandbox()
    resources.callback(service.tasks.close)
    return service.answer
