"""A server that means harm: nothing hangs, fills the memory, or gets the key."""

import gzip
import json
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest
import trustme
from PIL import Image

from tests import proxy
from tests import service as faults
from tests.process import PROGRAM, SENTINEL, Rwcap
from tests.service import Exchange, Fault, running

MANY = 48 * 1024 * 1024
"""Bytes. A process that took them all would be much larger than others."""

SPARE = 24 * 1024
"""KiB that a process may need in addition: a few times the longest reply it reads."""

SECONDS = 3
"""The time limit for a reply."""

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HEADER = b"X-Piece: %s\r\n" % (b"x" * 60_000)
FOREVER = MANY // 60_000

FOREIGN = "not from the Runware API"
LOST = "lost the connection"
LONG = "the reply has more than 4,194,304 bytes"
LATE = "did not reply in time"


def say(*pieces: bytes, times: int = 1) -> Fault:
    """Send pieces of a reply, and the last one again and again."""

    def fault(exchange: Exchange) -> None:
        exchange.handler.close_connection = True
        for piece in pieces + pieces[-1:] * (times - 1):
            exchange.handler.wfile.write(piece)

    return fault


def body(content: bytes, *headers: bytes) -> Fault:
    """Send a whole reply, and that the connection is closed after it.

    Otherwise, the client sends its next request on this connection if it is faster
    than the end of it.
    """
    length = b"Content-Length: %d" % len(content)
    lines = (*headers, b"Connection: close", length, b"", b"")
    return say(OK + b"\r\n".join(lines) + content)


def bomb(name: bytes, compress: Callable[[bytes], bytes]) -> Fault:
    """Send a reply that is large when it is decompressed."""

    def fault(exchange: Exchange) -> None:
        body(compress(b" " * MANY), b"Content-Encoding: " + name)(exchange)

    return fault


def caption(field: str, value: str, times: int = 1) -> Fault:
    """Send a caption with this JSON in one of its fields."""

    def fault(exchange: Exchange) -> None:
        (task,) = json.loads(exchange.body)
        members = {"text": '"A boat."', "cost": "0.0013", field: value * times}
        members["taskUUID"] = json.dumps(task["taskUUID"])
        joined = ", ".join(f'"{name}": {each}' for name, each in members.items())
        body(f'{{"data": [{{{joined}}}]}}'.encode(errors="surrogateescape"))(exchange)

    return fault


def drip(exchange: Exchange) -> None:
    """Send a byte at a time, and never the last one."""
    exchange.handler.wfile.write(OK + b"Content-Length: 9000\r\n\r\n")
    while True:  # until the client goes away
        exchange.handler.wfile.write(b" ")
        exchange.service.ended.wait(0.05)


REPLIES: list[tuple[Fault, set[str]]] = [
    (bomb(b"gzip", gzip.compress), {FOREIGN}),
    (bomb(b"deflate", zlib.compress), {FOREIGN}),
    (say(OK, b"X: " + bytes(4_000_000)), {LOST}),
    (say(OK, HEADER, times=FOREVER), {LOST}),
    (say(b"HTTP/1.1 102 Wait\r\n%s\r\n" % HEADER, times=FOREVER), {LONG, LATE, LOST}),
    (say(OK + b"\r\n", HEADER, times=FOREVER), {LONG}),
    (say(CHUNKED, b"ea60\r\n%s\r\n" % bytes(60_000), times=FOREVER), {LONG}),
    (say(CHUNKED + b"0\r\n", HEADER, times=FOREVER), {LONG, LOST}),
    (say(CHUNKED, b"1\r\nx\r\n" * 9999, times=200), {LONG, LATE}),
    (say(OK + b"Content-Length: %d\r\n\r\n" % 9e14), {LONG, LOST}),
    (caption("text", f'"{"x" * MANY}"'), {LONG, LATE}),
    (drip, {LATE}),
    (caption("cost", "NaN"), {FOREIGN}),
    (caption("cost", "-Infinity"), {FOREIGN}),
    (caption("cost", "9", 5000), {FOREIGN}),
    (caption("cost", "1e999999999999"), {"A boat."}),
    (caption("cost", "-1"), {"A boat."}),
    (caption("cost", '{"usd": 1}'), {"A boat."}),
    (caption("cost", "[", 100_000), {FOREIGN}),
    (caption("text", '"A \udcff boat."'), {FOREIGN}),
    (caption("text", '"A \\ud83d boat\\u0000."'), {"A \ufffd boat."}),
]
"""Replies, and what is said of each: a reason, or the caption."""

MEASURE = """if True:
    import resource, subprocess, sys
    done = subprocess.run(sys.argv[1:])
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, done.returncode)
"""
"""A small program that measures another: what tests start begins with their size."""


def measured(rwcap: Rwcap, *arguments: str) -> tuple[int, int]:
    """Run a command; return its highest memory in KiB and its exit status."""
    command = [sys.executable, "-ISc", MEASURE, str(PROGRAM), *arguments]
    done = subprocess.run(
        command,
        env=rwcap.environment,
        cwd=rwcap.home,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=100,
        check=True,
    )
    memory, status = done.stdout.splitlines()[-1].split()
    return int(memory), int(status)


@pytest.mark.parametrize("through", [False, pytest.param(True, marks=pytest.mark.soak)])
@pytest.mark.promises("hostile")
def test_no_reply_hangs_a_process_or_fills_its_memory(
    rwcap: Rwcap,
    record_property: Callable[[str, object], None],
    *,
    through: bool,
) -> None:
    """Each has its reason; the captions that can be read are kept. Also by a proxy."""
    authority, trusted = trustme.CA(), rwcap.home / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    certificate = authority.issue_cert("127.0.0.1") if through else None
    for number in range(len(REPLIES)):
        Image.new("L", (30 + number, 30)).save(rwcap.home / f"{number:02}.png")
    order = ["batch", ".", "-c1", "--retries=0", f"--timeout={SECONDS}", "--fresh"]
    with running(certificate) as service, proxy.running(proxy.tunnel) as url:
        there = rwcap.with_environment(
            RWCAP_API_KEY=SENTINEL,
            RWCAP_API_URL=service.url,
            SSL_CERT_FILE=str(trusted),
            HTTPS_PROXY=url,
        )
        usual, done = measured(there, *order)
        service.captions += [reply for reply, _ in REPLIES]

        memory, status = measured(there, *order, "-o", "out.jsonl")

    lines = (rwcap.home / "out.jsonl").read_text().splitlines()
    records = sorted(map(json.loads, lines), key=lambda record: record["source"])
    said = [each["text"] or each["error"]["message"] for each in records]
    kinds = {each["error"]["kind"] for each in records if each["error"]}
    assert (done, status, kinds) == (0, 10, {"ambiguous"})
    assert memory < usual + SPARE
    for (_, reasons), text in zip(REPLIES, said, strict=True):
        assert any(reason in text for reason in reasons), text
    record_property("runs", len(REPLIES))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.promises("hostile", "secrets")
def test_a_redirection_takes_the_key_nowhere(
    connected: Rwcap, status: int, service: faults.Service
) -> None:
    """It is an error with a hint, and nothing is bought."""
    Image.new("L", (30, 30)).save(connected.home / "a.png")
    with running() as other:
        there = {"Location": other.url, "Refresh": f"0; url={other.url}"}
        service.captions.append(faults.status(status, headers=there))

        result = connected.run("caption", "a.png")

    assert other.headers == []
    assert (result.status, service.bills) == (6, 0)
    assert "the API URL redirects" in result.err
    assert "hint: check --api-url" in result.err
