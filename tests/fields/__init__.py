"""Tests of the package `rwcap.fields`."""
