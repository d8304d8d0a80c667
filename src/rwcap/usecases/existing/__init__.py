"""Captions that exist: bought before, written already, or given by a table.

- known_captions: the captions that were bought for an image
- known_fields: the fields of replies, and those in a row of a table
- given_text: one text of `--texts`, for one image
- removal: `--mode remove`
- failed_captions: `--only failed-checks`
"""
