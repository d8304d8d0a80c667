"""Outputs: the places that captions and records are written to.

- one module for each value of `--write`: text_files, xmp_files, embedded (into the
  image), metadata_files (embedded where possible, else XMP)
- records: the file of `--output`; sheet: the contact sheet
- paths: the path of the file for a caption
- prefix_suffix: prefix, suffix and template of a written caption
- existing_captions: the captions that an image has, for `--show`
- other_files: the texts of people in the other files of an image
- prompt_metadata: facts about an image for prompts, from its files
- report: counts, money and times of a run
- atomic, temporary: files read, and replaced atomically
- file_errors: errors that name the file
"""
