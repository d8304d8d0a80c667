"""Groups of options, and the decorator that fills them for a command.

A group is a class. Its annotated attributes are options, in the order in which help
shows them. The value of an attribute is the default of its option:

    class Greeting(Group):
        name: Annotated[str, typer.Option("--name", help="Whom to greet.")] = "you"

A command names the groups that it takes:

    @command
    def greet(greeting: Greeting) -> ExitStatus:
        print(f"Hello {greeting.name}")

The annotation of an attribute may be a group, whose options then stand in its place.
A subclass has the options of its base class first, then its own. An option of the
base class that the subclass annotates again moves to that place.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Final, Self, dataclass_transform

from rwcap.core.errors import UsageError
from rwcap.core.exit_status import ExitStatus

ABSURD: Final = 1e9
"""An upper bound for numbers that every clock can handle."""

Mistake = tuple[str, bool]
"""A message, and whether the mistake was made."""


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Group:
    """Options that belong together, with their values."""

    def __init__(self, **values: object) -> None:
        """Store the values that differ from the defaults, by parameter name."""
        vars(self).update(values)

    def mistakes(self) -> Iterable[Mistake]:
        """Return the possible mistakes of the options.

        A group of groups returns the mistakes of each.
        """
        for each in vars(self).values():
            if isinstance(each, Group):
                yield from each.mistakes()

    @classmethod
    def options(cls) -> dict[str, Parameter]:
        """Return a parameter for each option, in order."""
        parameters: dict[str, Parameter] = {}
        for name, annotation in _attributes(cls).items():
            default = getattr(cls, name, Parameter.empty)
            parameters |= _parameters(name, annotation, default)
        return parameters

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """Return the group filled from `values`; other values are ignored."""
        return cls(
            **{
                name: _value(name, annotation, values)
                for name, annotation in _attributes(cls).items()
            }
        )


def command(run: Callable[..., ExitStatus]) -> Callable[..., ExitStatus]:
    """Return `run` with the signature that Typer needs: one parameter for each option.

    The result fills the groups and calls `run` with them. Parameters of `run` that are
    not groups stay.
    """
    taken = signature(run).parameters.values()

    @wraps(run)
    def flat(**values: object) -> ExitStatus:
        return run(
            **{each.name: _value(each.name, each.annotation, values) for each in taken}
        )

    parameters: dict[str, Parameter] = {}
    for each in taken:
        parameters |= _parameters(each.name, each.annotation, each.default)
    flat.__annotations__ = {}  # Typer takes them from the signature
    vars(flat)["__signature__"] = Signature([*parameters.values()])
    return flat


def _attributes(group: type[Group]) -> dict[str, object]:
    """Return the annotations of a class and its bases, in the order of its options."""
    found: dict[str, object] = {}
    for base in reversed(group.__mro__[:-1]):
        for name, annotation in base.__annotations__.items():
            found.pop(name, None)
            found[name] = annotation
    return found


def _parameters(name: str, annotation: object, default: object) -> dict[str, Parameter]:
    """Return the parameters of an attribute or a parameter."""
    if isinstance(annotation, type) and issubclass(annotation, Group):
        return annotation.options()
    kind = Parameter.KEYWORD_ONLY
    return {name: Parameter(name, kind, default=default, annotation=annotation)}


def _value(name: str, annotation: object, values: Mapping[str, object]) -> object:
    """Return the value of an attribute or a parameter."""
    if isinstance(annotation, type) and issubclass(annotation, Group):
        return annotation.of(values)
    return values[name]


def refuse(command: str, *mistakes: Mistake) -> None:
    """Raise `UsageError` for the first mistake that was made."""
    for mistake, made in mistakes:
        if made:
            raise UsageError(mistake, hint=f"rwcap {command} --help")


def misdirected(
    write: Collection[str], *options: tuple[str, bool, str]
) -> tuple[Mistake, ...]:
    """Return the mistake of each given option that no value of `--write` uses.

    Each option comes with the values that use it: `txt|xmp`.
    """
    return tuple(
        (
            f"{option} needs --write {kinds}",
            given and not set(kinds.split("|")) & set(write),
        )
        for option, given, kinds in options
    )


def excluding(option: str, others: Mapping[str, bool]) -> Iterator[Mistake]:
    """Yield the mistake of each other option that is given with an option.

    The other options come with whether they are given.
    """
    for other, is_given in others.items():
        yield f"{option} and {other} exclude each other", is_given


def not_positive(**options: float | None) -> tuple[Mistake, ...]:
    """Return the mistakes of numbers that must be more than zero."""
    return tuple(
        (
            (
                f"--{option.replace('_', '-')} is {value};"
                f" allowed: more than 0, less than {ABSURD:.0f}"
            ),
            not 0 < value < ABSURD,
        )
        for option, value in options.items()
        if value is not None
    )
