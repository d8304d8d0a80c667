"""Costs of captions.

- statements: actual costs by day, folder, prompt ...; statement_line: their totals
- check_lines: costs of captions that fail checks
- forecast: predicted costs
"""
