"""Images from where people have them, in the form in which they are sent."""

from rwcap.adapters.images.files import stamp
from rwcap.adapters.images.reader import Reader

__all__ = ["Reader", "stamp"]
