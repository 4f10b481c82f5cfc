"""The one file that verifies a bundle on bare Python: the parts of `offline_verifier`, joined in their order.

A bundle carries it as `verify.py`. Its SHA-256 is that of this release's source, byte for byte; those of all releases
stand in `verifier_digests.json`, and in the docs.
"""

from __future__ import annotations

import ast
import json
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

PACKAGE: Final = "gateway.audit.review.offline_verifier"
PARTS: Final = (
    "sayings", "ed25519", "sm3", "members", "notes", "proofs", "half", "peers", "histories", "statements",
    "stamps", "verdict", "screen",
)  # fmt: skip
"""Each part uses what stands in those before it, by its own name."""
DIGESTS: Final = "verifier_digests.json"


@cache
def compose_verifier() -> bytes:
    """Return `verify.py`: the package's words, every import once, then the parts without theirs."""
    imports: set[str] = set()
    bodies = []
    for name in PARTS:
        text = _read(f"{name}.py")
        tree = ast.parse(text)
        taken = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
        for node in taken:
            if not isinstance(node, ast.ImportFrom) or not str(node.module).startswith((PACKAGE, "__future__")):
                imports.update(_split(node))
        end = max(node.end_lineno or 0 for node in taken)
        words = (ast.get_docstring(tree) or "").splitlines()
        heading = "\n".join(f"# {line}".rstrip() for line in (f"--- {name} ".ljust(117, "-"), *words))
        bodies.append(heading + "\n\n" + "\n".join(text.splitlines()[end:]).strip("\n"))
    head = '"""' + (ast.get_docstring(ast.parse(_read("__init__.py")), clean=False) or "") + '"""'
    first = "\n".join(["from __future__ import annotations", "", *sorted(imports)])
    return ("\n\n\n".join(["#!/usr/bin/env python3\n" + head + "\n\n" + first, *bodies]) + "\n").encode()


def _split(node: ast.Import | ast.ImportFrom) -> list[str]:
    """Return an import as lines of one name each, so that two parts that import the same do it once."""
    begin = f"from {node.module} import" if isinstance(node, ast.ImportFrom) else "import"
    return [f"{begin} {alias.name}" for alias in node.names]


def _read(name: str) -> str:
    text = resources.files(PACKAGE).joinpath(name).read_text(encoding="utf-8")
    return text.replace("\r\n", "\n")


def digest_verifier() -> str:
    """Return the SHA-256 of this release's `verify.py`, in hex."""
    return sha256(compose_verifier()).hexdigest()


@cache
def read_releases() -> dict[str, str]:
    """Return the release whose `verify.py` has a digest, by the digest."""
    table = json.loads(resources.files("gateway.audit.review").joinpath(DIGESTS).read_text(encoding="utf-8"))
    return {digest: release for release, digest in table.items()}
