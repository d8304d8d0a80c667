"""`rwcap batch --engine ray` refuses what it cannot do before it starts Ray."""

import sys

import pytest

from rwcap.cli.commands import batch
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.cluster import Engine
from rwcap.core.errors import UsageError
from tests.process import Rwcap

COMMAND = ("batch", "m.parquet", "--engine", "ray")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "--engine ray needs -o FOLDER/, with a slash at the end"),
        (("-o", "c.jsonl"), "--engine ray needs -o FOLDER/, with a slash at the end"),
        (("n.parquet", "-o", "c/"), "--engine ray needs one Parquet table, or one"),
        (("-o", "c/", "--write", "txt"), "--engine ray takes no --write"),
        (("-o", "c/", "--limit", "3"), "--engine ray takes no --limit"),
        (("-o", "c/", "--sample", "3"), "--engine ray takes no --sample"),
        (("-o", "c/", "--pilot", "3"), "--engine ray takes no --pilot"),
        (("-o", "c/", "--fresh"), "--engine ray takes no --fresh"),
        (("-o", "c/", "--dry-run"), "--engine ray takes no --dry-run"),
        (("-o", "c/", "--files-from", "a"), "--engine ray takes no --files-from"),
        (("-o", "c/", "--fields", "title"), "--engine ray takes no --fields"),
        (("-o", "c/", "--watch"), "--engine ray takes no --watch"),
        (("-o", "c/", "--include", "a"), "--engine ray takes no --include"),
    ],
)
def test_what_a_cluster_cannot_do_is_refused(
    rwcap: Rwcap, arguments: tuple[str, ...], message: str
) -> None:
    """In one line, with status 2."""
    result = rwcap.run(*COMMAND, *arguments)

    assert result.status == 2
    assert result.err.startswith(f"error: {message}")
    assert result.err.endswith("\nhint: rwcap batch --help\n")


def test_an_address_needs_a_cluster(rwcap: Rwcap) -> None:
    """It says nothing about a batch on this machine."""
    result = rwcap.run("batch", "a.jpg", "--ray-address", "auto")

    assert result.status == 2
    assert result.err.startswith("error: --ray-address needs --engine ray\n")


def test_without_ray_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is an extra."""
    monkeypatch.setitem(sys.modules, "ray", None)
    values = {name: each.default for name, each in BatchOptions.options().items()}
    values |= {"sources": ["m.parquet"], "output": "c/", "engine": Engine.RAY}

    with pytest.raises(UsageError) as refused:
        batch.batch(**values)

    assert refused.value.message == "--engine ray requires the package ray"
    assert refused.value.hint == (
        'pipx inject rwcap ray pyarrow (or pip install "rwcap[ray]")'
    )
