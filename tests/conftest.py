"""What tests have in common: a process to run, a service to talk to, pictures."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import draw
from tests.process import SENTINEL, Rwcap, gave_the_key_away
from tests.service import Service, running

KEY = SENTINEL


@pytest.fixture(autouse=True, scope="session")
def signals_are_heard() -> None:
    """Undo what a shell does to jobs in the background: they ignore Ctrl-C.

    Processes inherit it, and rwcap keeps what it inherits.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def service() -> Iterator[Service]:
    """Return a service on loopback."""
    with running() as started:
        yield started


@pytest.fixture
def rwcap(tmp_path: Path) -> Iterator[Rwcap]:
    """Return the program with an empty home and no key.

    Whatever the test has it do: the key ends up nowhere but where it belongs.
    """
    yield Rwcap(tmp_path)
    assert gave_the_key_away(tmp_path) == []


@pytest.fixture
def connected(rwcap: Rwcap, service: Service) -> Rwcap:
    """Return the program with a key, connected to the service on loopback."""
    return rwcap.with_environment(RWCAP_API_KEY=KEY, RWCAP_API_URL=service.url)


@pytest.fixture
def photo() -> Path:
    """Return a JPEG of 480 by 320 pixels."""
    return draw.FOLDER / "harbour.jpg"
