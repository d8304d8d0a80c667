"""The connection of this process to a Ray cluster."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import ray

from rwcap.core.errors import ConfigError, UsageError

_CONNECT_TIMEOUT: Final = 5.0
"""Seconds to wait for the port of a cluster. Ray itself waits for minutes."""

_VARIABLES: Final = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # or Ray warns of its own future
    "RAY_IGNORE_UNHANDLED_ERRORS": "1",  # of calls whose result nobody needs
    "RAY_USAGE_STATS_ENABLED": "0",
}
"""Settings of Ray. Those of the user have priority."""

_NO_CLUSTER_HINT: Final = (
    "on a machine of the cluster: --ray-address auto;"
    " without --ray-address, Ray starts on this machine alone"
)


@contextmanager
def connected(address: str | None) -> Iterator[None]:
    """Connect to a cluster, or start Ray on this machine if there is no address.

    Raises:
        UsageError: There is no cluster at the address.
        ConfigError: The cluster has another version of Ray or Python.
    """
    _check_address(address)
    for variable in _VARIABLES:
        os.environ.setdefault(variable, _VARIABLES[variable])
    # Ray prints what happens to its processes on standard output, which is for data.
    ray._private.worker._worker_logs_enabled = False  # noqa: SLF001  # no public way
    try:
        ray.init(
            address=address,
            include_dashboard=None if address else False,
            log_to_driver=False,
            logging_level=logging.CRITICAL,
        )
    except ConnectionError as error:
        raise UsageError(
            f"--ray-address {address}: no Ray cluster", hint=_NO_CLUSTER_HINT
        ) from error
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise ConfigError(
            f"Ray: {reason}",
            hint="the same versions of Ray and Python on each node: ray --version",
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _check_address(address: str | None) -> None:
    """Raise `UsageError` unless something listens at an address."""
    host, colon, port = (address or "").rpartition(":")
    if not colon:
        return
    if "/" in host or not port.isdigit():
        raise UsageError(
            f"--ray-address {address}: allowed: auto, HOST:PORT", hint=_NO_CLUSTER_HINT
        )
    try:
        socket.create_connection((host, int(port)), _CONNECT_TIMEOUT).close()
    except OSError as error:
        raise UsageError(
            f"--ray-address {address}: {error.strerror or 'no answer'}",
            hint=_NO_CLUSTER_HINT,
        ) from error
