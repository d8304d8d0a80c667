"""Killed while the texts of a table are written: each image stays whole."""

import pytest

from rwcap.images.image import parse_image
from tests.cli.test_embed import descriptions
from tests.cli.test_killed import KILLED, KillTest
from tests.process import Rwcap
from tests.service import Service


@pytest.mark.parametrize(
    ("place", "count"),
    [
        ("before embedding", 2),
        ("half a sidecar", 1),
        ("before the rename", 2),
        ("after embedding", 1),
        ("after the sidecar", 1),
    ],
)
@pytest.mark.promises("texts")
def test_killed_while_texts_are_written_it_goes_on(
    place: str, count: int, connected: Rwcap, service: Service
) -> None:
    """Nothing is asked, and another run after that changes nothing."""
    kill_test = KillTest(connected, service, images=3)
    originals = {path: path.read_bytes() for path in kill_test.images}
    wanted = {path.name: f"By Anna, {path.stem}." for path in kill_test.images}
    table = connected.home / "t.csv"
    rows = [f'photos/{name},"{text}"\n' for name, text in wanted.items()]
    table.write_text("".join(["source,text\n", *rows]))
    command = ["batch", "photos", "--texts", "t.csv", "--write", "embed"]
    command += ["--write", "txt", "--backup"]

    end = kill_test.run(place, count, *command).status
    for path, data in originals.items():
        whole = parse_image(path.read_bytes(), name="")
        assert whole.digest == parse_image(data, name="").digest
    last = connected.run(*command)
    state = {path: path.read_bytes() for path in kill_test.folder.iterdir()}
    again = connected.run(*command)

    assert (end, last.status, again.status) == (KILLED, 0, 0), last.err
    assert descriptions(kill_test.folder) == wanted
    assert state == {path: path.read_bytes() for path in kill_test.folder.iterdir()}
    for path, data in originals.items():
        assert path.with_suffix(".txt").read_text() == f"{wanted[path.name]}\n"
        assert path.with_name(f"{path.name}.orig").read_bytes() == data
    assert (len(state), service.requests) == (9, [])
