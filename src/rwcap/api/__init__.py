"""Runware's API.

- task: a request under its UUID, every parameter; wire: tasks and replies as JSON
- reply: what a reply says of a task, and what it means for the money
- problems: errors of the API as failures with a hint; account: balance and usage
- client, network, deadline: HTTP; retry, concurrency: how often, how many at a time
- sandbox: the offline stand-in
"""
