"""The API over HTTP: the only room that knows httpx."""

from rwcap.adapters.runware.client import URL, Client

__all__ = ["URL", "Client"]
