"""How static files are named where they are collected: by what is in them, so that browsers may keep them for good."""

from __future__ import annotations

from whitenoise.storage import CompressedManifestStaticFilesStorage

_IMPORTS = (
    (
        r"""(?P<matched>import(?s:(?P<names>\s*\{[^}]*\}))\s*from\s*["'](?P<url>\./[^"']+)["'];)""",
        """import%(names)s from "%(url)s";""",
    ),
)
"""An import of our own modules: always by name, from a file beside it."""


class HashedModules(CompressedManifestStaticFilesStorage):
    """Modules import each other under the names that collecting gave them.

    Otherwise a browser would fetch the parts of a page's script by names that are good for a minute only, and could mix
    an old part with a new one. Only our own scripts: the vendored ones are each one file.
    """

    patterns = (*CompressedManifestStaticFilesStorage.patterns, ("js/*.js", _IMPORTS))
    max_post_process_passes = 20  # a name changes with the names it imports, so as many as imports are deep
