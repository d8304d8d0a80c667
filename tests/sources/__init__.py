"""Tests of what a user can name as the source of images."""
