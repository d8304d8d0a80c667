"""Findings: the worst one counts."""

import pytest

from rwcap.usecases.diagnose import Finding, Grade, ok, problem, warning, worst


@pytest.mark.parametrize(
    ("findings", "grade"),
    [
        ([], Grade.OK),
        ([ok("a", "b")], Grade.OK),
        ([warning("a", "b"), ok("a", "b")], Grade.WARNING),
        ([ok("a", "b"), problem("a", "b", "c"), warning("a", "b")], Grade.PROBLEM),
    ],
)
def test_the_worst_counts(findings: list[Finding], grade: Grade) -> None:
    """A problem before a warning, a warning before what is well."""
    assert worst(findings) is grade
