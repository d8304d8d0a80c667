"""The programs that are compared, and the service that they ask."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import trustme

from tests.bench.corpora import bodies
from tests.bench.measures import CERTIFICATES, FOLDER, Measure, measure

RWCAP: Final = str(Path(sys.executable).parent / "rwcap")
PEERS: Final = str(Path(__file__).with_name("peers.py"))
SDK: Final = "runware-sdk==1.8.0"
CORES: Final = os.cpu_count() or 1


@contextmanager
def service(
    latency: float = 0.0, *, busy: float = 0.0, secure: bool = False
) -> Iterator[str]:
    """Run the stand-in on the other core and yield its URL.

    Args:
        latency: Seconds from a request to its reply.
        busy: The share of requests that are refused with 429.
        secure: Whether it speaks TLS.
    """
    options = [f"--latency={latency}", f"--busy={busy}"]
    if secure:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(CERTIFICATES)
        identity = authority.issue_cert("localhost")
        identity.private_key_and_cert_chain_pem.write_to_path(FOLDER / "server.pem")
        options.append(f"--certificate={FOLDER / 'server.pem'}")
    process = subprocess.Popen(
        ["taskset", "-c", "1", sys.executable, "-m", "tests.bench.service", *options],  # noqa: S607  # the one on the path
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    port = process.stdout.readline().strip()
    try:
        yield (
            f"https://localhost:{port}/v1" if secure else f"http://127.0.0.1:{port}/v1"
        )
    finally:
        process.kill()
        process.wait()


def curl(folder: Path, url: str, flight: int) -> Measure:
    """Post every request of a folder with curl."""
    config = FOLDER / "curl"
    config.write_text(
        "".join(
            f'url = "{url}"\nupload-file = "{each}"\nrequest = POST\n'
            'header = "Expect:"\noutput = /dev/null\n'
            for each in sorted(bodies(folder).iterdir())
        )
    )
    options = ["-s", "--http1.1", "--cacert", str(CERTIFICATES)]
    options += ["--parallel", "--parallel-immediate", "--parallel-max", str(flight)]
    return measure("curl", *options, "-K", str(config))


def peer(client: str, folder: Path, url: str, flight: int) -> Measure:
    """Caption every image of a folder with another client in Python."""
    python = sys.executable
    if client == "sdk":
        venv = FOLDER / "sdk"
        python = str(venv / "bin/python")
        if not venv.exists():
            subprocess.run([sys.executable, "-m", "venv", venv], check=True)
            subprocess.run([python, "-m", "pip", "install", "-q", SDK], check=True)
    return measure(python, PEERS, client, str(folder), url, str(flight))


def pillow(folder: Path) -> Measure:
    """Scale every image of a folder to the default side, a thread a core."""
    return measure(sys.executable, PEERS, "pillow", str(folder), "", str(CORES))


def batch(folder: Path, url: str, flight: int, *options: str) -> Measure:
    """Caption every image of a folder with rwcap and a new ledger."""
    home = Path(tempfile.mkdtemp(dir=FOLDER))
    try:
        arguments = ["-q", "-o", str(home / "out.jsonl"), "-c", str(flight), *options]
        return rwcap(home, url, "batch", str(folder), *arguments)
    finally:
        shutil.rmtree(home)


def rwcap(home: Path, url: str, *arguments: str) -> Measure:
    """Run rwcap in a home of its own."""
    return measure(
        RWCAP, *arguments, home=home, RWCAP_API_KEY="bench-key", RWCAP_API_URL=url
    )


def python() -> Measure:
    """Start an empty Python."""
    return measure(sys.executable, "-c", "pass")
