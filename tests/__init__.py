"""Tests are sentences about what rwcap does; they run the real thing."""
