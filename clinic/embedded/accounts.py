"""Under which account the services run. PostgreSQL refuses root, so root lends them an ordinary one."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from clinic.embedded.errors import EmbeddedProblem, FolderNotUsable


@dataclass(frozen=True)
class Account:
    """An ordinary account of this machine."""

    name: str
    uid: int
    gid: int


def service_account(*belongings: Path) -> Account | None:
    """The account that runs the services when this process is root.

    Args: belongings: the owner of the first existing one that is not root's is taken, so that data made by an
    ordinary account stay with it, and `sudo make run` in a person's clone leaves nothing of root's there.

    Returns: None for an ordinary process: the services run as the person who started them.
    """
    if os.geteuid() != 0:
        return None
    for path in belongings:
        owner = path.stat().st_uid if path.exists() else 0
        if owner:
            found = _by_uid(owner)
            if found:
                return found
    for name in ("postgres", "nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise EmbeddedProblem(
        "PostgreSQL does not run as root and this machine has no ordinary account to lend it. "
        "Start it from an ordinary account."
    )


def _by_uid(uid: int) -> Account | None:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        return None  # a folder from another machine; initdb needs an account with a name
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def can_enter(folder: Path, account: Account | None) -> bool:
    """True where the account may pass through the folder. Asked of the kernel, so that access lists count."""
    if account is None:
        return os.access(folder, os.X_OK)
    answer = subprocess.run(
        ["/bin/sh", "-c", 'cd / && test -x "$1"', "sh", str(folder)],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def give(folder: Path, account: Account | None) -> None:
    """The folder and all in it belong to the account, closed to everybody else.

    Raises: FolderNotUsable where it is another person's and this process is not root.
    """
    if account is None:
        owner = folder.stat().st_uid
        if owner != os.geteuid():
            found = _by_uid(owner)
            raise FolderNotUsable(
                folder,
                f"belongs to the account {found.name if found else owner}",
                "Start it from that account, or give the folder to yours with chown -R.",
            )
    else:
        for path in (folder, *folder.rglob("*")):
            if not path.is_symlink() and path.stat().st_uid != account.uid:
                os.chown(path, account.uid, account.gid)
    if folder.stat().st_mode & 0o777 != 0o700:
        folder.chmod(0o700)


def shared_place(name: str) -> Path:
    """A folder outside every home, for what an ordinary account must reach when root's clone is closed to it."""
    place = Path("/var/lib/infusion-clinic") / name
    try:
        place.mkdir(mode=0o711, parents=True, exist_ok=True)
    except OSError as error:
        raise FolderNotUsable(
            place,
            f"cannot be made ({error.strerror})",
            "Start from an ordinary account, or put the clone where other accounts may enter.",
        ) from error
    for folder in (place.parent, place):
        folder.chmod(0o711)
    return place


def reachable_copy(source: Path, account: Account | None, *, version: str, beside: tuple[Path, ...] = ()) -> Path:
    """The folder itself where the account can use it, else one copy for all clones, outside root's home.

    Args: beside: folders that must stand in the same relation to the copy, such as bundled libraries.
    """
    if can_enter(source, account):
        return source
    base = Path(os.path.commonpath([source, *beside])) if beside else source.parent
    place = shared_place("programs") / version
    if not place.exists():
        fresh = place.with_name(f"{version}.{os.getpid()}")
        for folder in (source, *beside):
            shutil.copytree(folder, fresh / folder.relative_to(base))
        for folder in (fresh, *(path for path in fresh.rglob("*") if path.is_dir())):
            folder.chmod(0o755)
        try:
            fresh.rename(place)
        except OSError:  # another clone was quicker
            shutil.rmtree(fresh)
    return place / source.relative_to(base)
