"""Images, folders, globs and tables in object storage."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pyarrow as pa  # type: ignore[import-untyped]  # has no types
import pytest
from fsspec import filesystem  # type: ignore[import-untyped]  # as above
from pyarrow.parquet import write_table  # type: ignore[import-untyped]  # as above

from rwcap.core.errors import StorageError
from rwcap.core.source import CaptionRequest, UnusableSource, local_name
from rwcap.storage import objects
from tests.object_storage import Bucket, remove_credentials
from tests.sources.batch import found, refusal, sources


@pytest.fixture(params=["memory", "s3"])
def root(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the URL of an empty bucket in each storage."""
    if request.param == "s3":
        yield request.getfixturevalue("bucket").url
        return
    yield f"memory://{uuid4()}"
    filesystem("memory").store.clear()


def put(root: str, *names: str) -> None:
    """Write objects whose content is their name."""
    for name in names:
        objects.write_object(f"{root}/{name}", name.encode())


def put_table(url: str, folder: Path, columns: dict[str, object]) -> None:
    """Write a table."""
    write_table(pa.table(columns), folder / "table.parquet")
    objects.write_object(url, (folder / "table.parquet").read_bytes())


def test_a_folder_is_walked_in_the_order_of_its_names(root: str) -> None:
    """With paths below it, and a stamp of each object; other files are reported."""
    put(root, "p/b.JPG", "p/a/2.png", "p/a/1.jpg", "p/a.gif", "p/clip.mov", "p/x.txt")
    put(root, "q/c.jpg", "p/.hidden/d.jpg", "p/.e.jpg", "p/B0/a.jpg")
    notices: list[str] = []

    requests = list(sources(f"{root}/p", notice=notices.append))

    assert [each.source for each in requests] == [
        f"{root}/p/{name}"
        for name in ("B0/a.jpg", "a.gif", "a/1.jpg", "a/2.png", "b.JPG")
    ]
    first = requests[0]
    assert isinstance(first, CaptionRequest)
    assert first.relative_path == "B0/a.jpg"
    assert first.stamp is not None
    assert first.stamp.size == len("p/B0/a.jpg")
    assert notices == [f"{root}/p: ignored: 1 video"]
    assert found(f"{root}/p/", include=["*.txt"]) == ["x.txt"]
    assert found(f"{root}/p", exclude=["a/", "clip*"]) == ["B0/a.jpg", "a.gif", "b.JPG"]
    assert found(f"{root}/p", max_depth=1, exclude=["*.mov"]) == ["a.gif", "b.JPG"]
    assert found(root, include=["c*"]) == ["p/clip.mov", "q/c.jpg"]


def test_a_glob_is_matched_below_its_folder(root: str) -> None:
    """Folders that cannot match are not listed."""
    put(root, "p/a/1.jpg", "p/a/2.png", "p/b/3.jpg", "p/b/deep/4.jpg", "p/5.jpg")

    assert found(f"{root}/p/*/*.jpg") == ["a/1.jpg", "b/3.jpg"]
    assert found(f"{root}/p/**/4.jpg") == ["b/deep/4.jpg"]
    assert found(f"{root}/p/?.jpg") == ["5.jpg"]
    assert refusal("s3://*/a.jpg").message == "s3://: the bucket is not named"


def test_folders_are_listed_when_their_turn_comes(
    root: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the first caption does not wait for the rest of the bucket."""
    put(root, *(f"{folder}/{name}.jpg" for folder in "abcdef" for name in "12"))
    listed: list[str] = []

    def list_folder(url: str) -> list[objects.Entry]:
        listed.append(url)
        return objects.list_folder(url)

    monkeypatch.setattr("rwcap.sources.object_walk.list_folder", list_folder)

    first = next(iter(sources(root)))

    assert first.source == f"{root}/a/1.jpg"
    assert listed == [root, f"{root}/a"]


def test_a_folder_that_is_removed_meanwhile_is_left_out(root: str) -> None:
    """As on a disk."""
    put(root, "a/1.jpg", "b/2.jpg", "c/3.jpg")
    requests = iter(sources(root))

    first = next(requests)
    filesystem(root.partition("://")[0]).rm(f"{root}/b", recursive=True)

    assert [first.source, *(each.source for each in requests)] == [
        f"{root}/a/1.jpg",
        f"{root}/c/3.jpg",
    ]


def test_single_objects_are_named(root: str, here: Path) -> None:
    """One with the suffix of an image is not looked for; a list names them too."""
    put(root, "a.jpg", "scan", "odd[1].jpg")
    (here / "list.txt").write_text(f"{root}/odd[1].jpg\nfile://{here}/x%20y.jpg\n")

    first, second, third, *listed = sources(
        *(f"{root}/a.jpg", f"{root}/scan", f"{root}/missing", "list.txt")
    )

    assert first == CaptionRequest(f"{root}/a.jpg", "a.jpg")
    assert isinstance(second, CaptionRequest)
    assert second.stamp is not None
    assert isinstance(third, UnusableSource)
    assert third.error.message.endswith("missing: no such object, folder or bucket")
    assert [each.source for each in listed] == [
        f"{root}/odd[1].jpg",
        f"{here}/x y.jpg",
    ]


def test_an_empty_folder_is_reported(root: str) -> None:
    """It may be a mistake."""
    put(root, "p/x.txt")
    notices: list[str] = []

    assert list(sources(f"{root}/p", notice=notices.append)) == []
    assert notices == [f"{root}/p: no images"]


def test_tables_name_objects(root: str, here: Path) -> None:
    """Relative to the table, or as URLs. A glob can name tables."""
    put_table(f"{root}/m/1.parquet", here, {"image": ["a.jpg", f"{root}/p/b.jpg"]})
    put_table(f"{root}/m/2.parquet", here, {"bytes": [b"1"], "image": ["x/c.jpg"]})
    put_table(f"{root}/m/3.parquet", here, {"bytes": [b"1"], "url": ["s3://b/d.jpg"]})
    (here / "local.csv").write_text(f"url\n{root}/e.jpg\nfile:///f.jpg\n")

    requests = [
        (each.source.removeprefix(root), each.relative_path)
        for each in sources(f"{root}/m/*.parquet", "local.csv")
        if isinstance(each, CaptionRequest)
    ]

    assert requests == [
        ("/m/a.jpg", "a.jpg"),
        ("/p/b.jpg", ""),
        ("/m/2.parquet:1", "x/c.jpg"),
        ("/m/3.parquet:1", "d.jpg"),
        ("/e.jpg", ""),
        ("/f.jpg", "f.jpg"),
    ]
    assert [one.source for one in sources(f"{root}/m/1.parquet")] == [
        f"{root}/m/a.jpg",
        f"{root}/p/b.jpg",
    ]


def test_counting_downloads_no_table() -> None:
    """Images in folders are counted, because listing them is cheap."""
    assert sources("s3://b/p").countable
    assert sources("m.parquet").countable
    assert not sources("s3://b/m.parquet").countable


def test_other_tables_and_lists_are_refused(root: str) -> None:
    """They are read in many small parts."""
    for name in ("m.csv", "m.jsonl"):
        refused = refusal(f"{root}/{name}")
        assert "only Parquet tables can be in object storage" in refused.message
    refused = refusal(f"{root}/list.txt")
    assert refused.message == (
        f"list {root}/list.txt: a list cannot be in object storage"
    )
    assert refused.hint == "copy it to a local file, and name that"


def test_a_bucket_that_cannot_be_listed_is_an_error(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends, because nothing is known of its images."""
    remove_credentials(monkeypatch)

    for word in ("", "/*.jpg", "/m.parquet"):
        with pytest.raises(StorageError, match="Unable to locate credentials"):
            list(sources(bucket.url + word))


@pytest.mark.parametrize(
    ("source", "path"),
    [
        ("file:///a%20b/%C3%A9.jpg", "/a b/é.jpg"),
        ("file://localhost/a.jpg", "/a.jpg"),
        ("file:///%ff.jpg", "/\udcff.jpg"),
        ("file://other/a.jpg", "file://other/a.jpg"),
        ("file:a.jpg", "file:a.jpg"),
        ("a%20b.jpg", "a%20b.jpg"),
    ],
)
def test_a_file_url_is_a_path(source: str, path: str) -> None:
    """Decoded; other hosts are not asked."""
    assert local_name(source) == path


def test_names_with_an_empty_part_are_reported(bucket: Bucket) -> None:
    """A prefix with a slash that was joined with a slash makes them."""
    bucket.put("p/a.jpg", b"1")
    bucket.put("p//b.jpg", b"2")
    bucket.put("p/", b"")
    notices: list[str] = []

    (request,) = sources(f"{bucket.url}/p", notice=notices.append)

    assert request.source == f"{bucket.url}/p/a.jpg"
    assert notices == [f"{bucket.url}/p: ignored: 1 folder without a name (//)"]


def test_a_bucket_that_cannot_be_listed_fails_alone_after_others(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Captions may be bought by then."""
    remove_credentials(monkeypatch)

    first, last = sources("a.jpg", f"{bucket.url}/p/")

    assert first.source == "a.jpg"
    assert isinstance(last, UnusableSource)
    assert isinstance(last.error, StorageError)
