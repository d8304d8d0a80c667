"""Types and functions that every other package uses.

- errors, exit_status: exceptions and exit statuses
- money, prices, dates: micro-dollars, prices of captions, ranges of days
- text, csv_rows: untrusted text made safe, also for a shell; rows of CSV files
- source, record: a source with its requested caption, and the result
- sidecar, alt_text: captions merged with existing text, alternative text
- sentences, abbreviations: where sentences end, and what only seems to end one
- checking: what is done about captions that fail a check
- fields: values of fields, such as a title and keywords, in place of a caption
- fields_prompt: the form of a prompt that asks for fields
- keywords: which ones are the same, and new ones merged with others
"""
