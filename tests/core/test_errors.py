"""Exit statuses: which failure a caller hears of first."""

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rwcap.core import errors
from rwcap.core.errors import RwcapError, TaskError
from rwcap.core.exit_status import ExitStatus, overall_status

FAILURES = [
    ExitStatus.FAILED,
    ExitStatus.AUTH,
    ExitStatus.CREDITS,
    ExitStatus.UNREACHABLE,
    ExitStatus.AMBIGUOUS,
]


def test_nothing_failed_is_success() -> None:
    """A run without failures ends in 0, even one that did nothing."""
    assert overall_status([], succeeded=0) is ExitStatus.OK


def test_some_failures_are_partial_and_only_failures_are_failure() -> None:
    """3 says that some captions are there, 1 that none is."""
    assert overall_status([ExitStatus.FAILED], succeeded=2) is ExitStatus.PARTIAL
    assert overall_status([ExitStatus.FAILED, ExitStatus.FAILED], succeeded=0) == 1


@pytest.mark.parametrize(
    ("graver", "lighter"),
    [(10, 5), (5, 4), (4, 6), (6, 1)],
)
def test_the_graver_status_wins(graver: int, lighter: int) -> None:
    """Money in doubt, then credit, then key, then service, then single images."""
    both = [ExitStatus(lighter), ExitStatus(graver)]

    assert overall_status(both, succeeded=1) == graver
    assert overall_status(both[::-1], succeeded=0) == graver


@given(st.lists(st.sampled_from(FAILURES), min_size=1), st.integers(0, 3))
def test_a_failure_is_never_success(seen: list[ExitStatus], succeeded: int) -> None:
    """Whatever failed, the status is not 0, and it does not depend on the order."""
    status = overall_status(seen, succeeded=succeeded)

    assert status is not ExitStatus.OK
    assert status is overall_status(seen[::-1], succeeded=succeeded)


def test_every_failure_is_drawn_in_the_tree() -> None:
    """The tree at the top of the module names every class, and no other."""
    classes = {
        name
        for name, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, RwcapError)
    }
    tree = errors.__doc__ or ""
    drawn = {word for word in tree.split() if word.endswith("Error")}

    assert drawn == classes


def test_every_task_error_has_a_kind_and_a_status() -> None:
    """A record can be made of any of them."""
    concrete = [
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, TaskError) and found is not TaskError
    ]

    assert len(concrete) == 16
    for found in concrete:
        failure = found("it failed", code="x")
        assert failure.kind in errors.ErrorKind
        assert failure.status is not ExitStatus.OK
