"""Tests of reading, preparing and stripping images."""
