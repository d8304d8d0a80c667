"""Captions written where software reads them."""

from rwcap.adapters.outputs.files import replace
from rwcap.adapters.outputs.recordfile import RecordFile
from rwcap.adapters.outputs.sidecars import Sidecars

__all__ = ["RecordFile", "Sidecars", "replace"]
