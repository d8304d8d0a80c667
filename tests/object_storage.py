"""A server on loopback that speaks S3, and buckets of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import uuid4

import pytest
from fsspec import filesystem  # type: ignore[import-untyped]  # has no types
from moto.server import ThreadedMotoServer

SECRET = "sentinel-secret-of-the-storage"
"""The secret access key of the tests, which nobody may print."""


class Bucket(NamedTuple):
    """A bucket of the server."""

    name: str

    @property
    def url(self) -> str:
        """The URL of the bucket."""
        return f"s3://{self.name}"

    def put(self, key: str, data: bytes) -> str:
        """Write an object and return its URL."""
        filesystem("s3").pipe_file(f"{self.name}/{key}", data)
        return f"{self.url}/{key}"

    def get(self, key: str) -> bytes:
        """Return the bytes of an object."""
        data = filesystem("s3").cat_file(f"{self.name}/{key}")
        assert isinstance(data, bytes)
        return data

    def delete(self, key: str) -> None:
        """Remove an object."""
        filesystem("s3").rm_file(f"{self.name}/{key}")

    def keys(self, folder: str) -> list[str]:
        """Return the keys of all objects in a folder."""
        found = filesystem("s3", use_listings_cache=False).find(f"{self.name}/{folder}")
        return [name.removeprefix(f"{self.name}/") for name in found]


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Run a server; yield the environment variables by which clients find it."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield {
            "AWS_ACCESS_KEY_ID": "sentinel-id",
            "AWS_SECRET_ACCESS_KEY": SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": f"http://{host}:{port}",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    finally:
        server.stop()


def remove_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away the credentials."""
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    forget_connections()


def forget_connections() -> None:
    """Let the next access to S3 read the environment again."""
    filesystem("s3").clear_instance_cache()


def create_bucket() -> Bucket:
    """Return a new bucket."""
    bucket = Bucket(f"photos-{uuid4()}")
    filesystem("s3").mkdir(bucket.name)
    return bucket
