"""Captions written where software reads them."""

from rwcap.adapters.outputs.embedded import Embedded
from rwcap.adapters.outputs.files import replace
from rwcap.adapters.outputs.recordfile import RecordFile
from rwcap.adapters.outputs.sidecars import Sidecars
from rwcap.adapters.outputs.xmp import XmpSidecars

__all__ = ["Embedded", "RecordFile", "Sidecars", "XmpSidecars", "replace"]
