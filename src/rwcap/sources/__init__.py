"""The images of a batch, found by the sources that a user names.

- sources: the arguments of a command and the lines of a list
- folder_walk, object_walk: images in folders, and in folders of object storage
- patterns: globs, and patterns of `--include` and `--exclude`
- watch, folder_changes: images that come later; changes that the system reports
- lists, tables: files with a source on each line, or a row with columns
- table_columns: names of columns, rows, encodings and errors of all tables
- caption_table: tables of captions that exist
- text_index, text_matching: the image of each row; path_keys: names of one file
- csv_table, json_table, parquet_table: the forms of tables
- shards: Parquet tables in parts that are captioned separately
- text_file, prompt_file: text in files that options name
- templates: text with `{column}`
"""
