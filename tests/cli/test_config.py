"""`rwcap config`: a key is stored without being seen."""

import re
import stat

import pytest

from tests import draw
from tests.conftest import KEY
from tests.process import Rwcap, visible
from tests.service import Service

PHOTO = str(draw.FOLDER / "harbour.jpg")


def test_a_key_from_standard_input_is_stored_and_used(
    rwcap: Rwcap, service: Service
) -> None:
    """`rwcap config set-key < key.txt`, then caption."""
    stored = rwcap.run("config", "set-key", stdin=f"{KEY}\n".encode())
    path = rwcap.home / ".config/rwcap/credentials.toml"

    captioned = rwcap.run("caption", PHOTO, "--api-url", service.url)

    assert (stored.status, stored.out) == (0, "")
    assert stored.err == f"key stored in {path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert captioned.status == 0
    assert service.headers[0]["Authorization"] == f"Bearer {KEY}"


def test_a_typed_key_is_not_shown(rwcap: Rwcap) -> None:
    """On a terminal it is asked for, without echo."""
    result = rwcap.on_terminal("config", "set-key", typed=f"{KEY}\n".encode())

    assert result.status == 0
    assert KEY not in result.out + result.err
    assert KEY in (rwcap.home / ".config/rwcap/credentials.toml").read_text()


def test_a_key_on_the_command_line_is_refused_and_not_repeated(rwcap: Rwcap) -> None:
    """Others on the machine can read command lines."""
    for arguments in ([KEY], ["--key", KEY], [f"--key={KEY}"]):
        result = rwcap.run("config", "set-key", *arguments)
        assert result.status == 2
        assert KEY not in result.err
        assert "hint: rwcap config set-key" in result.err
    assert not (rwcap.home / ".config").exists()


def test_nobody_is_asked_with_no_input(rwcap: Rwcap) -> None:
    """A script must not hang at a prompt."""
    result = rwcap.on_terminal("config", "set-key", "--no-input")

    assert result.status == 2
    assert "hint: rwcap config set-key < key.txt" in visible(result.err)


@pytest.mark.parametrize("sent", [b"", b"\n", b"two words\n", b"caf\xc3\xa9\n"])
def test_what_is_no_key_is_not_stored(rwcap: Rwcap, sent: bytes) -> None:
    """Status 78, one line, one hint."""
    result = rwcap.run("config", "set-key", stdin=sent)

    assert result.status == 78
    assert re.fullmatch(r"error: .+\nhint: rwcap config set-key\n", result.err)


def test_the_end_of_input_at_the_prompt_is_no_key(rwcap: Rwcap) -> None:
    """Ctrl-D."""
    result = rwcap.on_terminal("config", "set-key", typed=b"\x04")

    assert result.status == 78
    assert "Traceback" not in result.err


def test_path_is_where_things_are(rwcap: Rwcap) -> None:
    """A folder, bare, for scripts."""
    result = rwcap.run("config", "path")

    assert (result.status, result.err) == (0, "")
    assert result.out == f"{rwcap.home}/.config/rwcap\n"
