"""Prompts are filled with what is known of an image, or refused."""

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rwcap.api.request import Parameters
from rwcap.core.errors import InputError, UsageError
from rwcap.core.source import CaptionRequest
from rwcap.usecases.prompts import check_prompt, fill_prompt
from rwcap.usecases.writing.write import Outputs


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def filled(template: str | None, request: CaptionRequest) -> str | None:
    """Return the prompt of a request, which its parameters have, too."""
    parameters = Parameters(prompt=template)
    filled_request, parameters = fill_prompt(request, parameters, Outputs())
    assert filled_request.prompt == parameters.prompt
    return parameters.prompt


def refusal(template: str, request: CaptionRequest) -> InputError:
    """Return the error for a prompt."""
    with pytest.raises(InputError) as refused:
        filled(template, request)
    return refused.value


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("a/2025-03-15 Berry/x/p.q.jpg", ("p.q", "x", "2025-03-15", "Berry")),
        ("2024-07/2025_x/p.jpg", ("p", "2025_x", "2024-07", "-")),
        (
            "https://example.com/2025-03-15_The_Hague/p.jpg?key=secret",
            ("p", "2025-03-15_The_Hague", "2025-03-15", "The_Hague"),
        ),
        ("s3://b/2025-03-15 Berry/x#1/p?.jpg", ("p?", "x#1", "2025-03-15", "Berry")),
        ("0f8fad5b-d9cb-469f-a165-70867728950e", ("-", "-", "-", "-")),
    ],
)
def test_the_path_gives_name_folder_date_and_place(
    here: Path, source: str, values: tuple[str, ...]
) -> None:
    """A folder can have a date in its name, and a place after it."""
    path = here / source.partition("?")[0].removeprefix("https://")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("no image")
    template = "{stem|-}, {Folder|-}, {date|-}, { place |-}"

    assert filled(template, CaptionRequest(source)) == ", ".join(values)


def test_a_relative_path_has_a_folder(here: Path) -> None:
    """It is the current one. An image in a table has the path that it has there."""
    inside = CaptionRequest("m.parquet:1", "x/one.jpg", content=b"")

    assert filled("{folder}", CaptionRequest("p.jpg")) == here.name
    assert filled("{folder}/{stem} {title|-}", inside) == "x/one -"


def test_columns_come_first() -> None:
    """A column can have the name of a field, and be empty."""
    row = CaptionRequest("p.jpg", columns={"stem": "s", "empty": ""})

    assert filled("{STEM} [{empty}] {empty|e} {other|o}", row) == "s [] e o"
    assert filled("{stem}", row._replace(prompt="{as} it is")) == "{as} it is"
    assert filled(None, row) is None
    assert filled("No braces", row) == "No braces"


def test_a_name_without_a_value_is_refused_for_this_image(here: Path) -> None:
    """A prompt with a gap is not paid for, and neither is a missing file."""
    (here / "p.jpg").write_text("no image")

    error = refusal("On {date}.", CaptionRequest("p.jpg"))

    assert error.message == "p.jpg: {date} in the prompt has no value for this image"
    assert error.hint == "write {date|default} in the prompt"
    assert refusal("{date}", CaptionRequest("no")).message == "no: no such file"


@pytest.mark.parametrize("template", ["{name}", "{name|default}"])
def test_an_unknown_name_is_refused(template: str) -> None:
    """A default does not help where no column can have the name."""
    message = (
        "prompt: {name} is unknown; here braces can be"
        " {stem}, {folder}, {date}, {place}, {title}, {description}, {keywords},"
        " {people}, {sidecar}, or columns of a table"
    )

    assert refusal(template, CaptionRequest("p.jpg")).message == message
    with pytest.raises(UsageError) as refused:
        check_prompt(template)
    assert refused.value.message == message


def test_the_message_names_the_columns_of_the_table() -> None:
    """Only there are columns known."""
    row = CaptionRequest("p.jpg", columns={"colour": "red", "b": ""})

    assert refusal("{name}", row).message.endswith("or the columns colour, b")


def test_known_names_pass_the_check() -> None:
    """So does a prompt without any."""
    check_prompt("What is it?")
    check_prompt("{stem}, {date|today}, {{x}}")


def test_a_filled_prompt_that_cannot_be_sent_is_refused() -> None:
    """For example an empty one."""
    row = CaptionRequest("p.jpg", columns={"colour": ""})

    assert refusal("{colour}", row).code == "invalidPrompt"


@given(st.text(st.sampled_from("{}|ab ")), st.dictionaries(st.just("a"), st.text("{}")))
@example("{a}", {"a": "{}"})
@example("{", {})
def test_any_prompt_is_filled_or_refused(
    template: str, columns: dict[str, str]
) -> None:
    """Braces in a value have no meaning."""
    row = CaptionRequest("p.jpg", columns=columns)

    try:
        prompt = filled(f"x{template}", row)
    except InputError as error:
        prompt = error.message

    assert prompt != "x{a}"
