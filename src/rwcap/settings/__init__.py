"""The user's settings and credentials.

- folders: the folders for settings and data on each operating system
- toml_files: settings files, read and changed; which settings: cli/settings/registry
- private_files: files replaced as a whole; new_files: private to the user
- precedence: the order of settings; presets: the built-in prompts
- credentials: the API key; runware_cli: the key of Runware's own tool
- machine: Python, programs, folders and terminal, for `config doctor`
"""
