"""The images of a batch, found by the sources that a user names.

- sources: the arguments of a command and the lines of a list
- folder_walk, patterns: images in folders; globs and `--include` patterns
- watch, folder_changes: images that come later; changes that the system reports
- lists, tables: files with a source on each line, or a row with columns
- table_columns: names of columns, rows, encodings and errors of all tables
- csv_table, json_table, parquet_table: the forms of tables
- shards: Parquet tables in parts that are captioned separately
- prompt_file, templates: prompts in files; text with `{column}`
"""
