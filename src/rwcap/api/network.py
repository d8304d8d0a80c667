"""What lies between rwcap and the API: certificates and proxies."""

from collections.abc import Mapping
from typing import Final

import httpx

from rwcap.api.client import Client
from rwcap.core.text import strip_control, truncate

_PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
"""https://www.python-httpx.org/environment_variables/"""


def describe_certificates(environment: Mapping[str, str]) -> str:
    """Return which certificates are trusted, and that they can be loaded.

    Raises `ConfigError` where they, or the proxy, cannot be used.
    """
    with Client(key="none"):
        pass
    for variable in ("SSL_CERT_FILE", "SSL_CERT_DIR"):
        if place := environment.get(variable):
            return f"those of {variable}: {truncate(strip_control(place), 100)}"
    return "those that come with rwcap"


def describe_proxy(environment: Mapping[str, str]) -> str | None:
    """Return which proxy is used, without user name and password; None for none."""
    for variable in _PROXIES:
        if named := environment.get(variable):
            try:
                url = httpx.URL(named if "://" in named else f"http://{named}")
            except httpx.InvalidURL:
                return f"{variable}: no address"
            return f"{variable}: {url.scheme}://{url.host}:{url.port or ''}".rstrip(":")
    return None
