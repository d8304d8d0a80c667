"""The SQLite file of a ledger.

- connection: threads that read and write; schema: the file is opened and upgraded
- migrations: tables and triggers of each format
- access: whether there is a file, and what to do if it cannot be used
- audit: integrity checks; commit_count: shows that the file is an older copy
- rescue: a new ledger for a damaged one; salvage: its rows; pages: SQLite's format
"""
