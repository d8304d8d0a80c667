"""A key, a URL or certificates with which nothing can be sent."""

import json
from pathlib import Path

import pytest

from tests import draw
from tests.process import Rwcap
from tests.service import Service

UNUSABLE = {
    "a key": {"RWCAP_API_KEY": "k\u00e4y"},
    "certificates": {"SSL_CERT_FILE": "nowhere.pem"},
    "a proxy": {"HTTPS_PROXY": "ftp://127.0.0.1:1"},
}


@pytest.fixture
def album(tmp_path: Path) -> Path:
    """Return a folder of three pictures."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg", "3.jpg")
    return tmp_path / "p"


@pytest.mark.parametrize("variables", UNUSABLE.values(), ids=list(UNUSABLE))
@pytest.mark.parametrize("command", ["caption", "batch"])
def test_nothing_is_reserved_if_nothing_can_be_sent(
    rwcap: Rwcap, album: Path, command: str, variables: dict[str, str]
) -> None:
    """No purchase stays open, and no message says that one is in flight."""
    broken = rwcap.with_environment(**{"RWCAP_API_KEY": "k" * 32, **variables})

    done = broken.run(command, *map(str, sorted(album.iterdir())))

    assert (done.status, done.out) == (78, "")
    assert "in flight" not in done.err
    total = json.loads(rwcap.run("cost", "--json").out)["total"]
    assert (total["under_way"], total["counted_usd"]) == (0, "0.000000")


def test_captions_of_the_ledger_need_no_usable_key(
    connected: Rwcap, album: Path
) -> None:
    """Nothing is sent, so the key is not looked at."""
    first = str(album / "1.jpg")
    assert connected.run("caption", first).status == 0

    broken = connected.with_environment(RWCAP_API_KEY="k\u00e4y")

    assert broken.run("caption", first).status == 0
    assert broken.run("batch", str(album), "--dry-run").status == 0
    assert broken.run("caption", "--sandbox", first).status == 0


@pytest.mark.parametrize("url", ["ftp://x", "http://example.com", ""])
@pytest.mark.parametrize("command", [["caption"], ["batch"], ["cost", "estimate"]])
def test_a_refused_url_leaves_no_ledger(
    rwcap: Rwcap, service: Service, album: Path, command: list[str], url: str
) -> None:
    """Whether images would be captioned or only counted."""
    keyed = rwcap.with_environment(RWCAP_API_KEY="k" * 32)

    done = keyed.run(*command, str(album / "1.jpg"), "--api-url", url)

    assert (done.status, done.out) == (78, "")
    assert list(rwcap.home.rglob("*ledger*")) == []
    assert not service.requests
