"""Every option, declared once: one name for one thing in every command.

- group: what a group of options is, and the decorator that fills groups
- request, image, sources: what is asked, of which images
- output, files: the text, and where it goes
- money: what may be bought, and for how much
- connection, running: which service and account, how patiently, how far
- report: the days and the form of a report
- caption, batch: all groups of a command, and which options exclude each other
"""
