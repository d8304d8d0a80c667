"""The limits on spending, from the environment or from the file of settings.

::

    [budget]
    run = 5
    day = 1.50
    month = "20"
"""

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Final

from rwcap.adapters.settings.folders import config_folder
from rwcap.domain.budget import Budget, Period
from rwcap.domain.errors import ConfigError
from rwcap.domain.price import Micros, parse_usd

BUDGET_VARIABLES: Final = {
    "RWCAP_BUDGET_DAY": Period.DAY,
    "RWCAP_BUDGET_MONTH": Period.MONTH,
}
"""Environment variables that hold a limit. That of a run is --max-cost's own."""


def budget(environment: Mapping[str, str]) -> Budget:
    """Return the limits that are set: the environment wins over the file.

    Raises `ConfigError` for what is no amount, and for a name that is no limit: a
    limit that is spelt wrongly must not pass for none.
    """
    path = config_folder() / "config.toml"
    caps = {
        period: _amount(value, f"{path}: budget.{period}")
        for period, value in _read(path).items()
    }
    for variable in environment:
        if variable.startswith("RWCAP_BUDGET_") and variable not in BUDGET_VARIABLES:
            raise ConfigError(
                f"{variable} is no setting",
                hint=f"one of: {', '.join((*BUDGET_VARIABLES, 'RWCAP_MAX_COST'))}",
            )
    for variable, period in BUDGET_VARIABLES.items():
        if value := environment.get(variable, "").strip():
            caps[period] = _amount(value, variable)
    return Budget(
        run=caps.get(Period.RUN),
        day=caps.get(Period.DAY),
        month=caps.get(Period.MONTH),
    )


def _read(path: Path) -> dict[Period, object]:
    """Return the table of limits in the file, as it is written there."""
    try:
        with path.open("rb") as file:
            document = tomllib.load(file, parse_float=Decimal)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: not valid TOML: {error}") from error
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    table = document.pop("budget", {})
    for unknown in document:
        raise ConfigError(f"{path}: {unknown} is no setting", hint="[budget]")
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: budget is no table", hint="[budget]")
    for unknown in table.keys() - set(Period):
        raise ConfigError(
            f"{path}: budget.{unknown} is no setting",
            hint=f"one of: {', '.join(f'budget.{period}' for period in Period)}",
        )
    return {Period(name): value for name, value in table.items()}


def _amount(value: object, origin: str) -> Micros:
    try:
        return parse_usd(str(value))  # of TOML's other types none reads like an amount
    except ValueError as error:
        raise ConfigError(f"{origin}: {error}") from error
