"""The offline stand-in for the API: it validates, stores and charges like the service.

- service: a request body in, a reply out
- validation: the tasks that the API refuses; task_store: the tasks it accepted
- describe: captions from measurable facts; fields: the same as JSON
"""
