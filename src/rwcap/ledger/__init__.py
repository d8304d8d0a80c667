"""The ledger: one SQLite file for money, caching and recovery.

- ledger: the open ledger and its parts
- reservation: requests to reserve a purchase, and the answers
- purchases: the purchases: reserved, settled, ambiguous
- budget: spending limits per run, day and month
- forecast: predicted costs; statements: actual costs by day, folder, prompt ...
- files: known image files, owners of output files
- runs, locks: the processes that buy, and whether they still run
- schema: tables and migrations; database: connections; audit: integrity checks
"""
