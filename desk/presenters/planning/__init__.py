"""Closures, re-plans and weeks ahead: drafts of many visits, and what of them is accepted."""
