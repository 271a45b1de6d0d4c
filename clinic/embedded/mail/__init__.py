"""A mail catcher: takes every mail over SMTP on loopback, sends none on, and shows them on a page."""
