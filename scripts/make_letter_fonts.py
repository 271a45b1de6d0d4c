"""Make the letters' fonts out of the pages' own: PDFs need TrueType, one file a weight, all characters in it.

    pip install fonttools brotli
    python scripts/make_letter_fonts.py

Only needed when static/vendor/inter changes; what it writes is in the repository.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from fontTools.merge import Merger
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "static/vendor/inter"
TARGET = ROOT / "reminders/letters/fonts"
WEIGHTS = {"Regular": 400, "Bold": 700}


def main() -> None:
    """The two weights and the licence are in reminders/letters/fonts."""
    with tempfile.TemporaryDirectory() as folder:
        for style, weight in WEIGHTS.items():
            parts = [_static(SOURCE / f"inter-{part}.woff2", weight, Path(folder)) for part in ("latin", "latin-ext")]
            font = Merger().merge([str(part) for part in parts])
            for record in list(font["name"].names):
                font["name"].removeNames(nameID=record.nameID)
            for key, words in {1: "Inter", 2: style, 4: f"Inter {style}", 6: f"Inter-{style}"}.items():
                font["name"].setName(words, key, 3, 1, 0x409)
            font["OS/2"].usWeightClass = weight
            font["OS/2"].fsSelection = 0x20 if style == "Bold" else 0x40
            font["head"].macStyle = 1 if style == "Bold" else 0
            font["head"].created = font["head"].modified = 0
            font.recalcTimestamp = False
            font.save(TARGET / f"Inter-{style}.ttf")
    shutil.copy(SOURCE / "LICENSE", TARGET / "LICENSE")


def _static(path: Path, weight: int, folder: Path) -> Path:
    font = instantiateVariableFont(TTFont(path), {"wght": weight})
    font.flavor = None
    written = folder / f"{path.stem}-{weight}.ttf"
    font.save(written)
    return written


if __name__ == "__main__":
    main()
