"""The ledger: one SQLite file for money, memory and recovery.

- ledger: the open ledger with all its parts; purchases: captions bought, open, in doubt
- reservation: what is asked before a purchase, and the answers; budget: limits
- forecast: what captions will cost; statements, grouping: what they have cost
- files: known images and owners of outputs; runs, locks: who writes, and is alive
- schema, database, audit: tables and migrations, connections, integrity
"""
