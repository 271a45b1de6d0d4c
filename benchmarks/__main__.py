"""`python -m benchmarks [--json FILE] [name ...]`: runs the figures against services of its own and prints a line each.

Exits with 0 also where a goal is missed: a slow day is news, not a broken build.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from pathlib import Path

MODULES = (
    "projection",
    "slots",
    "replan",
    "booking",
    "storm",
    "pages",
    "finding",
    "importing",
    "feeds",
    "mail",
    "weight",
    "history",
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *MODULES], default=[], metavar="name")
    parser.add_argument("--json", type=Path, default=Path("bench.json"), help="where the figures go as JSON")
    chosen = parser.parse_args()

    from tests.services import TestServices

    services = TestServices()
    services.start()
    os.environ["DJANGO_SETTINGS_MODULE"] = "clinic.settings"
    figures = []
    try:
        import django

        django.setup()
        for name in chosen.names or MODULES:
            module = importlib.import_module(f"benchmarks.{name}")
            for figure in module.figures():
                print(figure.line(), flush=True)
                figures.append(figure)
    finally:
        services.stop()
    chosen.json.write_text(json.dumps([figure.as_json() for figure in figures], indent=2) + "\n")
    missed = [figure.name for figure in figures if not figure.is_met]
    print(
        f"{len(figures) - len(missed)} of {len(figures)} goals met"
        + (f"; short: {', '.join(missed)}" if missed else "")
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
