"""What strangers send: bytes that each parser and writer must cope with.

`targets.py` has a function for each, which takes any bytes. It fails with an exception
that is not documented, or if a promise about the result does not hold. The suite runs
each over its seeds, and over seeds that Hypothesis damages. `__main__.py` is the long
form, guided by coverage:

    pip install atheris
    python -m tests.fuzz embed --seconds 300

Input that once failed is stored as `seeds/TARGET/NAME`, and is a seed from then on.
"""
