"""Tests of XMP packets and where they stand in image files."""
