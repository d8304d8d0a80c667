"""Folders of images, made once, and the requests for curl."""

import base64
import io
import random
import tempfile
from pathlib import Path

from PIL import Image

from tests import draw
from tests.bench.measures import FOLDER


def corpus(count: int, kilobytes: int) -> Path:
    """Return a folder with different JPEGs, made once."""
    folder = FOLDER / f"{count}-{kilobytes}"
    if folder.exists():
        return folder
    unfinished = Path(tempfile.mkdtemp(dir=FOLDER))
    side = int((kilobytes * 1024 / 0.42) ** 0.5)
    noise = random.Random(side).randbytes(side * side * 3)  # noqa: S311  # not used for security
    drawn = io.BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(drawn, "JPEG", quality=50)
    for number in range(count):
        mark = f"{number:064}".encode()
        name = unfinished / f"{number // 1000:03}" / f"{number:07}.jpg"
        name.parent.mkdir(exist_ok=True)
        name.write_bytes(draw.marked_jpeg(drawn.getvalue(), mark))
    unfinished.rename(folder)
    return folder


def bodies(folder: Path) -> Path:
    """Return a folder with the request of each image, for curl."""
    made = folder.with_name(f"{folder.name}-bodies")
    if not made.exists():
        made.mkdir()
        for image in folder.rglob("*.jpg"):
            uuid = f"{image.stem:0>8}-0000-4000-8000-000000000000"
            data = base64.b64encode(image.read_bytes()).decode()
            (made / image.stem).write_text(
                f'[{{"taskType":"caption","taskUUID":"{uuid}",'
                f'"model":"runware:152@1","inputs":{{"image":"data:image/jpeg;base64,{data}"}}}}]'
            )
    return made
