"""Outputs: the places that captions and records are written to.

- text_files, xmp_files: files beside images; embedded: metadata in the image file
- record_file, record_formats: records as lines of a JSONL or CSV file
- paths: the path of the file for a caption; style: prefix, suffix and template
- report: counts, money and times of a run
- atomic, temporary: atomic replacement of files
"""
