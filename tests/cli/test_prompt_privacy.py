"""What of a photo leaves the machine: its pixels, and what a prompt names in braces."""

import json
import socket
from base64 import b64decode

import pytest

from tests import draw
from tests.exiftool import exiftool
from tests.exiv2 import NOTHING, metadata
from tests.process import Rwcap
from tests.service import Service

PRIVATE = {
    "-GPSLatitude=52.3731": "52.37",
    "-GPSLatitudeRef=N": "",
    "-GPSLongitude=9.7381": "9.73",
    "-GPSLongitudeRef=E": "",
    "-XMP-dc:Creator=Ada Lovelace": "Lovelace",
    "-XMP-dc:Description=Our garden": "garden",
    "-XMP-iptcExt:PersonInImage=Byron": "Byron",
    "-IPTC:City=Hanover": "Hanover",
    "-Make=OldCam": "OldCam",
    "-UserComment=At home": "At home",
}
"""Arguments of exiftool, each with what must not leave the machine of it."""


@pytest.mark.program("exiftool")
@pytest.mark.promises("pixels")
def test_only_what_a_prompt_names_leaves(connected: Rwcap, service: Service) -> None:
    """No coordinates for a place, and nothing of the rest."""
    draw.album(connected.home, "secret album/private name.jpg")
    photo = connected.home / "secret album/private name.jpg"
    photo.with_suffix(".txt").write_text("My diary")
    exiftool("-overwrite_original", "-XMP-dc:Title=Tulips", *PRIVATE, photo)
    order = ["caption", str(photo), "-p", "{title} in {place|a place}?"]

    connected.run(*order)
    exiftool("-overwrite_original", "-IPTC:City=", photo)
    connected.run(*order)

    named, unnamed = service.requests
    assert named["prompt"] == "Tulips in Hanover?"
    assert unnamed["prompt"] == "Tulips in a place?"
    image = b64decode(unnamed["inputs"].pop("image").partition(",")[2])
    sent = json.dumps([unnamed, *map(dict, service.headers)])
    words = {*PRIVATE.values(), "diary", "secret", "private"} - {""}
    assert metadata(photo.read_bytes()).exif["Exif.Image.Make"] == "OldCam"
    assert metadata(image) == NOTHING
    assert [word for word in words if word in sent or word.encode() in image] == []


@pytest.mark.promises("pixels", "free")
def test_a_url_is_passed_on_and_not_downloaded(
    connected: Rwcap, service: Service
) -> None:
    """Not for a caption, a file beside it, a report or an estimate."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0)
        url = f"http://127.0.0.1:{other.getsockname()[1]}/a.jpg"
        output = ("--write", "xmp", "--write", "txt", "--out-dir", "out")
        results = [
            connected.run("cost", "estimate", url),
            connected.run("caption", url),
            connected.run("batch", url, *output, "--report", "run.html"),
        ]
        with pytest.raises(BlockingIOError):  # nobody has connected
            other.accept()

    assert [result.status for result in results] == [0, 0, 0]
    assert (service.requests[0]["inputs"]["image"], service.bills) == (url, 1)
