"""Tables: files with a row for each image.

- tables: the requests of a table; table_columns: names of columns, rows, encodings and
  errors of all tables
- csv_table, json_table, parquet_table: the forms of tables
- caption_table: tables of captions that exist
- text_index, text_matching: the image of each row; path_keys: names of one file
- shards: Parquet tables in parts that are captioned separately
"""
