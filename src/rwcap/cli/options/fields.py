"""Options for the fields of an image: title, keywords, and fields of one's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import typer

from rwcap.cli.options.group import Group, Mistake
from rwcap.cli.options.output import AltText
from rwcap.core.errors import UsageError
from rwcap.core.fields import DEFAULT_KEYWORDS, MAX_KEYWORDS

if TYPE_CHECKING:
    from rwcap.fields.definitions import Field
    from rwcap.fields.rules import FieldRules
    from rwcap.usecases.checking.quality import Quality

FIELDS: Final = "Fields"


class Fields(Group):
    """The fields that are asked for in place of a caption."""

    fields: Annotated[
        str | None,
        typer.Option(
            "--fields",
            metavar="NAMES",
            help="Ask for several values at once: title,alt,description,keywords, or"
            ' your own, such as "colour, people:int, indoor:bool, parts[]".',
            rich_help_panel=FIELDS,
        ),
    ] = None
    schema: Annotated[
        str | None,
        typer.Option(
            "--schema",
            metavar="FILE",
            help="Ask for the fields of a JSON Schema.",
            rich_help_panel=FIELDS,
        ),
    ] = None
    keywords: Annotated[
        int,
        typer.Option(
            "--keywords",
            metavar="N",
            help="Maximum number of keywords.",
            rich_help_panel=FIELDS,
            show_default=True,
        ),
    ] = DEFAULT_KEYWORDS
    vocabulary: Annotated[
        str | None,
        typer.Option(
            "--vocabulary",
            metavar="FILE",
            help="Prefer the keywords in FILE, one a line; a line such as"
            " sea, ocean > water maps other words to one.",
            rich_help_panel=FIELDS,
        ),
    ] = None
    vocabulary_only: Annotated[
        bool,
        typer.Option(
            "--vocabulary-only",
            help="Leave out keywords that are not in the vocabulary.",
            rich_help_panel=FIELDS,
        ),
    ] = False

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return the possible mistakes of fields and keywords."""
        return (
            (
                "--fields and --schema exclude each other",
                None not in {self.fields, self.schema},
            ),
            (
                f"--keywords is {self.keywords}; allowed: 1 to {MAX_KEYWORDS}",
                not 1 <= self.keywords <= MAX_KEYWORDS,
            ),
            (
                "--vocabulary-only needs --vocabulary",
                self.vocabulary_only and self.vocabulary is None,
            ),
        )

    @property
    def is_given(self) -> bool:
        """Return whether fields are asked for by an option."""
        return self.fields is not None or self.schema is not None

    def wanted(
        self, text: AltText, retries: int, of_preset: Callable[[], str | None]
    ) -> "Quality | None":
        """Return the requirements for replies; None for captions of any kind.

        Args:
            text: Whether captions are alternative text, and its limit.
            retries: The number of other replies to buy if the first does not fit.
            of_preset: Returns the fields of the preset, if it has some.

        Raises:
            UsageError: The fields cannot be asked for, or the options exclude each
                other.
        """
        fields = self._fields(of_preset)
        for mistake, made in self._conflicts(text, retries, fields):
            if made:
                raise UsageError(mistake, hint="--fields title,alt,keywords")
        if fields:
            from rwcap.usecases.fields import FieldsQuality

            return FieldsQuality(fields, self._rules(text.max_chars), retries)
        if text.alt:
            from rwcap.usecases.alt_text import AltTextQuality

            return AltTextQuality(text.max_chars, retries)
        return None

    def _fields(self, of_preset: Callable[[], str | None]) -> "tuple[Field, ...]":
        if self.schema is not None:
            from rwcap.fields.json_schema import parse_json_schema
            from rwcap.sources.text_file import read_text_file

            schema = read_text_file(self.schema, "schema", hint="--schema FILE")
            return parse_json_schema(schema, self.schema)
        named = self.fields if self.fields is not None else of_preset()
        if named is None:
            return ()
        from rwcap.fields.definitions import parse_short_form

        return parse_short_form(named)

    def _rules(self, alt_chars: int) -> "FieldRules":
        from rwcap.fields.rules import FieldRules
        from rwcap.fields.vocabulary import Vocabulary, parse_vocabulary

        vocabulary = Vocabulary()
        if self.vocabulary is not None:
            from rwcap.sources.text_file import read_text_file

            words = read_text_file(
                self.vocabulary, "vocabulary", hint="--vocabulary FILE"
            )
            vocabulary = parse_vocabulary(words, self.vocabulary)
        return FieldRules(alt_chars, self.keywords, vocabulary, self.vocabulary_only)

    def _conflicts(
        self, text: AltText, retries: int, fields: "tuple[Field, ...]"
    ) -> tuple[Mistake, ...]:
        """Return the mistakes in combination with alternative text."""
        names = {each.name for each in fields}
        needs_keywords = {
            "--keywords": self.keywords != DEFAULT_KEYWORDS,
            "--vocabulary": self.vocabulary is not None,
        }
        return (
            ("--alt and fields exclude each other", text.alt and bool(fields)),
            (
                "--max-chars needs --alt, or alt among the fields",
                text.is_limited and not text.alt and "alt" not in names,
            ),
            (
                "--retry-quality needs --alt or --fields",
                retries != 0 and not text.alt and not fields,
            ),
            *(
                (f"{option} needs keywords among the fields", given)
                for option, given in needs_keywords.items()
                if "keywords" not in names and self.schema is None
            ),
        )
