"""What rwcap does, whoever asks for it and whatever it is done with.

- caption: one image, from source to output; batch: many
- purchase: buy one caption once, through the ledger; submit: send its task
- task_status: ask the service for a task; recovery: settle what earlier runs left open
- write, alt_text: outputs, and captions short enough for screen readers
- account, diagnose: the account at the service; the judgements of `config doctor`
- context: what use cases need from outside, handed in by the caller
"""
