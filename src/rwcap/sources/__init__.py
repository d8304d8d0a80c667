"""Where the images of a command come from.

- sources: what the arguments of a command and the lines of a list name
- folders, patterns: walks through folders, globs
- lists, tables: files with a source a line, or a row with columns
- prompts, templates: prompts in files, text with `{column}`
"""
