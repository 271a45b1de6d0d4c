"""What is shipped to browsers: the vendored files are the ones on record, and nothing needs an inline style."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from clinic.static_files import HashedModules

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


CALENDAR = BASE / "static/js/calendar"


def imported_by(module: Path) -> list[str]:
    return re.findall(r'^(?:import|\}) .*from "\./(.+)\.js";$', module.read_text(), re.MULTILINE)


def test_the_calendars_modules_are_fetched_at_once_and_in_order() -> None:
    """Each is named in the page, after those that it imports: nothing is found only when another has come."""
    page = (BASE / "templates/desk/calendar/page.html").read_text()
    named = re.findall(r"js/calendar/(\w+)\.js", page)
    assert sorted(named) == sorted(module.stem for module in CALENDAR.glob("*.js"))
    for number, name in enumerate(named):
        assert set(imported_by(CALENDAR / f"{name}.js")) <= set(named[:number]), name


def test_collected_modules_import_each_other_by_their_new_names(tmp_path: Path) -> None:
    names = [f"js/calendar/{module.name}" for module in CALENDAR.glob("*.js")]
    collected, source = HashedModules(location=tmp_path), FileSystemStorage(BASE / "static")
    for name in names:
        collected.save(name, source.open(name))
    collected.manifest_storage = collected
    for _, _, trouble in collected.post_process({name: (source, name) for name in names}):
        assert not isinstance(trouble, Exception)
    renamed = {name: collected.hashed_files[name] for name in names}
    start = tmp_path / renamed["js/calendar/start.js"]
    assert start.name != "start.js"
    seen, left = set(), [start]
    while left:
        module = left.pop()
        seen.add(module)
        left += {module.parent / f"{name}.js" for name in imported_by(module)} - seen
    assert seen == {tmp_path / new for new in renamed.values()}
