"""Tests of XMP packets and their position in image files."""
