"""Many images, as many at a time as goes well.

- pipeline: walk, prepare, purchase, write
- worker_pool: threads in bounded memory
- limits: how far a run goes, and why it ends
- estimate: what a run would buy, and for how much
"""
