"""Prefix, suffix and template of a written caption."""

import re
from collections.abc import Iterable, Mapping

from rwcap.core.errors import UsageError
from rwcap.core.text import one_line, truncate
from rwcap.sources.templates import name_key, render_template

_NAME = re.compile(r"\{([^{}|]+)[|}]")


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

    def bare(self, text: str) -> str:
        """Return a text without prefix and suffix, if it has both."""
        size = len(self._prefix) + len(self._suffix)
        has_both = text.startswith(self._prefix) and text.endswith(self._suffix)
        if not has_both or len(text) < size:
            return text
        return text[len(self._prefix) : len(text) - len(self._suffix)]

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
