"""The command line: declare, call, render. The one lazy seam is here."""
