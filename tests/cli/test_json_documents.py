"""Every JSON document is as the JSON Schema in the package describes it."""

import json
import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest

from rwcap.core.errors import ErrorKind
from rwcap.core.record import CostSource, RecordStatus
from rwcap.ledger.reports.statements import Grouping
from rwcap.usecases.doctor_checks import Severity
from tests import draw
from tests.process import Rwcap
from tests.service import Service

PROJECT = Path(__file__).parents[2]
SCHEMA = json.loads((PROJECT / "src/rwcap/reference/schema.json").read_text())


@cache
def validator(name: str) -> Any:  # noqa: ANN401  # as fastjsonschema declares it
    """Return the function that validates a document."""
    return fastjsonschema.compile({**SCHEMA, "$ref": f"#/definitions/{name}"})


@pytest.mark.promises("formats")
def test_every_command_that_answers_has_a_documented_document(
    connected: Rwcap, service: Service, tmp_path: Path
) -> None:
    """Before and after captions are bought, with failures among them."""
    draw.album(tmp_path / "p", "1.jpg", "2.jpg")
    (tmp_path / "p/3.jpg").write_text("no image")
    (tmp_path / "p/1.txt").write_text("I cannot help.")
    (tmp_path / "a").write_text("Name it.")
    (tmp_path / "b").write_text("Describe it.")
    commands = {
        "caption p/1.jpg --json": "record",
        "caption p/1.jpg p/3.jpg --json": "records",
        "batch p --jsonl --report r.json": "record",
        "batch p --check-only --json": "checks",
        "batch p --sample 9 --prompt-file a --prompt-file b --json": "trial",
        "batch p --sample 9 --prompt-file a --prompt-file b --jsonl": "record",
        "cost estimate p --json": "estimate",
        "cost estimate p --jsonl": "estimate",
        "cost estimate p --sample 9 --prompt-file a --prompt-file b --json": "estimate",
        "cost --json": "cost",
        "cost --json --by status --since 7d": "cost",
        "cost balance --json": "balance",
        "cost reconcile --json": "reconcile",
        "cost recover --json": "recover",
        "config status --json": "key",
        "config list --json": "settings",
        "config get timeout --json": "setting",
        "config get presets.alt --json": "setting",
        "config path --json": "path",
        "config doctor --json": "doctor",
    }

    for command, name in commands.items():
        printed = connected.run(*shlex.split(command)).out
        lines = printed.splitlines() if "--jsonl" in command else [printed]
        for line in lines:
            validator(name)(json.loads(line))
    validator("report")(json.loads((tmp_path / "r.json").read_text()))

    parts = {"usd", "error", "sums", "statistics"}
    assert {*commands.values(), "report", *parts} == {*SCHEMA["definitions"]}


@pytest.mark.promises("formats")
def test_money_is_written_as_in_the_record(connected: Rwcap) -> None:
    """As text, with six decimal places, in every document."""
    budget = connected.with_environment(RWCAP_BUDGET_DAY="1.5")

    result = budget.run("config", "get", "budget.day", "--json")

    assert json.loads(result.out) == {
        "v": 1,
        "name": "budget.day",
        "value": "1.500000",
        "origin": "RWCAP_BUDGET_DAY",
    }


def test_a_setting_without_a_value_has_no_document(rwcap: Rwcap) -> None:
    """The status tells it."""
    result = rwcap.run("config", "get", "prompt", "--json")

    assert (result.status, result.out) == (1, "")


@pytest.mark.parametrize(
    ("definition", "path", "words"),
    [
        ("record", ["properties", "status", "enum"], RecordStatus),
        ("record", ["properties", "cost_source", "enum"], CostSource),
        ("report", ["properties", "counts", "required"], RecordStatus),
        ("error", ["properties", "kind", "enum"], ErrorKind),
        ("cost", ["properties", "by", "enum"], Grouping),
        (
            "doctor",
            ["properties", "findings", "items", "properties", "grade", "enum"],
            Severity,
        ),
    ],
)
def test_the_schema_knows_every_word(
    definition: str, path: list[str], words: type[RecordStatus]
) -> None:
    """Those of the code, and no others."""
    found = SCHEMA["definitions"][definition]
    for step in path:
        found = found[step]

    assert sorted(found) == sorted(word.value for word in words)


def test_the_examples_in_the_manual_are_valid() -> None:
    """Those in JSON."""
    page = PROJECT / "src/rwcap/reference/texts/rwcap-caption.txt"
    examples = re.findall(
        r"^    (\{.*?\})$", page.read_text(), re.DOTALL | re.MULTILINE
    )

    assert examples
    for example in examples:
        validator("record")(json.loads(example))
