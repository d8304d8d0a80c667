"""What rwcap does, independent of the command line.

To follow one caption, read the modules in this order. Each calls only later ones:

- caption: check the ledger, read the image, purchase its caption, write it
- purchase: reserve in the ledger, submit the task, settle the outcome
- submit: send the task until its outcome is known; the ledger is not used
- task_status: query the service for a task, which is free and buys nothing

The others:

- outcome: the outcome of a purchase in a record
- settle: store the outcome of a purchase
- budget_wait: wait for a budget that is reserved for purchases in progress
- batch: many images; write: calls each output; written_text: the text that is written
- changing_image: captions of images that other programs change meanwhile
- job: many images on many machines
- quality: requirements for replies, and further purchases until one meets them
- alt_text, fields: captions that fit a limit, and replies with fields
- trial: several prompts, compared on a sample
- filled_request, prompts: the prompt of each image
- removal: `--mode remove`
- failed_captions: `--only failed-checks`
- fetch: the caption of an earlier task
- caption_checks: checks before captions are written; run_checks: their result
- checking: captions among all others, and `--check-only`
- texts_run: `--texts`; given_text: one of its texts, for one image
- known_captions: the captions that were bought for an image
- sheet: a contact sheet in the making; run_sheet: that of a run
- sheet_pictures: what a contact sheet says of each image
- recovery: settle purchases that earlier runs left open, by queries alone
- account: the balance and the spending that the service reports
- doctor_checks: the checks of `config doctor`
- context: the functions and objects that use cases need from outside
"""
