"""Groups of options: declared once, flat for Typer, filled for a command."""

from typing import Annotated

import pytest
import typer
from typer.main import get_command

from rwcap.cli.command_tree import read
from rwcap.cli.options.batch import BatchOptions
from rwcap.cli.options.caption import CaptionOptions
from rwcap.cli.options.group import Group, Mistake, _attributes, command
from rwcap.core.exit_status import ExitStatus


class Person(Group):
    """A person with a name and an age."""

    name: Annotated[str, typer.Option("--name", help="The name.")] = "Ann"
    age: Annotated[int, typer.Option("--age", help="The age.")] = 40

    def mistakes(self) -> tuple[Mistake, ...]:
        """Return that an age below 0 is wrong."""
        return ((f"--age is {self.age}; allowed: 0 or more", self.age < 0),)


class Employee(Person):
    """A person with a title between name and age."""

    name: Annotated[str, typer.Option("--name", help="The name.")] = "Ann"
    title: Annotated[str, typer.Option("--title", help="The title.")] = ""
    age: Annotated[int, typer.Option("--age", help="The age.")] = 40


class Greeting(Group):
    """A greeting of an employee."""

    word: Annotated[str, typer.Option("--word", help="The greeting.")] = "Hello"
    person: Employee
    loud: Annotated[bool, typer.Option("--loud", help="Shout.")] = False


def greeter(seen: list[object]) -> typer.Typer:
    """Return a command that greets, and adds what it receives to `seen`."""
    app = typer.Typer(rich_markup_mode=None, add_completion=False)

    @app.command()
    @command
    def greet(
        ctx: typer.Context,
        place: Annotated[str, typer.Argument(help="Where.")],
        *,
        greeting: Greeting,
        times: Annotated[int, typer.Option("--times", help="How often.")] = 1,
    ) -> ExitStatus:
        """Greet a person."""
        person = greeting.person
        seen.extend([ctx.info_name, place, times, greeting.word, greeting.loud])
        seen.extend([type(person), person.name, person.title, person.age])
        return ExitStatus.PARTIAL

    return app


def received(*arguments: str) -> list[object]:
    """Return what the command receives of a command line."""
    seen: list[object] = []
    status = get_command(greeter(seen)).main(
        list(arguments), prog_name="greet", standalone_mode=False
    )
    assert status is ExitStatus.PARTIAL
    return seen


def test_a_command_receives_its_groups_filled() -> None:
    """Options of groups in groups are typed like any other."""
    assert received("home", "--word=Hi", "--loud", "--name", "Bo", "--title=Dr") == [
        *("greet", "home", 1, "Hi", True),
        *(Employee, "Bo", "Dr", 40),
    ]


def test_an_option_that_is_not_typed_has_the_default_of_its_group() -> None:
    """And parameters that are no groups have theirs."""
    assert received("home", "--times=2") == [
        *("greet", "home", 2, "Hello", False),
        *(Employee, "Ann", "", 40),
    ]


def test_help_shows_options_in_the_order_of_the_classes() -> None:
    """A group takes the place of its attribute; an option named again moves."""
    tree = read(get_command(greeter([])), "greet")

    assert tree.sentence == "Greet a person."
    assert [each.names[-1] for each in tree.options] == [
        *("--word", "--name", "--title", "--age", "--loud", "--times", "--help")
    ]


def test_a_group_can_be_made_without_a_command_line() -> None:
    """What is not named has its default."""
    assert Employee(title="Dr").title == "Dr"
    assert Employee(title="Dr").name == "Ann"


def test_mistakes_of_groups_in_a_group_are_mistakes_of_it() -> None:
    """Each is a sentence, and whether it is true."""
    good, bad = (Greeting(person=Employee(age=age)) for age in (1, -1))

    assert list(bad.mistakes()) == [("--age is -1; allowed: 0 or more", True)]
    assert not any(made for _, made in good.mistakes())


@pytest.mark.parametrize("options", [BatchOptions, CaptionOptions])
def test_no_two_groups_of_a_command_have_an_option_of_one_name(
    options: type[Group],
) -> None:
    """The second would take the place of the first unseen."""
    groups = [
        kind.options()
        for kind in _attributes(options).values()
        if isinstance(kind, type) and issubclass(kind, Group)
    ]

    assert sum(map(len, groups)) == len(options.options())
