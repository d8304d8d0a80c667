"""Errors are documented, and the most urgent one decides the exit status."""

import inspect
import pickle
from itertools import pairwise

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


def test_a_run_without_failures_succeeds() -> None:
    """The status is 0 even if nothing was done."""
    assert overall_status([], succeeded=0) is ExitStatus.OK


def test_some_failures_are_partial_and_all_failures_are_failed() -> None:
    """Status 3 means that some captions exist; status 1 means none."""
    assert overall_status([ExitStatus.FAILED], succeeded=2) is ExitStatus.PARTIAL
    assert overall_status([ExitStatus.FAILED, ExitStatus.FAILED], succeeded=0) == 1


@pytest.mark.parametrize(
    ("urgent", "other"),
    [*pairwise((10, 8, 5, 4, 6, 9, 1))],
)
@pytest.mark.promises("statuses")
def test_the_more_urgent_status_wins(urgent: int, other: int) -> None:
    """The order is ambiguous, limit, credits, key, service, check, images."""
    both = [ExitStatus(other), ExitStatus(urgent)]

    assert overall_status(both, succeeded=1) == urgent
    assert overall_status(both[::-1], succeeded=0) == urgent


@given(st.lists(st.sampled_from(FAILURES), min_size=1), st.integers(0, 3))
def test_any_failure_gives_a_status_other_than_0(
    seen: list[ExitStatus], succeeded: int
) -> None:
    """The status does not depend on the order of the failures."""
    status = overall_status(seen, succeeded=succeeded)

    assert status is not ExitStatus.OK
    assert status is overall_status(seen[::-1], succeeded=succeeded)


def test_the_tree_in_the_docstring_is_complete() -> None:
    """It contains every error class and no other name."""
    classes = {
        name
        for name, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, RwcapError)
    }
    tree = errors.__doc__ or ""
    documented = {word for word in tree.split() if word.endswith("Error")}

    assert documented == classes


def test_every_task_error_has_a_kind_and_a_status() -> None:
    """A record can be made from each of them."""
    concrete = [
        found
        for _, found in inspect.getmembers(errors, inspect.isclass)
        if issubclass(found, TaskError) and found is not TaskError
    ]

    assert len(concrete) == 18
    for found in concrete:
        failure = found("it failed", code="x")
        assert failure.kind in errors.ErrorKind
        assert failure.status is not ExitStatus.OK


def test_an_error_passes_from_process_to_process() -> None:
    """With its message, hint, code and class."""
    failure = errors.NoReplyError("lost", code="x", hint="again", documentation="url")

    copy = pickle.loads(pickle.dumps(failure))  # noqa: S301  # made here

    assert type(copy) is errors.NoReplyError
    assert vars(copy) == vars(failure)
    assert str(copy) == "lost"
