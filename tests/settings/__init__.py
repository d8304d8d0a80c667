"""Tests of settings, credentials and their files."""
