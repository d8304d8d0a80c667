"""An offline stand-in for the API: checks, remembers and bills like the real one.

What it answers is a function of the request and of the tasks it has accepted; there
is no chance and no network in it, and no clock but for the days of its bills.
"""

from rwcap.adapters.sandbox.service import Sandbox

__all__ = ["Sandbox"]
