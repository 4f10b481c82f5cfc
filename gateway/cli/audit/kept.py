"""History statements that were kept in files, as `audit bundle --history` takes them: each proven before it goes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.audit.review.offline_verifier.histories import StatementFails, check_statement_lines
from gateway.audit.review.offline_verifier.notes import check_note, parse_policy
from gateway.audit.review.offline_verifier.sayings import Fails, Unverifiable
from gateway.audit.review.offline_verifier.statements import split_lines
from gateway.cli.screen import Problem
from gateway.ground.item import Label


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement that holds: its bytes, the checkpoint under which it does, its size, and the entries it proves."""

    octets: bytes
    note: bytes
    size: int
    entries: tuple[int, ...]


def read_statements(files: Sequence[Path], policy: str) -> list[KeptStatement]:
    """Return the statements of some files, each of which holds under a policy; raises Problem for another."""
    return [_read_statement(path, policy) for path in files]


def list_shown(kept: Sequence[KeptStatement]) -> list[int]:
    """Return the entries that the statements prove; where one proves that there are none, the last under its note."""
    return [index for one in kept for index in (one.entries or (one.size - 1,))]


def _read_statement(path: Path, policy: str) -> KeptStatement:
    notes: list[bytes] = []

    def check(octets: bytes) -> tuple[str, int, bytes]:
        notes.append(octets)
        found = check_note(octets, parse_policy(policy.encode()), quorum=True)
        return found.origin, found.size, found.root

    try:
        with path.open("rb") as file:
            proven = check_statement_lines(split_lines(file), check)
        return KeptStatement(path.read_bytes(), notes[0], int(proven["size"]), tuple(proven["entries"]))
    except (Fails, Unverifiable) as error:
        found = Label(f"{path}：{error.text.zh}", f"{path}: {error.text.en}")
    except StatementFails as error:
        found = Label(f"{path}：{error.zh}", f"{path}: {error}")
    except OSError as error:
        found = Label(f"{path}：无法读取", f"{path}: {error.strerror or 'it cannot be read'}")
    except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):
        found = Label(f"{path}：不是查阅说明", f"{path}: no history statement")
    raise Problem(
        found,
        Label("依策略核验通过的查阅说明", "a history statement that holds under the policy"),
        Label("重新运行 chuanyu audit person --out", "run chuanyu audit person --out again"),
        exit_code=2,
    )
