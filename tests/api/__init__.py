"""Tests of what rwcap says to the API and understands of its replies."""
