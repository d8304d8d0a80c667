"""rwcap as a real process: through pipes, and on a terminal."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests import fork_server
from tests.terminal import Terminal

PROGRAM = Path(sys.executable).parent / "rwcap"
PLAIN = str(Path(__file__).parent / "plain")
"""A folder on the path of processes: it hides what an installation does not have."""
SENTINEL = "sentinel-key-that-nobody-may-print"
"""The API key of the tests. Whatever holds it after a test has given it away."""

_KEEPERS = {"credentials.toml", "config.yaml", "key.txt"}
"""Files in which it belongs: ours, that of Runware's tool, one for standard input."""

_PASSED_ON = ("PATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")


def visible(screen: str) -> str:
    """Return what is on the screen, without colours and cursor movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


@dataclass(frozen=True)
class Result:
    """How a process ended, and what it wrote."""

    status: int
    out: str
    err: str

    def __post_init__(self) -> None:
        """Nothing that a process writes holds the key."""
        assert SENTINEL not in self.out
        assert SENTINEL not in self.err


class Started(subprocess.Popen[bytes]):
    """A process under way."""

    def communicate(
        self,
        input: bytes | None = None,  # noqa: A002  # theirs
        timeout: float | None = None,
    ) -> tuple[bytes, bytes]:
        """Return all that it writes, in which the key is not."""
        out, err = super().communicate(input, timeout)
        assert SENTINEL.encode() not in out + err
        return out, err


def gave_the_key_away(home: Path) -> list[Path]:
    """Return the files below a home that hold the key, and should not."""
    return [
        path
        for path in home.rglob("*")
        if path.name not in _KEEPERS
        and path.is_file()
        and (SENTINEL.encode() in path.read_bytes() or SENTINEL in path.name)
    ]


def start_environment() -> dict[str, str]:
    """Return the environment in which each process starts: no home and no key."""
    kept = {key: os.environ[key] for key in _PASSED_ON if key in os.environ}
    return kept | {"LANG": "C.UTF-8", "PYTHONPATH": PLAIN}


_AT_THE_END = ExitStack()


@cache
def _fork_server() -> fork_server.ForkServer:
    return _AT_THE_END.enter_context(fork_server.ForkServer(start_environment()))


def end_fork_server() -> None:
    """End the server that started the processes of this session, if one was used."""
    _AT_THE_END.close()


def _read_all(end: int) -> str:
    with open(end, "rb") as stream:  # a descriptor
        written = stream.read()
    return written.decode("utf-8", "surrogateescape")


def _write_all(end: int, data: bytes) -> None:
    try:
        with open(end, "wb") as stream:
            stream.write(data)
    except BrokenPipeError:
        pass  # the process ended before it had read all


class Rwcap:
    """Runs rwcap in a home of its own, with a clean environment."""

    def __init__(
        self,
        home: Path,
        server: Callable[[], fork_server.ForkServer] | None = None,
    ) -> None:
        """Use `home` as the user's home, and a server that starts the processes."""
        self.home = home
        self._server = server or _fork_server
        self.environment = start_environment() | {"HOME": str(home)}

    def with_environment(self, **variables: str) -> "Rwcap":
        """Return the same with more environment variables."""
        other = Rwcap(self.home, self._server)
        other.environment |= self.environment | variables
        return other

    def run(
        self,
        *arguments: str | bytes,
        stdin: bytes = b"",
        folder: Path | None = None,
    ) -> Result:
        """Run to the end with pipes on all sides."""
        ends = [os.pipe() for _ in range(3)]
        inside = [ends[0][0], ends[1][1], ends[2][1]]
        process = self.fork(arguments, inside, folder=folder)
        for end in inside:
            os.close(end)
        with ThreadPoolExecutor(3) as threads:
            threads.submit(_write_all, ends[0][1], stdin)
            texts = [threads.submit(_read_all, ends[number][0]) for number in (1, 2)]
            status = process.wait(60)
        return Result(status, texts[0].result(), texts[1].result())

    def fork(
        self,
        arguments: Sequence[str | bytes],
        streams: Sequence[int],
        *,
        folder: Path | None = None,
        session: bool = False,
    ) -> fork_server.Process:
        """Start a fork with these streams."""
        odd = [each for each in self.environment if each.startswith(("LC_", "PYTHON"))]
        assert odd == ["PYTHONPATH"], "Python reads the others when it starts"
        return self._server().start(
            fork_server.Request(
                arguments=[str(PROGRAM), *map(os.fsdecode, arguments)],
                environment=self.environment,
                folder=str(folder or self.home),
                session=session,
            ),
            streams,
        )

    def start(self, *arguments: str) -> "Started":
        """Start, and leave the rest to the caller."""
        return Started(
            [PROGRAM, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.home,
        )

    def start_shell(self, script: str) -> "Started":
        """Start a script of bash in which `rwcap` is the program."""
        return Started(
            ["bash", "-c", script],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
            cwd=self.home,
        )

    def shell(self, script: str, *, stdin: bytes = b"") -> Result:
        """Run a script of bash in which `rwcap` is the program."""
        done = subprocess.run(
            ["bash", "-c", script],  # noqa: S607  # the bash of the user
            input=stdin,
            capture_output=True,
            env=self.environment | {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"},
            cwd=self.home,
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout.decode(), done.stderr.decode())

    def on_terminal(
        self,
        *arguments: str,
        columns: int = 80,
        typed: bytes = b"",
        variables: Mapping[str, str] | None = None,
    ) -> Result:
        """Run with a terminal for each of its streams."""
        streams = [Terminal(columns) for _ in range(3)]
        process = self.start_on(streams, *arguments, variables=variables)
        if typed:
            streams[2].wait_for()  # the prompt; it discards what came early
            os.write(streams[0].outside, typed)
        status = process.wait(60)
        for stream in streams:
            stream.close()
        return Result(status, streams[1].written, streams[2].written)

    def on_screen(
        self,
        *arguments: str,
        columns: int = 80,
        rows: int = 50,
        variables: Mapping[str, str] | None = None,
    ) -> tuple[int, Terminal]:
        """Run on one terminal. Return the exit status and the terminal at the end."""
        terminal = Terminal(columns, rows)
        process = self.start_on([terminal] * 3, *arguments, variables=variables)
        status = process.wait(60)
        terminal.close()
        assert SENTINEL not in terminal.written
        return status, terminal

    def start_on(
        self,
        streams: Sequence[Terminal],
        *arguments: str,
        variables: Mapping[str, str] | None = None,
    ) -> fork_server.Process:
        """Start with three terminals, or one three times, as its streams."""
        environment = {"TERM": "xterm-256color"} | dict(variables or {})
        process = self.with_environment(**environment).fork(
            arguments, [stream.inside for stream in streams], session=True
        )
        for inside in {stream.inside for stream in streams}:
            os.close(inside)
        return process
