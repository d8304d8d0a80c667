"""Man pages and completions, generated from the command tree.

- files: all generated files; texts: the handwritten parts
- man, roff: man pages; bash, fish, powershell, zsh: a completion script each
- check_figures: the table of the checks, with their measured precision and recall
- promise_figures: the table of the promises, with what came of their trials
- completion_values: the words and files that complete a value, as of `--preset`

`python -m rwcap.reference` writes the files; a test fails if they are out of date.
"""
