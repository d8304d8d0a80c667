"""The commands, one file for each.

- caption, batch, cost, config: declared here with their options
- pilot, estimate: `batch --pilot`, `batch --dry-run` and `cost estimate`
- statement, account: what `cost` prints of the ledger and of the account
- config_values, credentials: settings and API key, shown and changed
- doctor, diagnostics: `config doctor` and what it inspects

The files that declare commands are imported at every start; the others are not.
"""
