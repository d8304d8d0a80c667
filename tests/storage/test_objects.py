"""Objects are listed, read and written, in memory and in S3."""

import sys
from collections.abc import Iterator
from uuid import uuid4

import pytest
from fsspec import filesystem  # type: ignore[import-untyped]  # has no types

from rwcap.core.errors import InputError, NoStorageError, StorageError, UsageError
from rwcap.core.source import FileStamp
from rwcap.storage import objects
from tests.object_storage import SECRET, Bucket, remove_credentials


@pytest.fixture(params=["memory", "s3"])
def folder(request: pytest.FixtureRequest) -> Iterator[str]:
    """Return the URL of an empty folder in each storage."""
    if request.param == "s3":
        yield f"{request.getfixturevalue('bucket').url}/photos"
        return
    yield f"memory://{uuid4()}/photos"
    filesystem("memory").store.clear()


def test_an_object_is_read_as_it_was_written(folder: str) -> None:
    """As a whole, from its beginning, or in parts; its name may be odd."""
    for name, data in {"a.jpg": b"abcdef", "b?c#d::é [1]*.jpg": b""}.items():
        url = f"{folder}/{name}"

        objects.write_object(url, data)

        assert objects.read_object(url, 100) == data
        assert objects.read_object(url, 3) == data[:3]
        with objects.open_object(url) as file:
            file.seek(2)
            assert file.read(2) == data[2:4]


def test_a_folder_is_listed_by_name(folder: str) -> None:
    """With the size of objects and a version, which changes with the content."""
    for name in ("b.jpg", "a/deep.jpg", "c"):
        objects.write_object(f"{folder}/{name}", b"123")
    if folder.startswith("s3"):
        marker = f"{folder}/".removeprefix("s3://")
        filesystem("s3").pipe_file(marker, b"")  # as the console of S3 creates folders

    entries = objects.list_folder(folder)
    objects.write_object(f"{folder}/b.jpg", b"456")

    assert [(each.name, each.is_folder) for each in entries] == [
        ("a", True),
        ("b.jpg", False),
        ("c", False),
    ]
    stamps = [each.stamp for each in entries]
    assert stamps[0] is None
    assert isinstance(stamps[1], FileStamp)
    assert stamps[1].size == 3
    assert objects.find_entry(f"{folder}/c").stamp == stamps[2]
    assert objects.find_entry(f"{folder}/b.jpg").stamp != stamps[1]
    assert objects.find_entry(folder).is_folder
    assert objects.find_entry(folder + "/").is_folder


def test_an_object_without_a_version_has_no_stamp() -> None:
    """Its size alone does not show that it is unchanged."""
    info = {"name": "a/b.jpg", "type": "file", "size": 3}

    assert objects._entry(info).stamp is None
    assert objects._entry({**info, "etag": "1", "size": None}).stamp is None
    assert objects._entry({**info, "etag": "1"}).stamp is not None


def test_an_object_that_cannot_be_read_is_an_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It does not count as empty."""
    objects.write_object("memory://a/b.jpg", b"123")

    def refuse(*_: object, **__: object) -> bytes:
        raise PermissionError("Access Denied")

    monkeypatch.setattr(type(filesystem("memory")), "cat_file", refuse)

    with pytest.raises(StorageError) as refused:
        objects.read_object("memory://a/b.jpg", 9)

    assert refused.value.message == "memory://a/b.jpg: Access Denied"
    assert refused.value.hint is None


def test_missing_objects_folders_and_buckets_are_named(folder: str) -> None:
    """Each is an error of the input."""
    missing = f"{folder}/missing.jpg"
    for read in (objects.list_folder, objects.find_entry, objects.open_object):
        with pytest.raises(InputError) as refused, objects.storage_errors(missing):
            read(missing)

        assert refused.value.message == f"{missing}: no such object, folder or bucket"
    with pytest.raises(InputError):
        objects.read_object(missing, 9)


def test_a_missing_bucket_is_named(bucket: Bucket) -> None:
    """Also when an object is written."""
    url = f"s3://{bucket.name}-of-nobody/a"

    with pytest.raises(InputError, match="no such object, folder or bucket"):
        objects.write_object(url, b"")


@pytest.mark.parametrize(
    ("scheme", "package"), [("gs", "gcsfs"), ("az", "adlfs"), ("s3", "s3fs")]
)
def test_a_missing_package_is_named(
    scheme: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the command that installs it."""
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(NoStorageError) as refused:
        objects.list_folder(f"{scheme}://bucket/folder")

    message = f"{scheme}://bucket/folder: this storage requires the package {package}"
    assert refused.value.message == message
    assert f'pip install "rwcap[remote]" {package})' in str(refused.value.hint)


def test_a_bucket_has_to_be_named() -> None:
    """The buckets of an account are no folder of images."""
    for url in ("s3://", "s3:///a"):
        with pytest.raises(UsageError) as refused:
            objects.list_folder(url)
        assert refused.value.message == f"{url}: the bucket is not named"


@pytest.mark.promises("free")
def test_a_folder_is_tried_without_a_trace(folder: str) -> None:
    """Whether it exists or not."""
    objects.write_object(f"{folder}/a", b"")

    objects.check_writable(folder)
    objects.check_writable(f"{folder}/new/")

    assert [each.name for each in objects.list_folder(folder)] in (["a"], ["a", "new"])


def test_an_url_with_a_password_is_refused() -> None:
    """And it is not repeated."""
    with pytest.raises(UsageError) as refused:
        objects.list_folder(f"s3://user:{SECRET}@bucket/folder")

    assert SECRET not in refused.value.message
    assert "AWS_PROFILE" in str(refused.value.hint)


@pytest.mark.usefixtures("bucket")
def test_missing_credentials_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variables that have them."""
    remove_credentials(monkeypatch)

    with pytest.raises(StorageError) as refused:
        objects.list_folder("s3://bucket/folder")

    assert refused.value.message == "s3://bucket/folder: Unable to locate credentials"
    assert "AWS_ACCESS_KEY_ID" in str(refused.value.hint)


def test_secrets_in_messages_of_packages_are_left_out() -> None:
    """Users and passwords, queries, and all lines but the first."""
    text = f'no answer: "https://me:{SECRET}@host/a?sig={SECRET}" now\n{SECRET}'

    with pytest.raises(StorageError) as refused, objects.storage_errors("az://a/b"):
        raise RuntimeError(text)

    assert refused.value.message == 'az://a/b: no answer: "https://host/a" now'
    assert refused.value.__cause__ is None
    with pytest.raises(StorageError) as refused, objects.storage_errors("az://a/b"):
        raise TimeoutError
    assert refused.value.message == "az://a/b: TimeoutError"


def test_a_message_about_credentials_has_a_hint() -> None:
    """Whatever the exception is called."""
    with pytest.raises(StorageError) as refused, objects.storage_errors("az://a/b"):
        raise ValueError("account_name with credentials is required")

    assert refused.value.hint == "set AZURE_STORAGE_CONNECTION_STRING"


def test_a_refusal_has_a_hint_about_credentials() -> None:
    """An access that is denied may need others."""
    with pytest.raises(StorageError) as refused, objects.storage_errors("gs://a/b"):
        raise PermissionError("Forbidden")

    assert refused.value.message == "gs://a/b: Forbidden"
    assert refused.value.hint == "gcloud auth application-default login"
