"""Tests of the use cases: caption, batch, purchase, recovery, doctor checks."""
