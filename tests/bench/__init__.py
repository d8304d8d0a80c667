"""Measure how fast rwcap is beside curl. No part of the tests."""
