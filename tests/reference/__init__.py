"""Man pages and completions."""
