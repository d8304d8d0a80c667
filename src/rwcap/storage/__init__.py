"""Object storage: S3, Google Cloud Storage, Azure, and storage in memory.

- objects: objects listed, read and written; the only module that imports fsspec
"""
