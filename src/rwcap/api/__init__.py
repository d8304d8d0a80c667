"""Runware's API.

- request: parameters, defaults and validation; wire: requests and replies as JSON
- reply: the content of a reply, and what it means for the payment of a task
- errors: API errors as exceptions with a hint; account: balance and usage
- client, deadline, network: HTTP; retry: retries; concurrency: requests in flight
- sandbox: the offline stand-in for the service
"""
