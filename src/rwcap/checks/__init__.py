"""Checks: rules that find bad captions.

- check: what a check is; excerpts for messages
- form: checks of the form, as `loop` and `cut-off`
- wording: checks of English wording, as `refusal` and `hedging`
- caption_set: checks of a caption among all others, as `near-identical`
- similarity: which captions of a set are almost the same
- mending: captions without the sentences that fail
- set_statistics: lengths, vocabulary, openings and phrases of a set
- all_checks: all checks, by name; field_faults: those of each field
"""
