"""Every option, declared once and used by every command.

- group: groups of options, the decorator that fills them, and checks of their values
- request, images: the request, the images and their preparation
- output: the text, its outputs and standard output
- fields: fields in place of a caption
- batch_files: the outputs, records and report of a batch
- texts, checking: texts that exist, and their checks
- money: purchases and limits
- connection, running: service, account, timeout and retries; limits of a batch
- cluster: the cluster of a batch on several machines
- report: the days, groups and format of a report
- caption, batch: all groups of a command, and its invalid combinations
"""
