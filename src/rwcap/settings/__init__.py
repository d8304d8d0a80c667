"""Settings and credentials of the user.

- folders: where each operating system keeps them
- files: TOML as it is; editing: one value changed; atomic: files replaced as a whole
- precedence: which of several settings holds; presets: prompts with a name
- credentials: the API key
- machine: Python, programs and terminal, for `config doctor`
"""
