"""An empty ledger for each test."""

from pathlib import Path

import pytest

from rwcap.ledger.ledger import Ledger
from tests.ledger.samples import FakeLocks


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of the ledger."""
    return tmp_path / "data/ledger.sqlite3"


@pytest.fixture
def alive() -> set[str]:
    """Return the owners that run."""
    return set()


@pytest.fixture
def ledger(path: Path, alive: set[str]) -> Ledger:
    """Return an empty ledger."""
    return Ledger(path, locks=FakeLocks(alive), command="rwcap caption a.jpg")


@pytest.fixture
def is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no request arrive any more."""
    monkeypatch.setattr("rwcap.ledger.open_purchases.ARRIVAL_SECONDS", 0)
