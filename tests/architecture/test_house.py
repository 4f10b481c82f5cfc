"""The rules of the house, held by the code's own text: who makes which evidence, sizes, names, purity."""

from __future__ import annotations

import ast
import re
import statistics
from functools import cache
from pathlib import Path

import pytest

from tests.architecture.sources import text_of, tree_of

ROOT = Path(__file__).parents[2]
OURS = sorted(
    path
    for top in ("gateway", "adapters", "keys")
    for path in (ROOT / top).rglob("*.py")
    if "wire" not in path.parts and path.stat().st_size
)
ISSUERS = {
    "Arrival": {"gateway/services/exchange.py", "gateway/link/answer.py"},
    "Caller": {"gateway/gatehouse/gate.py"},
    "Grant": {"gateway/catalogue"},
    "RawPage": {"gateway/fetching/fetch.py"},
    "MaskedPage": {"gateway/masking"},
    "ClearedPage": {"gateway/leakguard"},
    "GatedPage": {"gateway/gating"},
    "Receipt": {"gateway/audit", "gateway/border/messages.py"},
    "Release": {"gateway/road.py"},
    "PeerAnswer": {"gateway/border/messages.py"},
    "ProvenAnswer": {"gateway/audit"},
    "Delivery": {"gateway/consumer.py"},
}
PURE = [
    "gateway/ground/evidence.py",
    "gateway/ground/item.py",
    "gateway/ground/refusals.py",
    "gateway/ground/clock.py",
    *(
        str(p.relative_to(ROOT))
        for room in ("ground/vocabulary", "masking", "leakguard", "audit/tlog")
        for p in (ROOT / "gateway" / room).glob("*.py")
    ),
    "gateway/audit/entries/entry.py",
    *(
        str(p.relative_to(ROOT))
        for p in (ROOT / "gateway" / "catalogue").glob("*.py")
        if not p.stem.startswith(("loader", "load"))
    ),
]
IMPURE = {"os", "socket", "grpc", "sqlite3", "aiosqlite", "time", "random", "logging", "secrets", "asyncio"}
SUPPRESSIONS = 7


@cache
def _nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(tree_of(path)))


@cache
def _calls(path: Path) -> frozenset[str]:
    return frozenset(
        node.func.id for node in _nodes(path) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("evidence", ISSUERS)
def test_evidence_is_made_only_in_its_room(evidence: str) -> None:
    """A step that is left out cannot be faked: no other module constructs the evidence."""
    makers = {_name(path) for path in OURS if evidence in _calls(path)}
    strangers = {maker for maker in makers if not any(maker.startswith(room) for room in ISSUERS[evidence])}
    assert set() == strangers
    assert makers, f"nobody makes {evidence}"


def _imported(module: str) -> set[str]:
    imported = set()
    for node in _nodes(ROOT / module):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    return imported


def test_pure_modules_reach_for_nothing_outside() -> None:
    """Decisions, masks and proofs depend on their arguments alone."""
    assert 100 < len(PURE)
    assert {} == {module: found for module in PURE if (found := _imported(module) & IMPURE)}


def _too_long(path: Path) -> list[str]:
    return [
        f"{node.name}: {(node.end_lineno or 0) - node.lineno + 1}"
        for node in _nodes(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > 60
    ]


def test_no_module_outgrows_its_purpose() -> None:
    """No module over 400 lines, no function over 60."""
    assert 400 < len(OURS)
    assert [] == [_name(path) for path in OURS if len(text_of(path).splitlines()) > 400]
    assert {} == {_name(path): found for path in OURS if (found := _too_long(path))}


def test_the_median_module_is_small() -> None:
    """Half of the modules have at most 150 lines."""
    assert statistics.median(len(text_of(p).splitlines()) for p in OURS) <= 150


def test_file_names_say_what_they_hold() -> None:
    """A helper belongs to the noun that it serves."""
    empty = re.compile(r"(^|_)(utils?|helpers?|common|misc|base|managers?|handlers?|processors?|impl)(_|$)")
    assert [] == [_name(path) for path in OURS if empty.search(path.stem)]


def _undocumented(path: Path) -> list[str]:
    tree = tree_of(path)
    bare = [] if ast.get_docstring(tree) else ["module"]
    for node in _nodes(path):
        if isinstance(node, ast.ClassDef):
            bare += [] if node.name.startswith("_") or ast.get_docstring(node) else [node.name]
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            bare += [] if ast.get_docstring(node) else [node.name]
    return bare


def test_every_public_name_is_documented() -> None:
    """Every module opens with what it is for, and every public class and function says what it guarantees."""
    assert {} == {_name(path): found for path in OURS if (found := _undocumented(path))}


def test_each_suppression_has_a_reason_and_their_number_only_falls() -> None:
    """A suppressed warning says why on its line."""
    found = [
        (f"{_name(path)}:{number}", line)
        for path in OURS
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if re.search(r"# (type: ignore|noqa)", line)
    ]
    bare = [place for place, line in found if not re.search(r"(ignore\[[^]]+\]|noqa: [A-Z0-9, ]+).{0,6}\S.{8,}", line)]
    assert [] == bare
    assert len(found) <= SUPPRESSIONS


def test_secrets_are_revealed_in_two_places() -> None:
    """Keyed references look inside a raw identifier, the keystore inside a passphrase; nobody else does."""
    callers = {_name(path) for path in OURS if ".reveal()" in text_of(path)}
    assert {"gateway/audit/entries/references.py", "keys/keystore.py"} == callers
