"""Tests of a Ray cluster on this machine."""
