"""Tests of the files that captions are written to."""
