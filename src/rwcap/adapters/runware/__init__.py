"""The API over HTTP: the only room that knows httpx."""

from rwcap.adapters.runware.client import Client
from rwcap.adapters.runware.surroundings import certificates, proxy

__all__ = ["Client", "certificates", "proxy"]
