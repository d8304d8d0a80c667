"""`--output`: records as lines of JSONL or CSV, or as rows of Parquet.

- record_formats: the formats; format_choice: which one a file has; record_keys: the
  records in a file
- record_file: a file to which records are added; csv_records, parquet_records: its
  formats
- parts_folder, parquet_parts: a folder, local or in object storage
- table_rows, parquet_schema: the columns and cells of CSV and Parquet
"""
