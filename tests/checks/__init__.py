"""Tests of the checks of captions."""
