"""The command line: declare, call, show.

- app: the command tree, and how a command line becomes an exit status
- commands: one file for each command, and what only it uses
- options, checks: every option, and the combinations that are refused
- settings: settings as defaults of options; terminal: what people see
- wiring: builds clients, ledger and outputs for a command
- help, help_page, command_tree: help, also read by man pages and completions

Commands import what they use when they run: the lazy seam of start-up is here.
"""
