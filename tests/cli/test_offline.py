"""What rwcap calls offline opens no connection, needs no key, and buys nothing."""

from collections.abc import Callable

import pytest

from tests import draw
from tests import service as faults
from tests.process import Rwcap
from tests.service import Service

SOCKET = 99
"""The status of a process that opens a socket."""

WITHOUT_SOCKETS = f"""
import os
import sys

def watch(event, _):
    if event in ("socket.__new__", "socket.getaddrinfo", "socket.connect"):
        os._exit({SOCKET})

sys.addaudithook(watch)
from rwcap.__main__ import main
main()
"""

COMMANDS = (
    "batch new --write txt --dry-run",
    "cost estimate new --write txt",
    "cost --by day",
    "batch old --check-only",
    "batch old --check-only --report sheet.html",
    "caption old/1.jpg --show",
    "batch old --texts edited.csv --write txt",
    "batch new old --texts records.jsonl --write xmp",
    "batch old --write txt --mode remove --dry-run",
    "batch old --write txt --mode remove",
    "batch old --write metadata",
    "batch new --sandbox --jsonl",
    "cost --sandbox",
    "config doctor --offline",
    "config list",
)
"""Commands for images that have a caption (old), and for another one, too (new)."""


@pytest.mark.promises("offline")
def test_a_command_that_is_offline_opens_no_socket(
    connected: Rwcap,
    service: Service,
    record_property: Callable[[str, object], None],
) -> None:
    """Its process ends if it does; it has no key."""
    home = connected.home
    service.otherwise = faults.numbered
    draw.album(home / "old", "1.jpg", "2.jpg")
    connected.run("batch", "old", "--write", "txt", "-o", "records.jsonl")
    draw.album(home / "new", "1.jpg", "2.jpg", "3.jpg")
    (home / "edited.csv").write_text("image,text\nold/1.jpg,A quay.\n")
    (home / "rwcap.py").write_text(WITHOUT_SOCKETS)
    requests = len(service.requests)
    offline = Rwcap(home).with_environment(RWCAP_API_URL=service.url)

    for command in COMMANDS:
        result = offline.shell(f"python -P rwcap.py {command}")

        assert result.status in {0, 9}, (command, result.err)
        assert "error:" not in result.err
    assert len(service.requests) == requests == service.bills == 2
    assert connected.shell("python -P rwcap.py batch new").status == SOCKET
    record_property("runs", len(COMMANDS))
