"""The ledger: one SQLite file for money, caching and recovery.

- ledger: the open ledger and its parts
- reservation: requests to reserve a purchase, and the answers
- purchases: the purchases: reserved, settled, ambiguous
- bought_fields: fields that were bought with others
- budget: spending limits per run, day and month
- forecast: predicted costs; statements: actual costs by day, folder, prompt ...
- statement_line: the totals of a group; check_lines: costs by failed checks
- files: known image files, owners of output files; source_names: names in the ledger
- runs, locks: the processes that buy, and whether they still run
- leases: the workers of a job on other machines, and whether they still run
- migrations: tables and triggers; schema: the file; database: its connections
- audit: integrity checks; commit_count: shows that the file is an older copy
- rescue: a new ledger for a damaged one; salvage: its rows; pages: SQLite's format
"""
