"""The checker of histories that travels with evidence finds what the installed one finds, on bare Python."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.audit.review.completeness import check_kept, check_statement
from gateway.audit.review.history import Asked, ask_department
from gateway.audit.review.offline_verifier import histories
from gateway.audit.review.offline_verifier.histories import StatementFails, check_statement_lines
from gateway.audit.review.statement import SegmentPart, StatementInvalid
from gateway.audit.tlog.note import parse_checkpoint, parse_note
from gateway.audit.tlog.pairs import Kind
from tests.audit.sealedlog import Lie, SealedLog, named
from tests.audit.test_completeness import (
    ASKED,
    FALSE_SEALS,
    LIES,
    NOVEMBER,
    OCTOBER,
    A,
    B,
    C,
    D,
    honest,
    pruned,
    sealed,
)

SOURCE = Path(histories.__file__).read_text(encoding="utf-8")
REFUSED = (StatementFails, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a statement that does not hold, or is none, makes it raise."""


def read_note(note: bytes) -> tuple[str, int, bytes]:
    """A checkpoint whose signatures were checked elsewhere."""
    found = parse_checkpoint(parse_note(note).text)
    return found.origin, found.size, found.root


def unsealed() -> SealedLog:
    """A log that names the person in each of two months, and has no seals, so that nothing else binds a month."""
    return SealedLog(named(A, month=OCTOBER), named(C), named(B))


FORGED: dict[str, dict[str, object]] = {
    "a month is left out": {"tokens": {NOVEMBER: B}},
    "a month bears another name": {"tokens": {"2026-09": A, NOVEMBER: B}},
    "a token is another": {"tokens": {OCTOBER: b"x" * 16, NOVEMBER: B}},
    "a month is said to be lost": {"tokens": {NOVEMBER: B}, "lost": (OCTOBER,)},
    "a scene is withheld": {"withheld_scenes": ("library-borrowing",)},
    "the month of the act is left out": {"tokens": {OCTOBER: A}},
}


def agree(lines: Sequence[bytes]) -> None:
    """Both makes of the checker prove the same."""
    installed, offline = check_statement(lines), check_statement_lines(iter(lines), read_note)
    assert {
        "origin": installed.checkpoint.origin,
        "size": installed.checkpoint.size,
        "kind": installed.claim.kind.name.lower(),
        "name": installed.claim.name,
        "months": list(installed.months),
        "lost_months": list(installed.claim.lost),
        "archived_months": list(installed.archived_months),
        "asked": installed.act is not None,
        "entries": [one.index for one in installed.found],
        "complete": installed.complete,
    } == offline


def test_both_prove_the_same_of_honest_statements() -> None:
    """Of a person, an official and a department; sealed, unsealed, empty; with lost and archived months."""
    agree(honest()[1])
    agree(SealedLog(named(A, month=OCTOBER), named(C), named(B)).state(ASKED))
    agree(sealed().state(Asked(Kind.SUBJECT, {NOVEMBER: b"x" * 16})))
    log = SealedLog(named(A, operator=C, department="sc-hrss"), named(A, operator=D, department="cq-hrss"))
    log.seal(2)
    log.add(named(B, operator=C, department="sc-hrss"))
    agree(log.state(Asked(Kind.OPERATOR, {NOVEMBER: C})))
    agree(log.state(ask_department("sc-hrss", [NOVEMBER])))
    agree(sealed().state(replace(ASKED, lost=("2020-01",))))
    for end, held in ((3, ()), (3, ((0, 3),)), (2, ()), (8, ())):
        log, archives = pruned(end, end, *held)
        agree(log.state(ASKED, archives=archives))


@pytest.mark.parametrize("name", sorted(LIES))
def test_each_lie_is_found_out_by_both(name: str) -> None:
    """Whatever else is put right again."""
    change, claimed, _ = LIES[name]
    of = Lie.of(*honest())
    change(of)
    with pytest.raises(StatementInvalid):
        check_statement(of.lines(**claimed))
    with pytest.raises(REFUSED):
        check_statement_lines(iter(of.lines(**claimed)), read_note)


@pytest.mark.parametrize("forged", sorted(FORGED))
def test_a_file_about_others_than_were_asked_for_is_refused_by_both(forged: str) -> None:
    """Whoever had the file can change its first line; the act in the log commits to what was asked."""
    log = unsealed()
    of = Lie.of(log, log.state(ASKED, act=log.ask(ASKED)))
    with pytest.raises(StatementInvalid, match=r"another question|another person"):
        check_kept(of.lines(**FORGED[forged]))
    with pytest.raises(StatementFails):
        check_statement_lines(iter(of.lines(**FORGED[forged])), read_note)


def test_a_kept_statement_of_a_person_without_its_act_is_refused() -> None:
    """Anybody can make one about nobody: any token is absent from a log."""
    log = unsealed()
    lines = log.state(Asked(Kind.SUBJECT, {NOVEMBER: b"x" * 16}))
    with pytest.raises(StatementInvalid, match="the act by which this was asked for"):
        check_kept(lines)
    assert not check_statement_lines(iter(lines), read_note)["asked"]


@pytest.mark.parametrize("name", sorted(FALSE_SEALS))
def test_each_false_seal_proves_nothing_to_both(name: str) -> None:
    """It is under the checkpoint all the same."""
    log = SealedLog(named(A, month=OCTOBER), named(C, month=OCTOBER), named(B))
    log.seal(3)
    log.add(named(B), named(C))
    log.seal(6, **FALSE_SEALS[name][0])  # type: ignore[arg-type] # any field
    with pytest.raises(REFUSED):
        check_statement_lines(iter(log.state(ASKED)), read_note)


def test_a_statement_that_was_cut_short_or_goes_on_is_refused() -> None:
    """At each line."""
    _, lines = honest()
    for end in range(len(lines)):
        with pytest.raises(REFUSED):
            check_statement_lines(iter(lines[:end]), read_note)
    with pytest.raises(REFUSED):
        check_statement_lines(iter([*lines, b"{}"]), read_note)


def test_blanked_entries_that_no_run_of_retention_covers_are_refused() -> None:
    """A claim is no act."""
    log, none = pruned(2, 2)
    of = Lie.of(log, log.state(ASKED, archives=none))
    of.parts[0] = SegmentPart(of.parts[0].seal, {}, archived=True)
    of.shown.pop(2)
    with pytest.raises(StatementFails, match="no recorded run of retention"):
        check_statement_lines(iter(of.lines(archived=3)), read_note)


def test_it_is_read_by_python_3_9_and_needs_nothing_else() -> None:
    """No newer syntax, and no import but of the standard library."""
    tree = ast.parse(SOURCE, feature_version=(3, 9))
    modules = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert set() == {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)


def test_it_runs_alone(tmp_path: Path) -> None:
    """Isolated, without any package."""
    _, lines = honest()
    (tmp_path / "lines").write_bytes(b"\n".join(lines))
    script = SOURCE + (
        "\nimport sys\n"
        "def note(octets):\n"
        "    origin, size, root = octets.decode().split('\\n')[:3]\n"
        "    return origin, int(size), b64decode(root)\n"
        "lines = open(sys.argv[1], 'rb').read().split(b'\\n')\n"
        "print(json.dumps(check_statement_lines(iter(lines), note)))\n"
    )
    command = [sys.executable, "-I", "-S", "-c", script, str(tmp_path / "lines")]
    done = subprocess.run(command, capture_output=True, check=True)
    assert [0, 2, 5, 12, 14] == json.loads(done.stdout)["entries"]
