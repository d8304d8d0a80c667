"""What every part of rwcap speaks.

- errors, exit_status: failures, and the status that each ends in
- money, text, quoting, dates: micro-dollars, untrusted text, names for a shell, days
- source, request: what a user names, and one caption that is wanted
- record: the result for one source as JSON
- sidecar, alt_text: text that exists already, alternative text of a limited length
"""
