"""Where the images of a batch come from: words, folders, globs, lists, manifests.

Everything is lazy: what is not yet wanted is not yet read.
"""

from rwcap.adapters.sources.words import Sources

__all__ = ["Sources"]
