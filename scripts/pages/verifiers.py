"""The published SHA-256 of `verify.py`, release by release: the list in the package, and the table of the page.

The line of this release follows the code; those of older releases stay as they were published.
"""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Final

from gateway.audit.review.verifier_file import DIGESTS, digest_verifier
from gateway.cli.language import Language

ROOT: Final = Path(__file__).parents[2]
LIST: Final = ROOT / "gateway/audit/review" / DIGESTS
RELEASE: Final = str(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])
_ROW: Final = re.compile(r"(?:^\| [0-9][0-9A-Za-z.]* \| `[0-9a-f]{64}` \|\n)+", re.MULTILINE)


def refresh_list(text: str) -> str:
    """Return the list of releases with the digest of this release's verifier as the code has it now."""
    releases = json.loads(text) | {RELEASE: digest_verifier()}
    return json.dumps(releases, indent=2) + "\n"


def refresh_table(page: str, _language: Language) -> str:
    """Return the page with the list as a table, the newest release first."""
    releases = json.loads(refresh_list(LIST.read_text(encoding="utf-8")))
    rows = "".join(f"| {release} | `{digest}` |\n" for release, digest in reversed(releases.items()))
    return _ROW.sub(lambda _: rows, page, count=1)
