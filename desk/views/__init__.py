"""The pages: each parses what was asked, calls one use case or selector, and draws."""
