"""Faults that were planted in captions are found and mended, and no others.

`python -m tests.bench.planted` does the same with 10,000 pictures.
"""

import json

from rwcap.checks.all_checks import CHECKS
from rwcap.core.exit_status import ExitStatus
from tests import draw
from tests.planted import ALIKE, plant, service_of, sources
from tests.process import Rwcap
from tests.service import Service

PICTURES = 60


def test_planted_faults_are_found_and_mended(
    connected: Rwcap, service: Service
) -> None:
    """Each check finds its own; only those captions are bought again and replaced."""
    planted = plant(PICTURES, each=1)
    names = list(sources("p", PICTURES))
    draw.album(connected.home, *names)
    service.otherwise = service_of(planted)
    bad = {
        name: each.fault
        for name, each in zip(names, planted, strict=True)
        if each.fault
    }
    alone = {name for name, fault in bad.items() if fault != "near-identical"}
    order = ["batch", "p", "--write", "txt"]

    bought = connected.run(*order, "--check", "all")
    before = {path: path.read_text() for path in (connected.home / "p").glob("*.txt")}
    checked = connected.run("batch", "p", "--check-only", "--json")
    mended = connected.run(*order, "--only", "failed-checks")
    again = connected.run(*order, "--only", "failed-checks")

    found = {
        (each["source"], each["check"]) for each in json.loads(checked.out)["faults"]
    }
    assert set(bad.values()) == {*CHECKS} - {"common-phrase"}
    assert len(bad) == len(CHECKS) - 2 + ALIKE
    assert set(bad.items()) <= found
    assert {name for name, _ in found} == set(bad)
    assert f"{len(bad)} of {PICTURES} captions fail" in bought.err
    changed = {
        f"p/{path.stem}.jpg"
        for path, text in before.items()
        if path.read_text() != text
    }
    assert changed == alone
    assert service.bills == PICTURES + len(alone)
    assert (mended.status, again.status) == (ExitStatus.OK, ExitStatus.OK)
    assert f"skipped: {PICTURES}" in again.err
    after = connected.run("batch", "p", "--check-only", "--json")
    faults = json.loads(after.out)["faults"]
    assert {each["check"] for each in faults} == {"near-identical"}
