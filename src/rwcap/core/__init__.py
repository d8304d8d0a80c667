"""Types and functions that every other package uses.

- errors, exit_status: exceptions and exit statuses
- money, prices, dates: micro-dollars, prices of captions, ranges of days
- text, quoting: untrusted text made safe, words quoted for a shell
- source, file_stamp, record: a source with its requested caption, and the result
- sidecar, alt_text: captions merged with existing text, alternative text
"""
