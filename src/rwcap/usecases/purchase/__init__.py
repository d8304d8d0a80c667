"""Purchase a caption, and find out what became of earlier purchases.

- purchase: reserve in the ledger, submit the task, settle the outcome
- submit: send the task until its outcome is known; the ledger is not used
- task_status: query the service for a task, which is free and buys nothing
- settle: store the outcome of a purchase; outcome: the outcome in a record
- recovery: settle purchases that earlier runs left open, by queries alone
- reservation_wait: wait for a budget, or for a caption that another process buys
- fetch: the caption of an earlier task
"""
