"""Killed while captions are put into images: each is whole, and paid for once."""

import pytest
from PIL import Image

from rwcap.images.image import parse_image
from rwcap.metadata.embed import parse_embeddable
from tests.cli.test_embed import descriptions
from tests.cli.test_killed import KILLED, KillTest, has_no_error
from tests.kill_points import EMBED_KILL_POINTS
from tests.process import Rwcap
from tests.service import Service


@pytest.fixture(autouse=True)
def real_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the service answer like the model: captions of a sandbox count as none."""
    monkeypatch.setattr("rwcap.api.sandbox.describe.SANDBOX_PREFIX", "Seen:")


class Embedding(KillTest):
    """A folder whose images get their captions, with a backup of each."""

    def __init__(self, rwcap: Rwcap, service: Service) -> None:
        """Draw two images."""
        super().__init__(rwcap, service, images=2)
        self.originals = {path: path.read_bytes() for path in self.images}
        self.command = ["batch", str(self.folder), "--backup", *self.writes()]

    @staticmethod
    def writes() -> list[str]:
        """Return what is written, the image between two others."""
        return ["--write", "txt", "--write", "embed", "--write", "xmp"]

    def check_originals(self) -> None:
        """See that each image is whole: as it was, or with its caption in it."""
        for path, data in self.originals.items():
            now, backup = path.read_bytes(), path.with_name(f"{path.name}.orig")
            same = parse_image(now, name="").digest
            assert same == parse_image(data, name="").digest
            assert now == data or parse_embeddable(now).packet
            assert not backup.exists() or backup.read_bytes() == data

    def check_embedded(self) -> None:
        """See that each caption was paid for once, and is where it belongs."""
        texts = set(self.texts().values())
        found = descriptions(self.folder)
        assert {found[path.name] for path in self.images} == texts
        assert found[self.images[0].name] == found["0.xmp"]
        assert self.service.bills == len(texts) == 2
        names = {f"{n}.{ext}" for n in range(2) for ext in ("jpg", "jpg.orig")}
        names |= {f"{n}.{ext}" for n in range(2) for ext in ("txt", "xmp")}
        assert {path.name for path in self.folder.iterdir()} == names
        with Image.open(self.images[0]) as image:
            image.load()


@pytest.mark.parametrize(
    "place",
    [*EMBED_KILL_POINTS, "half a sidecar", "before the rename", "after settling"],
)
@pytest.mark.promises("files", "texts")
def test_killed_while_embedding_it_goes_on(
    place: str, connected: Rwcap, service: Service
) -> None:
    """No image is ever less than whole, and no caption is paid for twice."""
    kill_test = Embedding(connected, service)

    ends = []
    for count in (1, 2):
        ends.append(kill_test.run(place, count, *kill_test.command).status)
        kill_test.check_originals()
    last = connected.run(*kill_test.command)
    asked_then = len(service.requests)
    again = connected.run(*kill_test.command)

    assert ends[0] == KILLED
    assert (last.status, has_no_error(last.err)) == (0, True), last.err
    assert (again.status, len(service.requests)) == (0, asked_then)
    kill_test.check_originals()
    kill_test.check_embedded()
