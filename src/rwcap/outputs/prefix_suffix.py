"""Prefix, suffix and template of a written caption."""

import re
from collections.abc import Mapping

from rwcap.core.errors import UsageError
from rwcap.core.text import one_line, truncate
from rwcap.sources.templates import render_template

_CAPTION = re.compile(r"\{caption[|}]")


class Style:
    """The text around each caption."""

    __slots__ = ("_prefix", "_suffix", "_template")

    def __init__(
        self, prefix: str = "", suffix: str = "", template: str | None = None
    ) -> None:
        """Store the text.

        Args:
            prefix: Text before the caption or the template, without a space added.
            suffix: Text after it, without a space added.
            template: A text with `{caption}` and, optionally, other fields.

        Raises:
            UsageError: The template lacks `{caption}`.
        """
        # Doubled braces are literal braces.
        if template is not None and not _CAPTION.search(template.replace("{{", "")):
            raise UsageError(
                f"template {truncate(one_line(template), 60)!r} lacks {{caption}}",
                hint="--template 'a photo of TOKEN, {caption}'",
            )
        self._prefix = prefix
        self._suffix = suffix
        self._template = template

    def decorate(self, caption: str, *, fields: Mapping[str, str]) -> str:
        """Return the caption in the template, between prefix and suffix.

        Raises:
            InputError: The template has a field that is not in `fields`.
        """
        if self._template is not None:
            caption = render_template(self._template, {**fields, "caption": caption})
        return f"{self._prefix}{caption}{self._suffix}"
