"""What is whole in a damaged reply comes back exactly, and nothing is invented."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.fields.json_text import MAX_REPLY, JsonValue, Repair, find_object

NAMES = ("title", "alt", "people", "indoor", "parts")
TEXTS = st.text(max_size=20) | st.text(
    "\"'{}[],:\\ \n`a\u00e9\u201c\u2019", max_size=20
)
SCALARS = (
    TEXTS
    | st.booleans()
    | st.integers(-(10**12), 10**12)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.none()
)
OBJECTS = st.dictionaries(
    st.sampled_from(NAMES), SCALARS | st.lists(SCALARS, max_size=4), min_size=1
)
PROSE = st.text("abc, .:'\n", max_size=30)


def dumped(value: object, *, ascii_only: bool, indent: int | None) -> str:
    """Return JSON in one of its forms."""
    return json.dumps(value, ensure_ascii=ascii_only, indent=indent)


def found(text: str) -> dict[str, JsonValue]:
    """Return the members that are read; empty if there is no object."""
    result = find_object(text, NAMES)
    return result.members if result else {}


def is_part(value: JsonValue, whole: JsonValue) -> bool:
    """Return whether a value is the whole, or the first items of an array."""
    if isinstance(value, list) and isinstance(whole, list):
        return bool(value) and value == whole[: len(value)]
    return value == whole and type(value) is type(whole)


@given(value=OBJECTS, ascii_only=st.booleans(), indent=st.sampled_from([None, 0, 2]))
def test_valid_object_is_read_as_json_reads_it(
    *, value: dict[str, JsonValue], ascii_only: bool, indent: int | None
) -> None:
    """Nothing is repaired."""
    text = dumped(value, ascii_only=ascii_only, indent=indent)
    result = find_object(text, NAMES)
    assert result is not None
    assert (result.members, result.repairs) == (json.loads(text), set())


@given(value=OBJECTS, before=PROSE, after=PROSE, fenced=st.booleans())
def test_object_in_prose_and_fences_is_read_exactly(
    *, value: dict[str, JsonValue], before: str, after: str, fenced: bool
) -> None:
    """The text around is ignored, and noted."""
    text = json.dumps(value)
    if fenced:
        text = f"```json\n{text}\n```"
    result = find_object(f"{before}\n{text}\n{after}", NAMES)
    assert result is not None
    assert result.members == value
    expected = {Repair.FENCE} if fenced else set()
    if (before + after).strip():
        expected.add(Repair.PROSE)
    assert result.repairs == expected


@given(
    value=OBJECTS,
    data=st.data(),
    fenced=st.booleans(),
    indent=st.sampled_from([None, 1]),
)
def test_cut_at_any_byte_keeps_what_was_whole(
    *,
    value: dict[str, JsonValue],
    data: st.DataObject,
    fenced: bool,
    indent: int | None,
) -> None:
    """Each member that is read is a member of the object, in order; none is missing.

    Of an array that is cut, the whole items are read.
    """
    start = "Here it is:\n```json\n" if fenced else ""
    text = start + dumped(value, ascii_only=False, indent=indent)
    raw = text.encode()
    end = data.draw(st.integers(0, len(raw)))
    members = found(raw[:end].decode(errors="ignore"))
    names = [*value]
    assert [*members] == names[: len(members)]
    for name, member in members.items():
        assert is_part(member, value[name]), name
    for name in names[len(members) :]:
        shortest = {each: value[each] for each in names[: names.index(name) + 1]}
        written = start + dumped(shortest, ascii_only=False, indent=indent)
        assert end < len(written.rstrip("}\n").encode()) + 1 or not value[name]


@example('{"title": "b", "alt": ["c", 1]}')
@example('{"title": "b\\n"}')
@given(st.text("{}[]\"'`,:\\1-. \ntruefalsn\u201c\u201d", max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    """And every text in the result stands in the reply."""
    for member in found(text).values():
        for each in member if isinstance(member, list) else [member]:
            if isinstance(each, str) and "\\" not in text:
                assert each in text


@pytest.mark.parametrize(
    ("reply", "members", "repairs"),
    [
        ("{'title': 'It's a cat', 'people': 2}", {"title": "It's a cat", "people": 2},
         {"quotes"}),
        ("{title: \"A\", 'indoor': True, alt: None}",
         {"title": "A", "indoor": True, "alt": None}, {"quotes"}),
        ("{\u201ctitle\u201d: \u201cA\u201d}", {"title": "A"}, {"quotes"}),
        ('{"title": "A sign says "STOP" here"}', {"title": 'A sign says "STOP" here'},
         {"quotes"}),
        ('{"title": "one\ntwo"}', {"title": "one\ntwo"}, {"quotes"}),
        ('{"title": "it\\\'s"}', {"title": "it's"}, set()),
        ('{"title": "A", "parts": ["a", "b",],}', {"title": "A", "parts": ["a", "b"]},
         {"commas"}),
        ('{"title": "A"\n "alt": "B"}', {"title": "A", "alt": "B"}, {"commas"}),
        ('{,"title": "A",, "parts": ["a"\n"b"]}', {"title": "A", "parts": ["a", "b"]},
         {"commas"}),
        ('{"parts": \n1. sea\n2. "sun",\n}', {"parts": ["sea", "sun"]}, {"list"}),
        ('{"parts": [\n- sea\n- sun\n]}', {"parts": [["sea", "sun"]]}, {"list"}),
        ('{"Title": "A", "TITLE": "B"}', {"title": "A"}, {"duplicate"}),
        ('{"result": {"title": "A"}}', {"title": "A"}, {"text-around"}),
        ('{"title": "A", "about": {"x": {}}, "alt": "B"}',
         {"title": "A", "alt": "B"}, set()),
        ('{"title": "\\ud83d\\ude00 \\u00e9\\/\\n"}', {"title": "\U0001f600 é/\n"},
         set()),
    ],
)  # fmt: skip
@pytest.mark.promises("texts")
def test_damage_that_models_do_is_repaired_and_named(
    reply: str, members: dict[str, JsonValue], repairs: set[str]
) -> None:
    """Quotation marks, commas, lists without brackets, duplicates, wrappers."""
    result = find_object(reply, NAMES)
    assert result is not None
    assert (result.members, result.repairs) == (members, repairs)


@pytest.mark.parametrize(
    ("reply", "members"),
    [
        ('{"alt": "B", "title": "A', {"alt": "B"}),
        ('{"alt": "B", "title', {"alt": "B"}),
        ('{"alt": "B", "title"', {"alt": "B"}),
        ('{"alt": "B", "title":', {"alt": "B"}),
        ('{"alt": "B", "people": 12', {"alt": "B"}),
        ('{"alt": "B", "indoor": tru', {"alt": "B"}),
        ('{"alt": "B", "parts": ["a", "b', {"alt": "B", "parts": ["a"]}),
        ('{"alt": "B", "parts": [1, 23', {"alt": "B", "parts": [1]}),
        ('{"alt": "B", "parts": [', {"alt": "B"}),
        ('{"parts": ["a", {"x": 1}, "b"], "alt": {"x": "y', {"parts": ["a", "b"]}),
        # A quotation mark in a text seems to close it: the text is not whole.
        ('{"alt": "B", "title": "He said "hi", loudly"}', {"alt": "B"}),
        ('{"alt": "B", "title": "He said "hi", "bye" and left"}', {"alt": "B"}),
        ('{"alt": "B", "title": "a" "b"}', {"alt": "B"}),
        ('{"alt": "B", "parts": ["a", "b" c]}', {"alt": "B", "parts": ["a"]}),
        ('{"alt": "B", "people": 1e999}', {"alt": "B"}),
        (f'{{"alt": "B", "people": {"1" * 5000}}}', {"alt": "B"}),
        ('{"alt": "B"; "title": "A"}', {}),
        ('{"alt": "B", title "A"}', {}),
        ('{"alt": "B", "title" "A"}', {}),
        ('{"alt": "B", people: many}', {"alt": "B"}),
        ("[" * 1000, {}),
        ('{"parts": ' + "[" * 1000, {}),
        ('{"a":' * 1000, {}),
    ],
)
def test_what_is_not_whole_is_left_out(
    reply: str, members: dict[str, JsonValue]
) -> None:
    """The members before it are kept."""
    assert found(reply) == members


def test_long_reply_is_read_up_to_a_limit() -> None:
    """A megabyte takes no longer than what is read of it."""
    text = json.dumps({"title": "A", "alt": "x" * MAX_REPLY * 10})
    result = find_object(text, NAMES)
    assert result == ({"title": "A"}, {Repair.CUT})


@pytest.mark.parametrize(
    "unit", ["{", '{a:"', '{"a":', "{'", '"', "[", " ", ", ", "1. ", "\\", '{"a":["b"']
)
def test_no_reply_takes_long(unit: str) -> None:
    """The time grows with the length, not with its square: this ends at once."""
    found('{"title": "A", "parts": [' + unit * (2 * MAX_REPLY // len(unit)))
    found(unit * (2 * MAX_REPLY // len(unit)))


@pytest.mark.parametrize(
    "caption",
    [
        "",
        "A cat sleeps on a red sofa; behind it, a window shows rain.",
        "title: A cat. keywords: cat, sofa, rain",
        "In a workshop, tools hang in rows: saws, planes and a {broken} clock.",
    ],
)
def test_caption_has_no_object(caption: str) -> None:
    """A model that ignores the request writes prose."""
    assert find_object(caption, NAMES) is None
