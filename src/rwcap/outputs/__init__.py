"""Captions written where software reads them.

- text_files, xmp_files: files beside images; embedded: in the image file itself
- record_file, record_formats: JSONL, CSV and other lines, a record each
- paths: which file belongs to which image; style: prefix, suffix, template
- report: counts, money and times of a run
- atomic, temporary: files written whole or not at all
"""
