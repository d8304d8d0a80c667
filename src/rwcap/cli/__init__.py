"""The command line: declare, call, show.

- app: the top command, and how a command line becomes an exit status
- commands: one file for each command, and what only it uses
- options, checks: every option in its group, and what is refused
- lazy: commands that are listed before they are imported
- settings: settings as defaults of options; terminal: what people see
- wiring, service, connections: what a command works with, put together
- help, help_page, command_tree: help, also read by man pages and completions

A command is imported when it is typed, and imports what it uses when it runs: the
lazy seam of start-up is here.
"""
