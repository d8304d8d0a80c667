"""A job: one batch on several machines, with one ledger and one ceiling.

Each worker captions a shard as `usecases.batch` captions a folder. Its purchases are
in the ledger of the driver's machine, which it calls in groups.

- messages: what a worker and the ledger say to each other
- shares: the requests in flight that each worker may have
- ledger_server: the ledger of a job, which answers the workers
- ledger_link: the worker's end: sends calls in groups, and again after a failure
- ledger_proxy: the ledger as the pipeline of a worker sees it
- shard_run: captions a shard
"""
