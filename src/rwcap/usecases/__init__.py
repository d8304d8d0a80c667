"""What rwcap does, independent of the command line.

To follow one caption, read the modules in this order. Each calls only later ones:

- caption: check the ledger, read the image, purchase its caption, write it
- purchase.purchase: reserve in the ledger, submit the task, settle the outcome
- purchase.submit: send the task until its outcome is known; the ledger is not used
- purchase.task_status: query the service for a task, which is free and buys nothing

The packages:

- batch: many images; job: many images on many machines
- trial: several prompts, compared on a sample
- existing: captions that were bought before, or come from a table
- checking: checks of captions; writing: calls of each output; purchase: as above

The other modules:

- alt_text, fields: captions that fit a limit, and replies with fields
- filled_request, prompts: the prompt of each image
- sheet: a contact sheet in the making; run_sheet: that of a run
- sheet_pictures: what a contact sheet says of each image
- account: the balance and the spending that the service reports
- doctor_checks: the checks of `config doctor`
- context: the functions and objects that use cases need from outside
"""
