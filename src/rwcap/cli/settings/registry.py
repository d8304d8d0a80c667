"""Every setting: its option, its type and the allowed values.

A new setting is one line in `KEYS`. Its parser, choices and variable come from the
option.
"""

from collections.abc import Callable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple, get_args

from rwcap.api.request import Parameters
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.fields import Fields
from rwcap.cli.options.group import Group, refuse
from rwcap.cli.options.images import Prepared
from rwcap.cli.options.running import Running
from rwcap.core.errors import ConfigError, UsageError
from rwcap.core.fields import KNOWN_NAMES
from rwcap.core.money import parse_usd
from rwcap.core.sidecar import TEXT_SUFFIXES, MergeMode
from rwcap.outputs.prefix_suffix import Style

Words = str | list[str]
"""A value as it would be typed: one word, or a list for a repeatable option."""


class Key(NamedTuple):
    """One setting."""

    name: str
    """The name in the file: `timeout`, `budget.day`."""
    kind: type
    """`str`, `int`, `float`, `Decimal` for dollars, or the choices."""
    many: bool = False
    """Whether the option can be repeated."""
    parameter: str | None = None
    """The parameter name of the option; None without an option."""
    variable: str | None = None
    """The environment variable of the setting."""
    check: Callable[[Any], object] = bool
    """Raises `UsageError` for a value that the option refuses."""
    shared: bool = False
    """Whether a project file may set it."""
    check_shared: Callable[[Any], object] = bool
    """Raises `ValueError` for a value that a project file may not set."""

    def words(self, value: object) -> Words:
        """Return a TOML value as it would be typed.

        Raises `ValueError` with the allowed values.
        """
        if self.many and isinstance(value, list):
            return [self._word(each) for each in value]
        word = self._word(value)
        return [word] if self.many else word

    def typed(self, text: str) -> object:
        """Return a typed value as a TOML value; raises `ValueError` as `words` does."""
        if self.many:
            value: object = [each.strip() for each in text.split(",")]
        elif self.kind in {int, float, Decimal}:
            value = self._number(text)
        elif self.kind is bool:
            value = _TRUTH.get(text.strip().lower(), text)
        else:
            value = text
        self.words(value)
        return value

    @property
    def allowed(self) -> str:
        """Return a description of the allowed values."""
        if issubclass(self.kind, StrEnum):
            choices = ", ".join(f'"{choice}"' for choice in self.kind)
            return f"one or more of {choices}, in brackets" if self.many else choices
        return _ALLOWED[self.kind]

    def _word(self, value: object) -> str:
        """Return one value as it would be typed, if it is allowed."""
        if type(value) not in _TAKEN.get(self.kind, (str,)):
            raise ValueError(self.allowed)
        word = str(value).lower() if self.kind is bool else str(value)
        try:
            word.encode()
            self.check(self._parsed(word))
        except UsageError as refusal:
            allowed = refusal.message.partition("allowed: ")[2]
            raise ValueError(allowed or refusal.message) from refusal
        except ValueError as refusal:
            raise ValueError(self.allowed) from refusal
        return word

    def _parsed(self, word: str) -> object:
        """Return the value of the option for a typed word; raises `ValueError`."""
        return parse_usd(word) if self.kind is Decimal else self.kind(word)

    def _number(self, text: str) -> object:
        try:
            self._parsed(text)
            number = Decimal(text.strip().removeprefix("$"))
            return int(number) if number == number.to_integral_value() else number
        except (ArithmeticError, ValueError) as error:  # no number, or infinity
            raise ValueError(self.allowed) from error


_TAKEN: Final = {
    bool: (bool,),
    int: (int,),
    float: (int, float, Decimal),
    Decimal: (int, Decimal, str),
}
"""The TOML types of a value type; every other type is text."""

_TRUTH: Final = {"true": True, "false": False}

_ALLOWED: Final = {
    bool: "true or false",
    str: "text in UTF-8",
    int: "a whole number",
    float: "a number",
    Decimal: "an amount in dollars such as 0.50",
}


_OPTIONS: Final = BatchOptions.options()


def _key(
    name: str,
    check: Callable[[Any], object] = bool,
    *,
    parameter: str | None = None,
    shared: bool = False,
    check_shared: Callable[[Any], object] = bool,
) -> Key:
    """Return the setting of an option, from the metadata of its annotation."""
    annotation, declared = get_args(_OPTIONS[parameter or name].annotation)
    (kind, *_) = get_args(annotation) or (annotation,)  # of `kind | None`
    inner = get_args(kind)  # of `list[kind]`
    return Key(
        name,
        Decimal if declared.parser else inner[0] if inner else kind,
        many=bool(inner),
        parameter=parameter or name,
        variable=declared.envvar,
        check=check,
        shared=shared,
        check_shared=check_shared,
    )


def _fits(group: Callable[[Any], Group]) -> Callable[[Any], None]:
    """Return a check of one option by its group."""
    return lambda value: refuse("", *group(value).mistakes())


def _merging(mode: MergeMode) -> None:
    """Refuse `remove`: a setting must not take captions out."""
    if mode is MergeMode.REMOVE:
        others = ", ".join(f'"{each}"' for each in MergeMode if each is not mode)
        raise UsageError(f"mode is {mode}; allowed: {others}")


def _keeping(mode: str) -> None:
    """Refuse the mode by which a project file could replace texts."""
    if mode == MergeMode.OVERWRITE:
        kept = (MergeMode.SKIP, MergeMode.APPEND, MergeMode.PREPEND)
        raise ValueError(f"in a project file, {', '.join(kept)}")


def _extension(ext: str) -> None:
    """Refuse what is no extension, or one of other files."""
    from rwcap.outputs.text_files import TextFiles

    try:
        TextFiles(ext=ext)
    except UsageError as refusal:
        allowed = "an extension of text files, such as .txt"
        raise UsageError(f"{refusal.message}; allowed: {allowed}") from refusal


def _text_suffix(ext: str) -> None:
    """Refuse extensions of files that can be documents or programs."""
    if f".{ext.removeprefix('.')}" not in TEXT_SUFFIXES:
        raise ValueError(f"in a project file, {', '.join(TEXT_SUFFIXES)}")


def _fields(names: str) -> None:
    """Refuse fields that cannot be asked for."""
    from rwcap.fields.definitions import parse_short_form

    parse_short_form(names)


def _sendable(url: str) -> None:
    """Refuse URLs to which the key is not sent."""
    from rwcap.api.address import parse_url

    try:
        parse_url(url)
    except ConfigError as refusal:
        allowed = "allowed: an https URL, or an http URL of this machine"
        raise UsageError(f"api_url is unusable; {allowed}") from refusal


_EVERY: Final = (
    _key("prompt", lambda it: Parameters(prompt=it), shared=True),
    _key("preset", shared=True),
    _key("fields", _fields, shared=True),
    _key("schema"),
    _key("keywords", _fits(lambda it: Fields(keywords=it)), shared=True),
    _key("vocabulary"),
    _key("vocabulary_only", shared=True),
    _key("model", lambda it: Parameters(model=it)),
    _key("prepare"),
    _key("max_side", _fits(lambda it: Prepared(max_side=it))),
    _key("write", shared=True),
    _key("mode", _merging, shared=True, check_shared=_keeping),
    _key("placeholder_descriptions"),
    _key("ext", _extension, shared=True, check_shared=_text_suffix),
    _key("collide", shared=True),
    _key("prefix", shared=True),
    _key("suffix", shared=True),
    _key("template", lambda it: Style("", "", it, KNOWN_NAMES), shared=True),
    _key("concurrency", _fits(lambda it: Running(concurrency=it))),
    _key("timeout", _fits(lambda it: Running(timeout=it))),
    _key("retries", _fits(lambda it: Running(retries=it))),
    _key("grace", _fits(lambda it: Running(grace=it))),
    _key("api_url", _sendable),
    _key("profile"),
    _key("budget.run", parameter="max_cost", shared=True),
    Key("budget.day", Decimal, variable="RWCAP_BUDGET_DAY", shared=True),
    Key("budget.month", Decimal, variable="RWCAP_BUDGET_MONTH", shared=True),
)
KEYS: Final = {key.name: key for key in _EVERY}
"""Every setting by its name, in display order."""

PARAMETERS: Final = {
    key.parameter: key
    for key in _EVERY
    if key.parameter and key.name != "profile"  # which is asked for before all others
}
"""The settings with an option, by the parameter name of the option."""
