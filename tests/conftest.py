"""Fixtures of all tests: the program, a service on loopback, a photo."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests import draw, object_storage, programs, promises
from tests.process import SENTINEL, Rwcap, end_fork_server, gave_the_key_away
from tests.service import Service, running

KEY = SENTINEL

# Each run tries the same examples, so a failure can be reproduced.
# `--hypothesis-profile=ci` tries more.
settings.register_profile("people", derandomize=True, deadline=None, max_examples=25)
settings.register_profile("ci", derandomize=True, deadline=None, max_examples=100)
settings.load_profile("people")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that stores the figures of the promises."""
    meaning = "after -m promises, store the figures of the trials in this CSV file"
    parser.addoption("--record", type=Path, metavar="FILE", help=meaning)


def pytest_xdist_auto_num_workers() -> int:
    """Return the number of workers of `-n auto`: tests often wait for a process."""
    return 2 * (os.cpu_count() or 1)


@pytest.fixture(autouse=True, scope="session")
def default_signal_handlers() -> None:
    """Restore the signal handlers: a shell lets background jobs ignore Ctrl-C.

    Processes inherit this, and rwcap keeps ignored signals ignored.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(autouse=True, scope="session")
def fork_server_ends() -> Iterator[None]:
    """End the process that the tests fork their processes from."""
    yield
    end_fork_server()


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out the long form of trials, unless `-m` names it."""
    is_named = "soak" in config.option.markexpr
    long = {each for each in items if each.get_closest_marker("soak") and not is_named}
    items[:] = [each for each in items if each not in long]
    config.hook.pytest_deselected(items=long)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test that needs root, or a program that is not installed."""
    item.user_properties += promises.properties(item)
    if item.get_closest_marker("root") and os.geteuid():  # pragma: no cover  # not root
        pytest.skip("needs the rights of root")
    for name in programs.marked(item):
        programs.find(name)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Iterator[None]:
    """Count the examples of a trial of a promise."""
    with promises.counted_examples(pyfuncitem):
        return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table of the promises after `-m promises`, and store it on request."""
    options = terminalreporter.config.option
    if "promises" not in options.markexpr:
        return
    terminalreporter.section("promises")
    reports = [
        report
        for outcome in ("passed", "failed", "error")
        for report in terminalreporter.getreports(outcome)
        if isinstance(report, pytest.TestReport)  # a file may have a syntax error
    ]
    found = promises.outcomes(reports)
    for line in promises.table(found):
        terminalreporter.write_line(line)
    if options.record:
        promises.record(options.record, found, long="soak" in options.markexpr)


@pytest.fixture(autouse=True, scope="session")
def other_programs_are_hidden(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """Leave only the programs of every POSIX system on the path."""
    folder = tmp_path_factory.mktemp("posix")
    programs.link_posix(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(folder))
        yield


@pytest.fixture(autouse=True)
def marked_programs_are_found(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Put the programs that a test is marked with on its path."""
    if names := programs.marked(request.node):
        folder = tmp_path_factory.mktemp("programs")
        programs.link(names, folder)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def service() -> Iterator[Service]:
    """Return a service on loopback."""
    with running() as started:
        yield started


@pytest.fixture
def rwcap(tmp_path: Path) -> Iterator[Rwcap]:
    """Return the program with an empty home and no key.

    After each test, the key is in no file except the credentials file.
    """
    yield Rwcap(tmp_path)
    assert gave_the_key_away(tmp_path) == []


@pytest.fixture
def connected(rwcap: Rwcap, service: Service) -> Rwcap:
    """Return the program with a key, connected to the service on loopback."""
    return rwcap.with_environment(RWCAP_API_KEY=KEY, RWCAP_API_URL=service.url)


@pytest.fixture(scope="session")
def s3_environment() -> Iterator[dict[str, str]]:
    """Run an S3 server on loopback; return the variables by which clients find it."""
    with object_storage.s3_server() as environment:
        yield environment


@pytest.fixture
def bucket(
    s3_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[object_storage.Bucket]:
    """Return a new bucket on loopback."""
    for name, value in s3_environment.items():
        monkeypatch.setenv(name, value)
    yield object_storage.create_bucket()
    object_storage.forget_connections()


@pytest.fixture
def photo() -> Path:
    """Return a JPEG of 480 by 320 pixels."""
    return draw.FOLDER / "harbour.jpg"
