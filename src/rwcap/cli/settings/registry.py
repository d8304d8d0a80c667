"""Every setting: the option that it is the habit of, and what may stand there.

A new one is a line in `KEYS`: its parser, its choices and its variable are those
of the option.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, get_args

from rwcap.api.task import Parameters
from rwcap.cli.checks import refuse
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.group import Group
from rwcap.cli.options.image import Prepared
from rwcap.cli.options.running import Running
from rwcap.core.errors import UsageError
from rwcap.core.money import parse_usd
from rwcap.outputs.style import Style

Words = str | list[str]
"""A value as it would be typed: one word, or one for each time."""


@dataclass(frozen=True, slots=True)
class Key:
    """One setting."""

    name: str
    """In the file: `timeout`, `budget.day`."""
    kind: type
    """`str`, `int`, `float`, `Decimal` for amounts, or the choices."""
    many: bool = False
    """Whether the option can be repeated."""
    parameter: str | None = None
    """The option's name in Python; None for what no option says."""
    variable: str | None = None
    """The environment variable that says the same."""
    check: Callable[[Any], object] = bool
    """Raises `UsageError` for a value that the option would refuse later."""
    shared: bool = False
    """Whether a project's file may set it."""

    def words(self, value: object) -> Words:
        """Return a value of TOML as it would be typed.

        Raises `ValueError` that says what is allowed.
        """
        if self.many and isinstance(value, list):
            return [self._word(each) for each in value]
        word = self._word(value)
        return [word] if self.many else word

    def typed(self, text: str) -> object:
        """Return what was typed as TOML has it; raises `ValueError` as `words` does."""
        if self.many:
            value: object = [each.strip() for each in text.split(",")]
        elif self.kind in {int, float, Decimal}:
            value = self._number(text)
        else:
            value = text
        self.words(value)
        return value

    @property
    def allowed(self) -> str:
        """What may stand there."""
        if issubclass(self.kind, StrEnum):
            choices = ", ".join(f'"{choice}"' for choice in self.kind)
            return f"some of {choices}, in brackets" if self.many else choices
        return _ALLOWED[self.kind]

    def _word(self, value: object) -> str:
        """Return one value as it would be typed, if the option would take it."""
        if type(value) not in _TAKEN.get(self.kind, (str,)):
            raise ValueError(self.allowed)
        word = str(value)
        try:
            word.encode()
            self.check(parse_usd(word) if self.kind is Decimal else self.kind(word))
        except UsageError as refusal:
            allowed = refusal.message.partition("allowed: ")[2]
            raise ValueError(allowed or refusal.message) from refusal
        except ValueError as refusal:
            raise ValueError(self.allowed) from refusal
        return word

    def _number(self, text: str) -> object:
        try:
            number = Decimal(text.strip().removeprefix("$"))
            return int(number) if number == number.to_integral_value() else number
        except ArithmeticError as error:  # no number, or infinity
            raise ValueError(self.allowed) from error


_TAKEN: Final = {
    int: (int,),
    float: (int, float, Decimal),
    Decimal: (int, Decimal, str),
}
"""The types of TOML that stand for a value; for all others it is text."""

_ALLOWED: Final = {
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
) -> Key:
    """Return the key for an option: what `Annotated` says of it holds here, too."""
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
    )


def _fits(group: Callable[[Any], Group]) -> Callable[[Any], None]:
    """Return the check that a group of options makes of one of them."""
    return lambda value: refuse("", *group(value).mistakes())


_EVERY: Final = (
    _key("prompt", lambda it: Parameters(prompt=it), shared=True),
    _key("preset", shared=True),
    _key("model", lambda it: Parameters(model=it)),
    _key("prepare"),
    _key("max_side", _fits(lambda it: Prepared(max_side=it))),
    _key("write", shared=True),
    _key("mode", shared=True),
    _key("ext", shared=True),
    _key("collide", shared=True),
    _key("prefix", shared=True),
    _key("suffix", shared=True),
    _key("template", lambda it: Style("", "", it), shared=True),
    _key("concurrency", _fits(lambda it: Running(concurrency=it))),
    _key("timeout", _fits(lambda it: Running(timeout=it))),
    _key("retries", _fits(lambda it: Running(retries=it))),
    _key("grace", _fits(lambda it: Running(grace=it))),
    _key("api_url"),
    _key("profile"),
    _key("budget.run", parameter="max_cost", shared=True),
    Key("budget.day", Decimal, variable="RWCAP_BUDGET_DAY", shared=True),
    Key("budget.month", Decimal, variable="RWCAP_BUDGET_MONTH", shared=True),
)
KEYS: Final = {key.name: key for key in _EVERY}
"""Every setting by its name, in the order in which they are shown."""

PARAMETERS: Final = {
    key.parameter: key
    for key in _EVERY
    if key.parameter and key.name != "profile"  # which is asked for before all others
}
"""Those that an option has as its default, by the option's name in Python."""
