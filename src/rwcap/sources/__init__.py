"""The images of a batch, found by the sources that a user names.

- sources: the arguments of a command and the lines of a list
- folder_walk, object_walk: images in folders, and in folders of object storage
- patterns: globs, and patterns of `--include` and `--exclude`
- watch, folder_changes: images that come later; changes that the system reports
- lists: files with a source on each line; tables: files with a row for each image
- text_file, prompt_file: text in files that options name
- templates: text with `{column}`
"""
