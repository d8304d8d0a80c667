"""Outputs: the places that captions and records are written to.

- one module for each output: text_files and xmp_files beside images; embedded: metadata
  in the image file; record_file, record_formats: lines of a JSONL or CSV file
- paths: the path of the file for a caption
- prefix_suffix: prefix, suffix and template of a written caption
- report: counts, money and times of a run
- atomic, temporary: atomic replacement of files
"""
