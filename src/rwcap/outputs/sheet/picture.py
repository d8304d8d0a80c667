"""A picture of a contact sheet: an image and its captions, as JSON for the page."""

import json
from binascii import b2a_base64
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rwcap.core.money import Micros, format_usd
from rwcap.core.source import SourceKind, source_kind, source_label
from rwcap.core.text import ansi_c_quote, escape_json, is_printable_line

Members = dict[str, object]
"""The members of a JSON object; those that say nothing are left out."""


class SheetCaption(NamedTuple):
    """A caption on a contact sheet, or the reason why there is none."""

    status: str
    """Such as `ok`, `failed`, or `no caption`."""
    text: str | None = None
    label: str = ""
    """The place of the text, or the name of the prompt that it answers."""
    checks: Sequence[tuple[str, str]] = ()
    """The failed checks: name and excerpt."""
    cost: Micros | None = None
    prompt: str | None = None
    error: str | None = None
    reply: str | None = None
    """The whole reply, if the text is a part of it."""
    before: str | None = None
    """The text that this one replaced, or was added to."""

    def members(self, stored_prompt: Callable[[str], int | str]) -> Members:
        """Return the caption as JSON, with its prompt as `stored_prompt` returns it."""
        cost = None if self.cost is None else format_usd(self.cost)
        found: Members = {
            "status": self.status,
            "text": self.text,
            "label": _decodable(self.label) or None,
            "checks": dict(self.checks) or None,
            "cost": cost,
            "prompt": None if self.prompt is None else stored_prompt(self.prompt),
            "error": self.error,
            "reply": self.reply,
            "before": self.before,
        }
        return {name: value for name, value in found.items() if value is not None}


class Picture(NamedTuple):
    """An image and its captions."""

    source: str
    captions: Sequence[SheetCaption]
    is_named: bool = True
    """Whether a list or a table can name the image; a row of Parquet has no name."""

    def members(self, stored_prompt: Callable[[str], int | str]) -> Members:
        """Return the picture as JSON, with prompts as `stored_prompt` returns them.

        `name` is the source for display. `path64` has the bytes of a path that is not
        UTF-8, and `cell` is the source in a CSV file, if they differ from the name.
        """
        label = source_label(self.source)
        name = _decodable(label)
        found: Members = {"name": name}
        if not self.is_named or source_kind(self.source) is SourceKind.DATA_URI:
            found["unnamed"] = True
        if name != label:
            raw = label.encode("utf-8", "surrogateescape")
            found["path64"] = b2a_base64(raw, newline=False).decode()
        if not is_printable_line(label) or label.startswith("$'"):
            found["cell"] = ansi_c_quote(label)
        found["captions"] = [each.members(stored_prompt) for each in self.captions]
        return found


def to_json(document: object) -> str:
    r"""Return JSON that may stand inside a `script` element.

    No `<` is left, so neither `</script>` nor `<!--` can appear
    (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements).
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return escape_json(text).replace("<", "\\u003c")


def _decodable(text: str) -> str:
    """Return a text with U+FFFD in place of bytes that are not UTF-8."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
