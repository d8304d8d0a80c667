"""Man pages and completions, generated from the command tree.

`python -m rwcap.reference` writes the files; a test fails if they are out of date.
"""
