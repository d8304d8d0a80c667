"""Fields in the sandbox: JSON of measurable facts, as tidy or untidy as a model's."""

import json
import re
from hashlib import sha256
from typing import Final

from rwcap.core.record import SANDBOX_PREFIX

_LINE: Final = re.compile(
    r'"(?P<name>[^"]+)": (?P<many>array of )?(?P<kind>\w+)(?P<rest>.*)'
)
_CHOICES: Final = re.compile(r'"((?:[^"\\]|\\.)*)"')


def fields_reply(
    lines: list[str], sentences: list[str], facts: tuple[str, ...], key: bytes
) -> str:
    """Return a JSON object with the fields that the lines of a prompt ask for.

    By the digest of the image, one reply of four is tidy; the others have a fence,
    words around, or no end, as replies of small models do.

    Args:
        lines: The lines of the prompt, one for each field.
        sentences: True sentences about the image, the most important first.
        facts: Facts of one to three words.
        key: The key of the image.
    """
    found = filter(None, map(_LINE.match, lines))
    values = {each["name"]: _value(each, sentences, facts) for each in found}
    text = json.dumps(values, ensure_ascii=False)
    match sha256(key).digest()[0] % 4:
        case 0:
            return text
        case 1:
            return f"```json\n{json.dumps(values, ensure_ascii=False, indent=2)}\n```"
        case 2:
            return f"Here is what was measured:\n\n{text}\n\nNothing else is known."
        case _:
            return _cut(text)


def _cut(text: str) -> str:
    """Return JSON that ends in the last item of an array, or in another member."""
    start, comma, last = text.rpartition(', "')
    is_array = text.endswith('"]}')
    return (
        f"{start}{comma}{last[:2]}"
        if is_array and comma
        else f'{text.removesuffix("}")}, "no'
    )


def _value(
    asked: re.Match[str], sentences: list[str], facts: tuple[str, ...]
) -> object:
    """Return the value of a field: what was measured, or a value that says nothing."""
    name, kind = asked["name"], asked["kind"].removesuffix("s")
    single: object = {"integer": 0, "number": 0.0, "boolean": False}.get(kind)
    if kind == "one":
        choice = _CHOICES.search(asked["rest"])
        single = choice[1] if choice else ""
    if asked["many"]:
        return ["sandbox", *facts] if single is None else [single]
    if single is not None:
        return single
    texts = {"title": ", ".join(facts[:2]), "description": " ".join(sentences)}
    return f"{SANDBOX_PREFIX} {texts.get(name, sentences[0])}"
