"""The commands.

- caption, batch, cost, config: the declarations of the commands
- pilot, watch, estimate: `batch --pilot`, `--watch`, `--dry-run`; `cost estimate`
- job: `batch --engine ray`; trial: several prompts, compared on a sample
- statement, account: reports of the ledger and of the account for `cost`
- config_values, credentials: print and change settings and the API key
- show, removal: `caption --show`, `--mode remove`
- texts, checking: `batch --texts`, `--check-only`
- held_command: the command that writes the captions of `--hold`
- sheet: what a contact sheet says about its run
- doctor: runs the checks of `config doctor`

A module that declares commands is imported when one of them is called, the other
modules when the command runs.
"""
