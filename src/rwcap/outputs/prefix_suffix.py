"""Prefix, suffix and template of a written caption."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from rwcap.core.errors import UsageError
from rwcap.core.text import one_line, truncate
from rwcap.sources.templates import name_key, render_template

_NAME = re.compile(r"\{([^{}|]+)[|}]")
_CAPTION: Final = "\uf8ff"
"""A character that stands for a caption, and that no text has."""


class Style:
    """The text around each caption."""

    __slots__ = ("_fields", "_prefix", "_suffix", "_template")

    def __init__(
        self,
        prefix: str = "",
        suffix: str = "",
        template: str | None = None,
        fields: Iterable[str] = (),
    ) -> None:
        """Store the text.

        Args:
            prefix: Text before the caption or the template, without a space added.
            suffix: Text after it, without a space added.
            template: A text with `{caption}`, or a field that was asked for, and,
                optionally, columns of a table.
            fields: The names of the fields that are asked for.

        Raises:
            UsageError: The template lacks `{caption}` and the fields.
        """
        self._fields = dict.fromkeys(map(name_key, fields), "")
        if template is not None and not self._has_text(template):
            raise UsageError(
                f"template {truncate(one_line(template), 60)!r} lacks {{caption}}",
                hint="--template 'a photo of TOKEN, {caption}'",
            )
        self._prefix = prefix
        self._suffix = suffix
        self._template = template

    @property
    def has_template(self) -> bool:
        """Return whether columns of a table can be in the text."""
        return self._template is not None

    def _has_text(self, template: str) -> bool:
        """Return whether a template has a place for the caption, or for a field."""
        # Doubled braces are literal braces.
        found = _NAME.findall(template.replace("{{", ""))
        return any(
            key == "caption" or key in self._fields for key in map(name_key, found)
        )

    def bare(self, text: str, *, fields: Mapping[str, str]) -> str:
        """Return a text without what the style adds to a caption, if it has just that.

        A file can have it without line ends and with single spaces.

        Raises:
            InputError: The template has a field that is not in `fields`.
        """
        styled = self.decorate(_CAPTION, fields=fields)
        for form in (styled, one_line(styled)):
            before, *behind = form.split(_CAPTION)
            if len(behind) == 1:
                size = len(before) + len(behind[0])
                has_both = text.startswith(before) and text.endswith(behind[0])
                if has_both and len(text) >= size:
                    return text[len(before) : len(text) - len(behind[0])]
        return text

    def decorate(self, caption: str, *, fields: Mapping[str, str]) -> str:
        """Return the caption in the template, between prefix and suffix.

        Raises:
            InputError: The template has a field that is not in `fields`.
        """
        if self._template is not None:
            caption = render_template(
                self._template, {**self._fields, **fields, "caption": caption}
            )
        return f"{self._prefix}{caption}{self._suffix}"
