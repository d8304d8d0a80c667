"""Output of a command for people and programs.

- results: captions and records on standard output; tables, wrapped_rows: columns
- messages: lines on standard error, errors and hints
- stages, run_view, progress, progress_line, live_display: a batch while it runs
- summary: a batch at its end
- findings: the result of `config doctor`

Only this package imports rich.
"""
