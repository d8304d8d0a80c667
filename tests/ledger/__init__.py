"""Tests of the ledger: purchases, budgets, statements, locks."""
