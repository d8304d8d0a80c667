"""Every option, declared once and used by every command.

- group: groups of options, and the decorator that fills them
- request, image, sources: the request and its images
- output, files: the text and its outputs
- money: purchases and limits
- connection, running: service, account, timeouts, and when a run stops
- report: the days, groups and format of a report
- caption, batch: all groups of a command, and its invalid combinations
"""
