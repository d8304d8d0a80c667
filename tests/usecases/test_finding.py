"""Findings: the worst one counts."""

import pytest

from rwcap.usecases.diagnose import Finding, Severity, ok, problem, warning, worst


@pytest.mark.parametrize(
    ("findings", "grade"),
    [
        ([], Severity.OK),
        ([ok("a", "b")], Severity.OK),
        ([warning("a", "b"), ok("a", "b")], Severity.WARNING),
        ([ok("a", "b"), problem("a", "b", "c"), warning("a", "b")], Severity.PROBLEM),
    ],
)
def test_the_worst_counts(findings: list[Finding], grade: Severity) -> None:
    """A problem before a warning, a warning before what is well."""
    assert worst(findings) is grade
