"""Put the parts together: which service, which key, which clock."""

import os
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from uuid import uuid4

from rwcap.adapters import prompts
from rwcap.adapters.images import Reader
from rwcap.domain.wire import Reply
from rwcap.usecases.world import World


def reader() -> Reader:
    """Return the reader of images."""
    return Reader(stdin=lambda: sys.stdin.buffer)


def read_prompt(path: Path) -> str:
    """Return the prompt in a file, `-` being standard input."""
    return prompts.read(path, stdin=lambda: sys.stdin.buffer)


def new_task_uuid() -> str:
    """Return a UUID v4 for a task."""
    return str(uuid4())


@contextmanager
def world(
    *,
    sandbox: bool,
    api_url: str | None,
    timeout: float,
    notice: Callable[[str], None],
) -> Iterator[World]:
    """Yield the real world; the service is connected to when first spoken to.

    So a command that ends up sending nothing needs no key and imports no HTTP.
    """
    with ExitStack() as resources:

        @cache
        def connect() -> Callable[[bytes], Reply]:
            from rwcap.adapters import runware, settings

            if sandbox:
                client = runware.Client(
                    key="sandbox", handler=_sandbox(resources, notice), timeout=timeout
                )
            else:
                client = runware.Client(
                    key=settings.key(os.environ),
                    url=api_url or runware.URL,
                    timeout=timeout,
                )
            return resources.enter_context(client).post

        def post(body: bytes) -> Reply:
            return connect()(body)

        yield World(
            read=reader().read,
            post=post,
            new_uuid=new_task_uuid,
            sleep=time.sleep,
            now=time.monotonic,
            random=random.random,
            notice=notice,
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
