"""Runware's API.

- request: parameters, defaults and validation; wire: requests and replies as JSON
- reply: the content of a reply, and what it means for the payment of a task
- errors: API errors as exceptions with a hint; account: balance and usage
- client, transport, connection, http_response: HTTP
- fallback: HTTP by httpx, for proxies
- address: where the key may be sent; network: proxy and certificates, for doctor
- retry: retries; waiting: waits that a signal ends; concurrency: requests in flight
- sandbox: the offline stand-in for the service
"""
