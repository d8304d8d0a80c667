"""Output of a command for people and programs.

- results: captions and records on standard output; tables: columns
- messages: lines on standard error, errors and hints
- progress, run_view, summary: a batch while it runs and at its end
- findings: the result of `config doctor`

Only this package imports rich.
"""
