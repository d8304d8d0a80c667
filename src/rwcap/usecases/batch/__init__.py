"""Caption many images at the same time.

- pipeline: prepare, purchase and write each image; stop when the rest would fail
- prepare: the request of each image, or the record of an unusable source
- worker_pool: threads that process jobs in bounded memory; slots: their queue
- pace: the requests in flight, and the pauses between requests
- limits: the limits of a run, its sample, and the reasons to stop
- estimate: what a run would buy, and the predicted cost
- texts_run: `--texts`, the texts of a table
"""
