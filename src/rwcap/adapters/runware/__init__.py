"""The API over HTTP: the only room that knows httpx."""

from rwcap.adapters.runware.client import Client

__all__ = ["Client"]
