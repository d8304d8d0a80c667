"""Output of a command for people and programs.

- results: captions and records on standard output; tables, wrapped_rows: columns
- messages: lines on standard error, errors and hints
- progress, progress_line, live_display, run_view: a batch while it runs
- summary: a batch at its end
- findings: the result of `config doctor`

Only this package imports rich.
"""
