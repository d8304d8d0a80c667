"""Output of a command for people and programs.

- results: captions and records on standard output; tables, wrapped_rows: columns
- fields_list: the fields of an image
- messages: lines on standard error, errors and hints; spinner: what a caption waits for
- stages, run_view, progress, progress_line, live_display: a batch while it runs
- titled_line: the name of an image and its caption, error or stage in one line
- report_file: the report of a batch
- summary, check_rows, held: a batch at its end, what its checks found, what it held
- typed_command: a command that a user can type to go on
- trial_view: a comparison of prompts
- findings: the result of `config doctor`

Only this package imports rich.
"""
