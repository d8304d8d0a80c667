"""What people and programs see of a command.

- results: captions and records on standard output; tables: columns
- messages: lines on standard error, errors and hints
- progress, run_view, summary: a batch while it runs, and when it has ended
- findings: what `config doctor` has found

Only this package imports rich.
"""
