"""The address of the API, and where the key may be sent."""

import re
from typing import Final, NamedTuple

from rwcap.api.wire import API_URL
from rwcap.core.errors import ConfigError

_URL: Final = re.compile(
    r"([a-z][a-z0-9+.-]*)://([^/?#\s]*@)?"
    r"(\[[0-9a-f:.]+\]|[^][@:/?#\s]+)(?::([0-9]{1,5}))?([/?][!\"$-~]*)?",
    re.IGNORECASE,
)
"""Scheme, user name and password, host, port, path and query."""

_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?", re.IGNORECASE)
_PORTS: Final = range(1, 65536)
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class Address(NamedTuple):
    """The parts of a URL."""

    secure: bool
    host: str
    port: int
    target: str
    """Path and query."""

    @property
    def netloc(self) -> str:
        """The host, with the port unless it is the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == (443 if self.secure else 80)
        return host if is_default else f"{host}:{self.port}"


def parse_url(url: str) -> Address:
    """Return the parts of `url` if the key may be sent there.

    That is https, or http on loopback. Error messages contain nothing of the URL but
    its host, because the rest can contain a password.
    """
    hint = f"--api-url {API_URL}"
    found = _URL.fullmatch(url.strip())
    if not found:
        raise ConfigError("the API URL is malformed", hint=hint)
    scheme, user, named, number, target = found.groups()
    scheme, host = scheme.lower(), _ascii_host(named.lower())
    port = int(number or (443 if scheme == "https" else 80))
    if not host or port not in _PORTS or user:
        raise ConfigError(
            "the API URL must have a host, a port from 1 to 65535, and no user name",
            hint=hint,
        )
    if scheme == "https" or (scheme == "http" and host in _LOOPBACK):
        path = target or "/"
        return Address(
            scheme == "https",
            host,
            port,
            path if path.startswith("/") else f"/{path}",
        )
    raise ConfigError(
        f"rwcap sends the API key over https only, not to {scheme}://{host}",
        hint=hint,
    )


def _ascii_host(host: str) -> str:
    """Return a host as it is resolved, or '' if it is not a name or an address."""
    if host.startswith("["):
        return host.strip("[]")
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""
    labels = name.removesuffix(".").split(".")
    return name if all(map(_LABEL.fullmatch, labels)) else ""
