"""Which texts are written for an image, and which ones it must have."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from rwcap.core.fields import FieldTexts
from rwcap.core.record import Record, RecordStatus
from rwcap.metadata.properties import ImageTexts, KeywordList, Property, XmpName

_SAMPLE_CAPTION: Final = "x" * 1_000
"""A text at least as long as most captions."""

_SAMPLE_LETTER: Final = "\u6c34"
"""A letter that UTF-8 has and no code page of Europe has."""

_SAMPLE_TITLE: Final = "x" * 60
_SAMPLE_KEYWORDS: Final = tuple(f"keyword {number}" for number in range(15))

FIELD_NAMES: Final[Mapping[str, XmpName]] = {
    "title": Property.TITLE,
    "alt": Property.ALT_TEXT,
    "description": Property.DESCRIPTION,
    "keywords": KeywordList.KEYWORDS,
}
"""The property of each field."""


class Selection(NamedTuple):
    """The texts of a caption that are written to metadata."""

    wanted: tuple[XmpName, ...] = (Property.DESCRIPTION,)
    """The texts without which an image is captioned."""
    more: tuple[XmpName, ...] = ()
    """The texts that are written with them."""

    @property
    def shown(self) -> Property:
        """Return the property that describes the image: its caption for readers."""
        has_alt_only = self.wanted == (Property.ALT_TEXT,)
        return Property.ALT_TEXT if has_alt_only else Property.DESCRIPTION

    def texts(
        self, caption: str, record: Record, fields: FieldTexts | None = None
    ) -> ImageTexts:
        """Return the texts to write.

        Args:
            caption: The caption. It is the alternative text if one is wanted.
            record: Its `long` is the whole reply, of which alternative text can be the
                beginning. Of other captions, it has sentences that are left out.
                The text of a person is written to its own place alone.
            fields: The fields of the reply, which are written in place of the caption.
        """
        whole = record.long if self.shown is Property.ALT_TEXT else None
        texts: dict[XmpName, str | None] = {
            Property.DESCRIPTION: whole or caption,
            Property.ALT_TEXT: caption,
            Property.EXTENDED_DESCRIPTION: whole,
        }
        if fields:
            texts = {
                Property.TITLE: fields.title,
                Property.ALT_TEXT: fields.alt,
                Property.DESCRIPTION: fields.description,
            }
        is_edited = record.status is RecordStatus.EDITED
        names = self.wanted if is_edited else (*self.wanted, *self.more)
        found = {
            key: text for key in Property if key in names and (text := texts.get(key))
        }
        has_keywords = KeywordList.KEYWORDS in names
        return ImageTexts(found, fields.keywords if fields and has_keywords else ())

    def sample(self) -> tuple[ImageTexts, Record]:
        """Return texts and their record, to detect errors before a purchase."""
        names = (*self.wanted, *self.more)
        texts = {key: _SAMPLE_CAPTION for key in Property if key in names}
        if Property.TITLE in texts:
            texts[Property.TITLE] = _SAMPLE_TITLE
        has_keywords = KeywordList.KEYWORDS in names
        record = Record(source="", status=RecordStatus.OK)
        return ImageTexts(texts, _SAMPLE_KEYWORDS if has_keywords else ()), record

    def foreign_sample(self) -> tuple[ImageTexts, Record]:
        """Return texts that need UTF-8 and their record."""
        (texts, keywords), record = self.sample()
        letters = dict.fromkeys(texts, _SAMPLE_LETTER)
        return ImageTexts(letters, (_SAMPLE_LETTER,) if keywords else ()), record


CAPTION: Final = Selection()
"""The caption alone."""

ALT_TEXT: Final = Selection(
    (Property.ALT_TEXT,), (Property.DESCRIPTION, Property.EXTENDED_DESCRIPTION)
)
"""Alternative text, and the whole caption."""


def fields_selection(names: Iterable[str]) -> Selection:
    """Return the selection of fields by their names."""
    return Selection(tuple(FIELD_NAMES[name] for name in names if name in FIELD_NAMES))
