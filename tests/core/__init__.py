"""Tests of what every part of rwcap speaks: errors, money, text, records."""
