"""The exit statuses and their meanings, from where they are defined."""

import ast
import inspect
from itertools import pairwise

from rwcap.domain.errors import ExitStatus


def meanings() -> dict[int, str]:
    """Return what each status means: the first sentence of its docstring.

    What follows that sentence is for those who read the source.
    """
    (defined,) = ast.parse(inspect.getsource(ExitStatus)).body
    assert isinstance(defined, ast.ClassDef)  # noqa: S101  # for the type checker
    found: dict[int, str] = {}
    for member, told in pairwise(defined.body):
        if isinstance(member, ast.Assign) and isinstance(told, ast.Expr):
            docstring = " ".join(ast.literal_eval(told.value).split())
            meaning = docstring.partition(". ")[0].rstrip(".")
            found[ast.literal_eval(member.value)] = meaning
    return found
