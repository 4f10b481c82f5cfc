"""kill -9 after each durable step at the desk of consents: what was acknowledged stands, and the rest is done again."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

import pytest

from gateway.audit.entries.entry import decode
from gateway.audit.storage.database import LogPlace, PostgresPlace
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.store import Store
from gateway.audit.tlog.note import Ed25519Verifier
from gateway.audit.verification.verify import verify_log
from gateway.ground.evidence import LawfulBasis
from gateway.ground.refusals import Reason, Refusal
from gateway.lawful.consents import Consents
from gateway.serving.consents import REGISTER, WITHDRAW
from tests.audit.consent_killed import act, start, words_of
from tests.audit.logs import CALLER, PROVIDER, Schema, copied, create
from tests.lawful.consents import TODAY
from tests.samples import NOW_US, ask, grant

pytestmark = pytest.mark.kills

ROOT: Final = Path(__file__).parents[2]
LIMIT: Final = 40
"""More steps than any of it has."""


@dataclass(frozen=True)
class Side:
    """One node's log and directory."""

    place: LogPlace
    directory: Path

    def do(self, doing: str) -> None:
        """Start, do one thing, stop."""
        asyncio.run(act(self.place, self.directory, doing))

    def copy(self, to: Path, schema: PostgresPlace | None) -> Side:
        """Copy it."""
        shutil.copytree(self.directory, to)
        (to / "acknowledged").unlink(missing_ok=True)
        if isinstance(self.place, PostgresPlace) and schema is not None:
            return Side(asyncio.run(copied(self.place, schema, PROVIDER.name)), to)
        return Side(to / "audit" / "log.db", to)

    @property
    def acknowledged(self) -> bool:
        """Whether the caller was told that it is done."""
        return (self.directory / "acknowledged").exists()

    def answer(self) -> Reason | None:
        """Why a question that rests on the consent is refused after a start; None where it is answered."""
        asked = ask(lawful_basis=LawfulBasis.CONSENT, consent_ref="TY-1")
        try:
            Consents(start(self.place, self.directory)).require(asked, CALLER, grant(), TODAY)
        except Refusal as refusal:
            return refusal.reason
        return None

    def acts(self) -> list[str]:
        """The acts of the log, which holds."""
        assert verify_log(self.place, [Ed25519Verifier(PROVIDER.vkey)]).holds
        with LogReader(self.place) as reader:
            return [decode(row.octets).text("action") for row in reader.acts()]


def make(directory: Path, schema: PostgresPlace | None) -> Side:
    """Make a node that holds nothing."""
    if schema is None:
        return Side(asyncio.run(create(directory)), directory)
    directory.mkdir()
    asyncio.run(Store.create(schema, PROVIDER.name, created_us=NOW_US))
    return Side(schema, directory)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[subprocess.Popen[bytes]]:
    """A process that does things and has them killed."""
    line = [sys.executable, "-m", "tests.audit.consent_killed"]
    path = os.pathsep.join((str(ROOT), os.environ["PYTHONPATH"]))
    with (tmp_path_factory.mktemp("killing") / "errors").open("wb") as errors:
        process = subprocess.Popen(
            line,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        with process:
            yield process
            process.stdin.close()  # type: ignore[union-attr]  # it is a pipe
        assert 0 == process.returncode


def each_kill(
    program: subprocess.Popen[bytes], pristine: Side, schema: Schema, tmp_path: Path, doing: str
) -> Iterator[Side]:
    """Do one thing and kill it after its first step, its second and so on, each on a copy; yield what is left."""
    assert program.stdin is not None
    assert program.stdout is not None
    for steps in count(1):
        side = pristine.copy(tmp_path / f"{doing}-{steps}", schema())
        words = [steps, doing, str(side.directory), *words_of(side.place)]
        program.stdin.write(json.dumps(words).encode() + b"\n")
        program.stdin.flush()
        status = os.waitstatus_to_exitcode(int(program.stdout.readline()))
        assert status in (0, -signal.SIGKILL)
        yield side
        if status == 0:
            assert steps > 3
            assert side.acknowledged
            return
        assert steps < LIMIT


@pytest.mark.parametrize("doing", ["register", "take"])
def test_a_registration_that_is_killed_is_whole_or_absent_and_is_made_again(
    program: subprocess.Popen[bytes], schema: Schema, tmp_path: Path, doing: str
) -> None:
    """On the side that registers and on the one that is told. What was acknowledged is answered after the start."""
    pristine, seen = make(tmp_path / "pristine", schema()), set()
    for side in each_kill(program, pristine, schema, tmp_path, doing):
        found = side.answer()
        assert found in (None, Reason.CONSENT_UNKNOWN)
        assert found is None or not side.acknowledged
        assert found is not None or REGISTER in side.acts()
        seen.add((found, REGISTER in side.acts()))
        side.do(doing)
        assert None is side.answer()
        assert {REGISTER} == set(side.acts())
    assert {(Reason.CONSENT_UNKNOWN, False), (Reason.CONSENT_UNKNOWN, True), (None, True)} == seen


@pytest.mark.parametrize(("before", "doing"), [("register", "withdraw"), ("take", "take withdrawn")])
def test_a_withdrawal_that_is_killed_never_gives_back_what_it_took(
    program: subprocess.Popen[bytes], schema: Schema, tmp_path: Path, before: str, doing: str
) -> None:
    """On both sides: acknowledged it blocks the next question after the start, and is done again where it was not."""
    pristine, seen = make(tmp_path / "pristine", schema()), set()
    pristine.do(before)
    for side in each_kill(program, pristine, schema, tmp_path, doing):
        found = side.answer()
        assert found in (None, Reason.CONSENT_WITHDRAWN)
        assert found is Reason.CONSENT_WITHDRAWN or not (side.acknowledged or WITHDRAW in side.acts())
        seen.add((found, WITHDRAW in side.acts()))
        side.do(doing)
        assert Reason.CONSENT_WITHDRAWN is side.answer()
        assert [REGISTER, WITHDRAW] == side.acts()
        side.do(before)
        assert Reason.CONSENT_WITHDRAWN is side.answer()
    assert {(None, False), (Reason.CONSENT_WITHDRAWN, False), (Reason.CONSENT_WITHDRAWN, True)} == seen


def test_a_peer_that_never_heard_of_a_consent_may_hear_of_its_end_first(
    program: subprocess.Popen[bytes], schema: Schema, tmp_path: Path
) -> None:
    """One call tells of a consent that was withdrawn meanwhile: killed at any step it is never answered afterwards."""
    pristine = make(tmp_path / "pristine", schema())
    for side in each_kill(program, pristine, schema, tmp_path, "take withdrawn"):
        assert side.answer() is not None or not side.acknowledged
        side.do("take withdrawn")
        assert Reason.CONSENT_WITHDRAWN is side.answer()
