"""The sandbox answers for fields as tidily or untidily as a model."""

import pytest

from rwcap.api.sandbox.fields import fields_reply
from rwcap.core.fields_prompt import field_lines
from rwcap.fields.definitions import Field, parse_short_form
from rwcap.fields.reader import read_reply
from rwcap.fields.request_text import fields_prompt
from rwcap.fields.rules import FieldRules

FACTS = ("one fact", "two fact", "red fact", "new fact", "old fact")
RULES = FieldRules()
NAMES = "title,alt,description,people:int,indoor:bool,price:number,sizes:int[]"


@pytest.mark.parametrize("last", ["colour", "keywords", "sizes:int[]", "people:int"])
def test_every_kind_of_reply_is_read(last: str) -> None:
    """Four kinds of replies, each of which has all fields."""
    names = [each for each in NAMES.split(",") if each != last]
    fields = (
        Field("season", choices=("spring", "winter")),
        *parse_short_form(",".join((*names, last))),
    )
    lines = field_lines(fields_prompt(None, fields, RULES))
    repairs = set()
    for number in range(40):
        reply = fields_reply(lines, ["A fact. "], FACTS, bytes([number]))
        found = read_reply(reply, fields, RULES)
        assert found
        assert not found.problems
        assert found.values["season"] == "spring"
        repairs.add(found.repairs)

    kinds = {each for found in repairs for each in found} - {"rules"}
    assert kinds == {"code-fence", "text-around", "cut-end"}
    assert () in {tuple(each for each in found if each != "rules") for found in repairs}
