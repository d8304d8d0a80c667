"""The commands, one file for each.

- caption, batch, cost, config: the commands and their examples
- pilot, estimate: what `batch --pilot`, `batch --dry-run` and `cost estimate` do
- statement, account: what `cost` prints of the ledger and of the account
- config_values, credentials: settings and API key, shown and changed
- doctor, diagnostics: `config doctor` and what it inspects

A file that declares commands is imported when one of them is typed; the others when
that command runs.
"""
