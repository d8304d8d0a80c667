"""A fork of rwcap behaves like a process that begins with Python."""

import os

import pytest

from tests.process import Rwcap


@pytest.mark.parametrize(
    "arguments",
    [["cost"], ["caption", "missing.jpg"], ["config", "get", "no-such-key"], ["-h"]],
)
def test_a_fork_ends_and_prints_like_a_new_process(
    rwcap: Rwcap, arguments: list[str]
) -> None:
    """The exit status and both streams are the same, byte for byte."""
    new = rwcap.start(*arguments)
    out, err = new.communicate()

    fork = rwcap.run(*arguments)

    assert (fork.status, fork.out, fork.err) == (
        new.returncode,
        out.decode(),
        err.decode(),
    )


def test_a_fork_that_does_not_end_in_time_is_killed(rwcap: Rwcap) -> None:
    """It waits for standard input, which nobody closes."""
    stdin, output = os.pipe(), os.pipe()
    process = rwcap.fork(["caption", "-"], [stdin[0], output[1], output[1]])
    os.close(output[1])

    assert rwcap.run("--version", stdin=bytes(1_000_000)).status == 0  # meanwhile
    with pytest.raises(TimeoutError):
        process.wait(0.1)

    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)
    for each in (*stdin, output[0]):
        os.close(each)
