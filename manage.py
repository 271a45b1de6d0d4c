#!/usr/bin/env python
"""Django's command line for the infusion clinic."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit(
            "Django is not installed in this Python. Run `make run` once, then use .venv/bin/python manage.py."
        ) from error
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if "connection failed" not in str(error):
            raise
        from clinic.environment import START_IT

        raise SystemExit(START_IT) from error


if __name__ == "__main__":
    main()
