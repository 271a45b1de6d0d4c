"""What is shipped to browsers: the vendored files are the ones on record, and nothing needs an inline style."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from django.conf import settings

BASE = Path(settings.BASE_DIR)


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BASE / "scripts" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def test_vendored_files_are_as_recorded() -> None:
    assert script("vendor_assets").differences() == []


def test_a_dangling_source_map_is_stripped() -> None:
    cleaned = script("vendor_assets").cleaned
    assert cleaned("a.js", b"run();\n//# sourceMappingURL=a.js.map\n") == b"run();\n"
    assert cleaned("a.woff2", b"//# sourceMappingURL=x") == b"//# sourceMappingURL=x"


def test_the_boards_columns_are_as_generated() -> None:
    assert (BASE / "static/css/grid.css").read_text() == "".join(script("grid_css").rules())


def test_templates_have_no_inline_style_or_script() -> None:
    inline = re.compile(r"""\sstyle=|<style|\son[a-z]+=["']|<script(?![^>]*\ssrc=)|javascript:""", re.IGNORECASE)
    mail = BASE / "templates/reminders"  # mail has no style sheets
    faults = [
        f"{template.relative_to(BASE)}: {found.group()}"
        for template in (BASE / "templates").rglob("*.html")
        if mail not in template.parents
        for found in [inline.search(template.read_text())]
        if found
    ]
    assert faults == []


def test_style_sheets_fetch_only_our_own_files() -> None:
    for sheet in (BASE / "static/css").rglob("*.css"):
        for address in re.findall(r'url\("?([^")]+)"?\)', sheet.read_text()):
            assert (sheet.parent / address).resolve().is_file(), f"{sheet.name}: {address}"
