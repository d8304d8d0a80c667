"""A batch on a Ray cluster: the extra `ray`.

- setup: what every worker of a job has to know
- connection: the connection of this process to a cluster
- ledger_actor: the ledger of a job as an actor
- worker: captions one shard on any machine of the cluster
- ray_batch: hands out the shards, and yields the records of all workers
"""
