"""Checks of captions, before and after they are written.

- caption_checks: checks before captions are written; run_checks: their result
- checking: captions among all others, and `--check-only`
- quality: requirements for replies, and further purchases until one meets them
"""
