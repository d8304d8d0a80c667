"""Tests of the package sources."""
