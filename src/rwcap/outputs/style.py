"""What is written around each caption: prefix, suffix, template."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rwcap.core.errors import UsageError
from rwcap.core.text import one_line, truncate
from rwcap.sources.templates import render_template

_CAPTION = re.compile(r"\{caption[|}]")


@dataclass(frozen=True, slots=True)
class Style:
    """What is written around each caption."""

    prefix: str = ""
    suffix: str = ""
    template: str | None = None
    """A text with `{caption}`, and perhaps other fields, in it."""

    def __post_init__(self) -> None:
        """Raise `UsageError` for a template that would lose the caption."""
        # Where braces are doubled they stand for themselves.
        if self.template is not None and not _CAPTION.search(
            self.template.replace("{{", "")
        ):
            raise UsageError(
                f"template {truncate(one_line(self.template), 60)!r}:"
                " without {caption}",
                hint="--template 'a photo of TOKEN, {caption}'",
            )

    def decorate(self, caption: str, *, fields: Mapping[str, str]) -> str:
        """Return the caption in its template, between prefix and suffix.

        These are joined as they are: a space between belongs to the prefix or to
        the suffix. Raises `InputError` where the template names what is not in
        `fields`.
        """
        if self.template is not None:
            caption = render_template(self.template, {**fields, "caption": caption})
        return f"{self.prefix}{caption}{self.suffix}"
