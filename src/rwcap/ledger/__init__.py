"""The ledger: one SQLite file for money, caching and recovery.

- ledger: the open ledger and its parts
- reservation: requests to reserve a purchase, and the answers
- purchases: the purchases: reserved, settled, ambiguous
- open_purchases: those that runs left open, and what the service says of them
- bought_fields: fields that were bought with others
- budget: spending limits per run, day and month
- reports: actual and predicted costs
- files: known image files, owners of output files; source_names: names in the ledger
- runs, locks: the processes that buy, and whether they still run
- leases: the workers of a job on other machines, and whether they still run
- database: the file itself, its format, its integrity and its rescue
"""
