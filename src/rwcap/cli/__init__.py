"""The command-line interface.

- app: the top command; runs a command line and returns its exit status
- commands: the commands
- options: groups of options and the checks of their values
- lazy: commands that are imported when they are called
- settings: the settings and their options; terminal: output
- wiring: creates the objects that a command uses; service: the service and connections
- cluster: a batch on a Ray cluster
- command_line: the options of a command line, to show it again
- suggestions: "did you mean" for mistyped commands and options
- help, help_page, command_tree: help, also for man pages and completions

To keep start-up short, a command is imported when it is called, and imports its
dependencies when it runs.
"""
