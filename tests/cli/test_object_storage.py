"""rwcap batch with images, tables and results in object storage."""

import json
import logging
import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from pyarrow.parquet import read_table, write_table  # type: ignore[import-untyped]  # as above

from tests import draw
from tests import service as faults
from tests.object_storage import SECRET, Bucket
from tests.process import Rwcap
from tests.service import Service
from tests.waiting import wait_until


@pytest.fixture
def remote(
    connected: Rwcap, bucket: Bucket, s3_environment: dict[str, str]
) -> Iterator[Rwcap]:
    """Return the program with credentials of the storage, which it gives to nobody."""
    yield connected.with_environment(**s3_environment)
    for path in connected.home.rglob("*"):
        assert not path.is_file() or SECRET.encode() not in path.read_bytes()


def put_photos(bucket: Bucket, folder: Path, *names: str) -> None:
    """Write different photos to a bucket."""
    draw.album(folder, *names)
    for name in names:
        bucket.put(f"photos/{name}", (folder / name).read_bytes())


def captions(bucket: Bucket) -> dict[str, str]:
    """Return the captions in all parts by the id of the image."""
    parts = [key for key in bucket.keys("captions") if key.endswith(".parquet")]
    tables = [read_table(BytesIO(bucket.get(part))) for part in parts]
    rows = [row for table in tables for row in table.to_pylist()]
    found = {row["image_id"]: row["text"] for row in rows}
    assert len(found) == len(rows)
    return found


def downloads(log: pytest.LogCaptureFixture) -> list[str]:
    """Return the objects in `photos/` that were read since the last call.

    Their names follow a GET or a HEAD; a listing has them in its query.
    """
    lines = "\n".join(each.getMessage() for each in log.records)
    log.clear()
    return re.findall(r"(?:GET|HEAD) /[^/ ]+/photos/(\S+) HTTP", lines)


@pytest.mark.promises("once", "free")
def test_a_bucket_is_captioned_once(
    remote: Rwcap,
    service: Service,
    bucket: Bucket,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A second run buys and downloads nothing; a changed photo is bought."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path, "a.jpg", "x/b.jpg", "x/c.png")
    command = ("batch", f"{bucket.url}/photos", "-o", f"{bucket.url}/captions/")
    caplog.set_level(logging.INFO, "werkzeug")

    first, read_first = remote.run(*command), downloads(caplog)
    again, read_again = remote.run(*command), downloads(caplog)
    printed, read_printed = remote.run(*command[:2]), downloads(caplog)
    bills = service.bills

    assert (first.status, again.status, printed.status) == (0, 0, 0)
    assert sorted(read_first) == ["a.jpg", "x/b.jpg", "x/c.png"]
    assert read_again == read_printed == []
    assert bills == 3
    names = [f"{bucket.url}/photos/{name}" for name in ("a.jpg", "x/b.jpg", "x/c.png")]
    assert sorted(captions(bucket)) == names
    assert [line.partition("\t")[0] for line in printed.out.splitlines()] == names
    by_folder = remote.run("cost", "--by=folder").out
    assert sorted(re.findall(r"s3://\S+", by_folder)) == [
        f"{bucket.url}/photos",
        f"{bucket.url}/photos/x",
    ]
    bucket.put("photos/a.jpg", draw.snapshot(9))
    assert remote.run(*command[:2]).out.splitlines()[-1].endswith("\tPicture 9.")
    assert downloads(caplog) == ["a.jpg"]


@pytest.mark.promises("free")
def test_a_table_of_images_is_captioned_once(
    remote: Rwcap,
    service: Service,
    bucket: Bucket,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """With the prompt and the id of each row; what is done is not asked for."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path, "a.jpg", "b.jpg")
    rows = {
        "image": [*(f"{bucket.url}/photos/{name}.jpg" for name in "ab"), None, "c"],
        "bytes": [None, None, draw.snapshot(3), b"no image"],
        "id": ["one", "two", "three", "four"],
        "prompt": ["Say one.", None, None, None],
    }
    write_table(pa.table(rows), tmp_path / "m.parquet")
    table = bucket.put("m/m.parquet", (tmp_path / "m.parquet").read_bytes())
    command = ("batch", table, "-o", f"{bucket.url}/captions")
    caplog.set_level(logging.INFO, "werkzeug")

    first, read_first = remote.run(*command), downloads(caplog)
    again, read_again = remote.run(*command), downloads(caplog)

    assert (first.status, again.status) == (3, 3)
    assert f"{table}:4: not an image" in first.err
    assert sorted({*read_first}) == ["a.jpg", "b.jpg"]
    assert read_again == []
    assert service.bills == 3
    assert captions(bucket) == {
        "one": "Picture 1. Say one.",
        "two": "Picture 2.",
        "three": "Picture 3.",
        "four": None,
    }


@pytest.mark.promises("texts")
def test_a_damaged_part_is_written_again_free(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """It is never replaced; when it is deleted, its captions come from the ledger."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path, "1.jpg", "2.jpg")
    command = ("batch", f"{bucket.url}/photos", "-o", f"{bucket.url}/captions/")
    remote.run(*command)
    before = captions(bucket)
    (part,) = bucket.keys("captions")
    damaged = bucket.get(part)[:-9]
    bucket.put(part, damaged)

    refused = remote.run(*command)
    left = bucket.get(part)
    bucket.delete(part)
    again = remote.run(*command)

    assert part in refused.err
    assert (refused.status, left, again.status) == (2, damaged, 0)
    assert (captions(bucket), service.bills) == (before, 2)


@pytest.mark.promises("statuses")
def test_a_storage_that_fails_ends_the_run(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """After 20 failures in a row, with status 6; the same command goes on."""
    service.otherwise = faults.numbered
    names = [f"{number}.jpg" for number in range(1, 26)]
    put_photos(bucket, tmp_path, *names)
    urls = "".join(f"{bucket.url}/photos/{name}\n" for name in names)
    (tmp_path / "list.txt").write_text(urls)
    command = ("batch", "list.txt", "-o", "out.jsonl", "-c", "4")

    away = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_MAX_ATTEMPTS": "1"}
    refused = remote.with_environment(**away).run(*command)
    bills = service.bills
    again = remote.run(*command)

    assert "stopped: 20 failures in a row\n" in refused.err
    assert "hint: check the network, and AWS_ENDPOINT_URL if it is set" in refused.err
    assert (refused.status, bills) == (6, 0)
    assert (again.status, service.bills) == (0, 25)


@pytest.mark.promises("once", "texts")
def test_a_killed_run_is_continued(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """What it bought and had in no part is in the part of the next run."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path, *(f"{number}.jpg" for number in range(1, 9)))
    service.captions.extend([*[faults.numbered] * 4, faults.hang(accepted=True)])
    command = ("batch", f"{bucket.url}/photos", "-o", f"{bucket.url}/captions/")

    process = remote.start(*command, "-c1")
    wait_until(lambda: service.bills == 5)
    process.kill()
    process.communicate()
    killed = bucket.keys("captions")
    result = remote.run(*command)

    assert killed == []
    assert result.status == 0
    assert service.bills == 8
    assert len(captions(bucket)) == 8


def test_captions_are_written_to_local_folders_too(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """Text files below --out-dir, and parts in a folder on the disk."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path / "photos", "a.jpg", "x/b.jpg")

    result = remote.run(
        *("batch", f"{bucket.url}/photos", "--write", "txt", "--out-dir", "texts"),
        *("-o", f"file://{tmp_path}/my%20parts/", "-p", "Describe this {stem}."),
    )

    assert result.status == 0
    assert (tmp_path / "texts/x/b.txt").read_text() == "Picture 2. Describe this b.\n"
    (part,) = (tmp_path / "my parts").iterdir()
    assert len(read_table(part)) == 2


def test_one_object_is_captioned(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """By its URL; a file has one, too."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path / "my photos", "a.jpg")
    url = f"file://{tmp_path}/my%20photos/a.jpg"

    results = [
        remote.run("caption", f"{bucket.url}/photos/a.jpg"),
        remote.run("caption", url),
        remote.run("batch", url),
        remote.run("caption", f"{bucket.url}/photos/b.jpg"),
        remote.run("caption", f"{bucket.url}/photos"),
    ]

    assert [result.status for result in results] == [0, 0, 0, 1, 1]
    assert results[0].out == results[1].out == "Picture 1.\n"
    assert "b.jpg: no such object, folder or bucket" in results[3].err
    assert "photos: a folder, not an image" in results[4].err
    assert f"hint: rwcap batch {bucket.url}/photos\n" in results[4].err
    assert service.bills == 1


def test_a_name_with_brackets_is_no_glob_where_an_object_has_it(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """As for local files; otherwise the brackets are a glob."""
    service.otherwise = faults.numbered
    put_photos(bucket, tmp_path, "[x].jpg", "x.jpg")

    results = [
        remote.run("batch", f"{bucket.url}/photos/{name}.jpg", "--jsonl")
        for name in ("[x]", "[xy]")
    ]

    found = [json.loads(result.out)["source"] for result in results]
    assert found == [f"{bucket.url}/photos/{name}.jpg" for name in ("[x]", "x")]


@pytest.mark.promises("free")
def test_mistakes_cost_nothing(
    remote: Rwcap, service: Service, bucket: Bucket, tmp_path: Path
) -> None:
    """Each is one line, with a hint, and the right status."""
    write_table(pa.table({"picture": [b"1"]}), tmp_path / "m.parquet")
    other = bucket.put("m.parquet", (tmp_path / "m.parquet").read_bytes())
    half = bucket.put("half/a.parquet", (tmp_path / "m.parquet").read_bytes()[:-5])
    bucket.put("photos/a.jpg", draw.snapshot(1))
    photos = f"{bucket.url}/photos"

    for arguments, status, message in [
        ((other,), 2, "m.parquet: exactly one of the columns"),
        ((half,), 2, "a.parquet: damaged or incomplete Parquet"),
        ((photos, "-o", f"{bucket.url}/half/"), 2, "damaged or incomplete Parquet"),
        ((photos, "-o", f"{bucket.url}/a.jsonl"), 2, "no records can be added"),
        ((photos, "-o", "s3://nobodys-bucket/x/"), 2, "no such object, folder"),
        ((photos, "-o", "s3://"), 2, "s3://: the bucket is not named"),
        ((photos, "-o", "/proc/captions/"), 2, "/proc/captions/: "),
        ((photos, "--write", "txt"), 2, "use -o s3://BUCKET/FOLDER/"),
        ((photos, "--write", "txt", "--out-dir", "s3://a/b"), 2, "not a local folder"),
        ((photos, "--write", "embed"), 2, "use -o s3://BUCKET/FOLDER/"),
        ((photos, "--write", "xmp"), 2, "use -o s3://BUCKET/FOLDER/"),
        (("s3://me:secret@bucket/x",), 2, "s3:// with a user or a password"),
        (("gs://bucket/photos",), 2, "this storage requires the package gcsfs"),
        (("s3://nobodys-bucket/x/",), 1, "no such object, folder or bucket"),
    ]:
        result = remote.run("batch", *arguments)

        errors = [line for line in result.err.splitlines() if "error: " in line]
        assert (result.status, len(errors)) == (status, 1), result.err
        assert message in errors[0]
        assert "secret@" not in result.err
    assert service.bills == 0


def test_storage_without_credentials_is_an_error(
    remote: Rwcap, service: Service, bucket: Bucket
) -> None:
    """Nothing is bought, and the hint names the variables."""
    bucket.put("photos/a.jpg", draw.snapshot(1))
    poor = remote.with_environment(AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")

    folder = poor.run("batch", f"{bucket.url}/photos")
    image = poor.run("batch", f"{bucket.url}/photos/a.jpg", "--jsonl")

    assert folder.status == image.status == 6
    assert f"error: {bucket.url}/photos: Unable to locate credentials" in folder.err
    assert "hint: set AWS_PROFILE, or AWS_ACCESS_KEY_ID" in folder.err
    assert json.loads(image.out)["error"]["kind"] == "network"
    assert service.bills == 0
