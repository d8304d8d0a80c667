"""Other clients that caption a folder: python peers.py CLIENT FOLDER URL FLIGHT.

None of them keeps anything: they have no ledger, no digest and no record. They show
what the promises of rwcap cost. `asyncio` needs Python alone, and `sdk` needs the
official package `runware-sdk` (https://pypi.org/project/runware-sdk/). `pillow` sends
nothing: it only scales the images.
"""

import asyncio
import base64
import sys
import uuid
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

MODEL = "runware:152@1"


def data_uri(image: Path) -> str:
    """Return an image as the API takes it."""
    return f"data:image/jpeg;base64,{base64.b64encode(image.read_bytes()).decode()}"


async def work_off(
    images: Iterator[Path], flight: int, caption: Callable[[Path], Awaitable[None]]
) -> None:
    """Caption images, `flight` of them at the same time."""

    async def worker() -> None:
        for image in images:
            await caption(image)

    await asyncio.gather(*(worker() for _ in range(flight)))


async def with_asyncio(images: Iterator[Path], url: str, flight: int) -> None:
    """Caption with streams of the standard library, on connections kept alive."""
    address = urlsplit(url)
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def caption(image: Path) -> None:
        body = (
            f'[{{"taskType":"caption","taskUUID":"{uuid.uuid4()}","model":"{MODEL}",'
            f'"includeCost":true,"inputs":{{"image":"{data_uri(image)}"}}}}]'
        ).encode()
        reader, writer = (
            idle.pop()
            if idle
            else await asyncio.open_connection(address.hostname, address.port)
        )
        head = (
            f"POST {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(answer.partition("content-length:")[2].partition("\r")[0])
        assert b'"text"' in await reader.readexactly(length)
        idle.append((reader, writer))

    await work_off(images, flight, caption)


async def with_sdk(images: Iterator[Path], url: str, flight: int) -> None:
    """Caption with the official SDK over REST, without its validation."""
    from runware import Runware  # type: ignore[import-not-found]  # not in the tests

    async with Runware(
        api_key="bench-key", transport="rest", http_base_url=url, validate=False
    ) as client:

        async def caption(image: Path) -> None:
            (result,) = await client.run(
                {
                    "taskType": "caption",
                    "model": MODEL,
                    "deliveryMethod": "sync",
                    "includeCost": True,
                    "inputs": {"image": data_uri(image)},
                }
            )
            assert result["text"]

        await work_off(images, flight, caption)


def scale(image: Path) -> int:
    """Scale an image to a side of 1536 pixels and return the size of the JPEG."""
    from PIL import Image

    with Image.open(image) as opened:
        opened.draft("RGB", (1536, 1536))
        opened.thumbnail((1536, 1536), Image.Resampling.LANCZOS)
        scaled = BytesIO()
        opened.save(scaled, "JPEG", quality=90)
    return len(scaled.getvalue())


def main() -> None:
    """Caption the images of a folder."""
    client, folder, url, flight = sys.argv[1:]
    images = iter(sorted(Path(folder).rglob("*.jpg")))
    if client == "pillow":
        with ThreadPoolExecutor(int(flight)) as pool:
            assert all(pool.map(scale, images))
        return
    run = {"asyncio": with_asyncio, "sdk": with_sdk}[client]
    asyncio.run(run(images, url, int(flight)))


if __name__ == "__main__":
    main()
