"""The roof: man pages and completions, views of the command tree.

`python -m rwcap.reference` writes them anew; the tests say when that is due.
"""
