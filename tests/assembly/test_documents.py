"""What was in force never goes back (issue 12, 15; trial 0.7): at a start, a reload, a restore, and in `node check`.

Each document stands at its second number in the log of Sichuan's node. The table holds every kind to a lower number,
to another content under the same number, and to its absence.
"""

from __future__ import annotations

import asyncio
import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from gateway.assembly.acts import own_acts
from gateway.assembly.build import read_catalogue
from gateway.assembly.documents import DocumentBook
from gateway.assembly.run import RunningNode
from gateway.assembly.successor import begin_successor
from gateway.assembly.trust import load_trust
from gateway.audit.entries.requests import RecordRequest
from gateway.audit.retention.backup import Backup
from gateway.audit.review.standing import read_standing
from gateway.audit.storage.database import place_of
from gateway.audit.storage.reader import LogReader
from gateway.catalogue.grants import GRANT_CONTEXT, read_grant, render_grant
from gateway.catalogue.lists import LIST_CONTEXT, read_list, render_list
from gateway.catalogue.schema import Faults
from gateway.cli.checks.documents import check_documents
from gateway.cli.own_log import record_act
from gateway.cli.restore import _require_documents
from gateway.cli.screen import CheckStatus, Problem
from gateway.ground.documents import DocumentKind, DocumentsRefused, NumberedDocument
from gateway.ground.refusals import Reason, Refusal
from gateway.serving.acts import Requester
from gateway.telemetry.metrics import Metrics
from keys.authority import Authority
from keys.document import sign_document
from keys.trust import TrustError
from tests.province import Pristine, StandIn

Change = Callable[["Node"], None]


class Node:
    """The files of Sichuan's node, which tests change as an operator, or somebody else, would."""

    def __init__(self, pristine: Pristine) -> None:
        world = pristine.restore()
        self.own, self.peer = world["sichuan"], world["chongqing"]
        self.settings = self.own.settings
        self.list = self.settings.lists_directory / "500000-catalogue.toml"
        self.grant = self.settings.grants_directory / "G-500000-cq-hrss-CY-ID-02.toml"  # one that has not ended
        self.roster = self.settings.parties_directory / "applications.toml"
        self.revocations = self.settings.revocation_path("500000")
        self.first = b""

    def sign(self, path: Path, octets: bytes, context: str) -> None:
        """Write a document and its signature by Chongqing."""
        path.write_bytes(octets)
        path.with_name(path.name + ".sig").write_bytes(sign_document(context, octets, self.peer.lists))

    def put_list(self, version: int, longer: int = 0) -> None:
        """Sign a version of the list, some days longer."""
        old = read_list("", tomllib.loads(self.list.read_text("utf-8")), Faults())
        until = old.effective_to + timedelta(days=longer)
        self.sign(self.list, render_list(replace(old, version=version, effective_to=until)), LIST_CONTEXT)

    def put_grant(self, version: int, longer: int = 0) -> None:
        """Sign a version of the grant, some days longer."""
        old = read_grant("", tomllib.loads(self.grant.read_text("utf-8")), Faults())
        until = old.valid_until + timedelta(days=longer)
        self.sign(self.grant, render_grant(replace(old, version=version, valid_until=until)), GRANT_CONTEXT)

    def put_roster(self, version: int, more: str = "") -> None:
        """Write a version of the roster."""
        lines = [line for line in self.roster.read_text("utf-8").splitlines() if not line.startswith("version")]
        self.roster.write_text("\n".join([f"version = {version}", *lines, more]), encoding="utf-8")

    def drop(self, path: Path) -> None:
        """Remove a document."""
        path.unlink()
        path.with_name(path.name + ".sig").unlink(missing_ok=True)

    def publish(self) -> None:
        """Publish a revocation list with the next number."""
        self.revocations.write_bytes(self.peer.authority.publish(now=datetime.now(UTC)))

    def publish_first(self) -> None:
        """Put the first list back."""
        self.revocations.write_bytes(self.first)

    def publish_again(self) -> None:
        """Publish another list with the number of the present one: from a copy of the authority."""
        directory = self.peer.settings.directory.parent / "authorities" / self.peer.name
        copy = Path(shutil.copytree(directory, directory.with_name("copy")))
        lines = (copy / "register.jsonl").read_bytes().splitlines(keepends=True)
        (copy / "register.jsonl").write_bytes(b"".join(lines[:-1]))
        other = Authority(self.peer.code, copy, self.peer.authority._key, self.peer.authority.certificate_pem)
        self.revocations.write_bytes(other.publish(now=datetime.now(UTC)))

    def present(self) -> tuple[NumberedDocument, ...]:
        """Return what would come into force."""
        trust = load_trust(self.settings, datetime.now(UTC))
        return DocumentBook.open(self.settings).follow(trust, read_catalogue(self.settings, trust))

    async def record(self) -> None:
        """Record what is there, as a start does once a witness has confirmed the log."""
        documents = self.present()
        async with own_acts(self.settings) as acts:
            await acts._journal.record_act(action="start", subject="0.1.0", documents=documents)


def _advance(node: Node) -> None:
    node.put_list(2)
    node.put_grant(2)
    node.put_roster(2)
    node.publish()


@pytest.fixture(scope="module", name="lived")
def _lived(pristine: Pristine) -> Iterator[tuple[Pristine, Path, bytes]]:
    """The node's files with each document at its second number, which its log says; and its first revocation list."""
    node = Node(pristine)
    for directory in (node.settings.catalogue.directory / "items", node.settings.grants_directory):
        for path in directory.iterdir():  # one item is enough, and loads faster
            if "CY-ID-02" not in path.name:
                path.unlink()
    first = node.revocations.read_bytes()
    _advance(node)
    asyncio.run(node.record())
    kept = pristine.root.parent / "lived"
    shutil.copytree(pristine.root, kept)
    yield Pristine(pristine.root, kept, pristine.world), kept, first
    shutil.rmtree(kept)


@pytest.fixture(name="node")
def _node(lived: tuple[Pristine, Path, bytes]) -> Node:
    """The node, as it was."""
    return Node(lived[0])


TABLE: Final[dict[str, tuple[Change, str]]] = {
    "list lower": (lambda node: node.put_list(1), "the list 500000/catalogue number 1: expected 2"),
    "list other": (lambda node: node.put_list(2, 1), "the list 500000/catalogue number 2: expected the content"),
    "list missing": (
        lambda node: node.drop(node.list),
        "the list 500000/catalogue number 2: was in force and is missing",
    ),
    "grant lower": (lambda node: node.put_grant(1), "CY-ID-02 number 1: expected 2"),
    "grant other": (lambda node: node.put_grant(2, 1), "CY-ID-02 number 2: expected the content"),
    "grant missing": (lambda node: node.drop(node.grant), "CY-ID-02 number 2: was in force and is missing"),
    "roster lower": (lambda node: node.put_roster(1), "the roster applications number 1: expected 2"),
    "roster other": (
        lambda node: node.put_roster(2, "# more"),
        "the roster applications number 2: expected the content",
    ),
    "roster missing": (lambda node: node.drop(node.roster), "the roster applications number 2: was in force"),
    "revocations lower": (lambda node: node.publish_first(), "the revocation list 500000/"),
    "revocations other": (lambda node: node.publish_again(), "expected the content"),
    "revocations missing": (lambda node: node.drop(node.revocations), "500000.crl: expected a file"),
}
"""How a document goes back, and by what name it is refused."""


def change(node: Node, what: str, lived: tuple[Pristine, Path, bytes]) -> str:
    """Make a change; return what must be said of it."""
    node.first = lived[2]
    TABLE[what][0](node)
    if what == "roster missing":  # another file of the roster keeps the directory from being empty
        (node.settings.parties_directory / "others.toml").write_text("version = 1\n", encoding="utf-8")
    return TABLE[what][1]


@pytest.mark.parametrize("what", TABLE)
async def test_0_7_a_start_a_restore_and_the_check_refuse_by_name(
    node: Node, lived: tuple[Pristine, Path, bytes], what: str
) -> None:
    """In one voice, and nothing is added to the log."""
    said = change(node, what, lived)
    size = _size(node)
    running = RunningNode(node.settings, Metrics(), platform=StandIn())
    with pytest.raises(Exception) as caught:
        await running.start()
    assert said in str(caught.value)
    assert size == _size(node)
    findings = list(check_documents(node.settings, datetime.now(UTC)))
    assert [CheckStatus.WRONG] == [one.status for one in findings]
    assert said in findings[0].found.en
    with pytest.raises(Problem) as problem:
        _require_documents(node.settings)
    assert said in problem.value.found.en


def _size(node: Node) -> int:
    with LogReader(place_of(node.settings)) as reader:
        return reader.count()


async def test_0_7_a_reload_refuses_by_name_and_what_was_in_force_stays(
    node: Node, lived: tuple[Pristine, Path, bytes]
) -> None:
    """Each row of the table, on one node that runs."""
    running = RunningNode(node.settings, Metrics(), platform=StandIn())
    await running.start()
    try:
        in_force = running.node.in_force
        kept = node.settings.directory
        for what in TABLE:
            safe = Path(shutil.copytree(kept / "catalogue", kept / "safe" / "catalogue"))
            shutil.copytree(kept / "trust", kept / "safe" / "trust")
            said = change(node, what, lived)
            with pytest.raises(Refusal) as caught:
                await running.reload(Requester("administrator", "f" * 64))
            unreadable = what == "revocations missing"  # then the trust does not load at all
            assert (Reason.REQUEST_INVALID if unreadable else Reason.DOCUMENTS_REFUSED) == caught.value.reason
            (found,) = [caught.value.detail] if unreadable else [one.description for one in caught.value.violations]
            assert said in found
            for name in ("catalogue", "trust"):
                shutil.rmtree(kept / name)
                shutil.move(safe.parent / name, kept / name)
        assert in_force is running.node.in_force
        await running.reload(Requester("administrator", "f" * 64))
        assert in_force is not running.node.in_force
    finally:
        await running.stop()


async def test_0_7_what_was_loaded_before_a_witness_answered_does_not_go_back(
    node: Node, lived: tuple[Pristine, Path, bytes]
) -> None:
    """Neither over a stop: a start, a reload and a command know it before the log does, and so does a successor."""
    node.put_list(3)
    running = RunningNode(node.settings, Metrics(), platform=StandIn())
    await running.start()
    node.put_grant(3)
    await running.reload(Requester("administrator", "f" * 64))
    await running.stop()
    change(node, "list lower", lived)
    change(node, "grant lower", lived)
    size = _size(node)
    with pytest.raises(DocumentsRefused, match=r"catalogue number 1: expected 3.*\n?.*CY-ID-02 number 1: expected 3"):
        await RunningNode(node.settings, Metrics(), platform=StandIn()).start()
    assert size == _size(node)
    (first, second) = check_documents(node.settings, datetime.now(UTC))
    assert [CheckStatus.WRONG] * 2 == [first.status, second.status]
    async with own_acts(node.settings) as acts:
        lower = NumberedDocument(DocumentKind.LIST, "500000/catalogue", 2, "a" * 64)
        done = await acts.do(RecordRequest("accept_bundle", f"500000 sha256:{lower.digest}", (str(lower),)), "local:7")
    assert (-1, True) == (done.index, "number 2: expected 3" in done.why)
    with LogReader(place_of(node.settings)) as reader:
        former = Backup(reader.origin, 0, reader.count(), "0" * 64, True, True, {})
    await begin_successor(node.settings, former, "a disk that failed", "local:x")
    with LogReader(place_of(node.settings)) as reader:
        assert {3} == {one.number for one in read_standing(reader) if one.name == "500000/catalogue"} - {1, 2}


async def test_0_7_no_act_of_this_machine_is_recorded_before_a_witness_answered(node: Node) -> None:
    """The command is told to wait, and nothing is added to a log that may have been rolled back."""
    running = RunningNode(node.settings, Metrics(), platform=StandIn())
    await running.start()
    size = _size(node)
    with pytest.raises(Problem, match="WITNESS_AWAITED"):
        await asyncio.to_thread(record_act, node.settings, "backup", "log")
    assert size == _size(node)
    await running.stop()


def test_0_7_what_is_new_is_recorded_once_and_names_only_what_changed(node: Node) -> None:
    """A first start of this release records every document; a second one nothing; then what has changed."""
    with LogReader(place_of(node.settings)) as reader:
        standing = list(read_standing(reader))
    kinds = {str(one.kind) for one in standing}
    assert {"list", "grant", "roster", "revocations", "bundle"} == kinds
    assert len(list(node.settings.grants_directory.glob("*.toml"))) == sum(one.kind == "grant" for one in standing)
    assert () == node.present()
    node.put_grant(3)
    node.put_roster(3, "# more")
    assert [("grant", 3), ("roster", 3)] == [(str(one.kind), one.number) for one in node.present()]


def test_0_7_a_grant_is_withdrawn_by_a_declaration_or_by_a_next_version_that_has_ended(node: Node) -> None:
    """Either way it is gone for good."""
    node.drop(node.grant)
    name = node.grant.stem
    declaration = f'[[documents]]\nkind = "grant"\nname = "{name}"\nnumber = 2\n'
    (node.settings.catalogue.directory / "withdrawn.toml").write_text(declaration, encoding="utf-8")
    assert [("grant", name, True)] == [(str(one.kind), one.name, one.withdrawn) for one in node.present()]
    asyncio.run(node.record())
    (node.settings.catalogue.directory / "withdrawn.toml").unlink()
    assert () == node.present()


def test_0_7_a_grant_that_has_ended_may_be_cleared_away_and_its_number_stays(
    node: Node, lived: tuple[Pristine, Path, bytes]
) -> None:
    """The former version, which would still hold, does not come back."""
    node.put_grant(3, -400)
    old = tomllib.loads(node.grant.read_text("utf-8"))
    ended = read_grant("", old, Faults())
    ended = replace(ended, valid_from=ended.valid_until - timedelta(days=1))
    node.sign(node.grant, render_grant(ended), GRANT_CONTEXT)
    asyncio.run(node.record())
    node.drop(node.grant)
    assert () == node.present()
    kept = lived[1] / node.grant.relative_to(lived[0].root)
    shutil.copyfile(kept, node.grant)
    shutil.copyfile(f"{kept}.sig", f"{node.grant}.sig")
    (finding,) = check_documents(node.settings, datetime.now(UTC))
    assert "CY-ID-02 number 2: expected 3" in finding.found.en


async def test_0_7_what_was_accepted_counts_before_it_is_loaded(
    node: Node, lived: tuple[Pristine, Path, bytes]
) -> None:
    """An accepted revocation list that is replaced by an older file before the reload is missed."""
    node.publish()
    (newer,) = node.present()
    node.revocations.write_bytes(lived[2])
    async with own_acts(node.settings) as acts:
        subject = f"500000 number:{newer.number} sha256:{newer.digest}"
        done = await acts.do(RecordRequest("accept_revocations", subject, (str(newer),)), "local:7")
        assert done.index >= 0
        older = str(replace(newer, number=1))
        back = await acts.do(RecordRequest("accept_revocations", subject, (older,)), "local:7")
    assert (-1, True) == (back.index, "number 1: expected" in back.why)
    with pytest.raises(Exception, match="expected"):
        node.present()


async def test_0_7_a_successor_of_a_log_goes_on_with_its_documents(node: Node) -> None:
    """A restore of an older state begins a new log; no document goes back by that."""
    with LogReader(place_of(node.settings)) as reader:
        before = sorted(map(str, read_standing(reader)))
        former = Backup(reader.origin, 0, reader.count(), "0" * 64, True, True, {})
    await begin_successor(node.settings, former, "a disk that failed", "local:x")
    with LogReader(place_of(node.settings)) as reader:
        assert 2 < reader.count()
        assert before == sorted(map(str, read_standing(reader)))
    node.drop(node.list)
    with pytest.raises(Exception, match="500000/catalogue number 2"):
        node.present()


def test_a_log_of_an_earlier_release_lets_everything_stand(pristine: Pristine) -> None:
    """It names no document: the first start records what is there."""
    node = Node(pristine)
    with LogReader(place_of(node.settings)) as reader:
        assert [] == list(read_standing(reader))
    _advance(node)
    node.put_list(1)
    assert {1, 2} <= {one.number for one in node.present()}


def test_the_check_says_that_nothing_goes_back(node: Node) -> None:
    """Or nothing at all, where the trust does not load: its own check says that."""
    (finding,) = check_documents(node.settings, datetime.now(UTC))
    assert CheckStatus.RIGHT == finding.status
    bundle = node.settings.bundle_path("500000")
    bundle.write_bytes(bundle.read_bytes() + b" ")
    assert [] == list(check_documents(node.settings, datetime.now(UTC)))
    _require_documents(node.settings)
    with pytest.raises(TrustError):
        node.present()
