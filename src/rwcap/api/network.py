"""The TLS certificates and the proxy in use, as `rwcap config doctor` shows them."""

from collections.abc import Mapping

from rwcap.api.client import CERTIFICATE_VARIABLES, PROXY_VARIABLES, Client
from rwcap.core.text import strip_control, truncate


def describe_certificates(environment: Mapping[str, str]) -> str:
    """Load the trusted certificates and return where they come from.

    Raises:
        ConfigError: The certificates or the proxy cannot be used.

    """
    with Client(key="none"):
        pass
    for variable in CERTIFICATE_VARIABLES:
        if path := environment.get(variable):
            return f"{variable}: {truncate(strip_control(path), 100)}"
    return "bundled with rwcap"


def describe_proxy(environment: Mapping[str, str]) -> str | None:
    """Return the proxy in use without user name and password; None if there is none."""
    for variable in (each for name in PROXY_VARIABLES for each in (name, name.lower())):
        if proxy := environment.get(variable):
            import httpx

            try:
                url = httpx.URL(proxy if "://" in proxy else f"http://{proxy}")
            except httpx.InvalidURL:
                return f"{variable}: not a valid URL"
            return f"{variable}: {url.scheme}://{url.host}:{url.port or ''}".rstrip(":")
    return None
