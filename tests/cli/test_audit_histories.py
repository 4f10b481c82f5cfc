"""`chuanyu audit person`, `official`, `department`, `named` and `check-history` say what was proven, and by whom."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from gateway.audit.review.history import Asked, ask_department
from gateway.audit.tlog.note import COSIGNATURE, add_signatures, parse_note
from gateway.audit.tlog.pairs import Kind
from gateway.cli.language import choose
from gateway.wire.v1 import ledger_pb2
from tests.audit.cosigning import WitnessKey
from tests.audit.logs import PROVIDER, create, database, five_entries
from tests.audit.sealedlog import Lie, SealedLog, act_of, named
from tests.audit.sealing import sealed_log, shrink, token
from tests.audit.signing import LogKey
from tests.audit.test_sealing import entries_of
from tests.cli.listener import listen, make_files, options_of, stream_with
from tests.cli.world import invoke
from tests.samples import NUMBER

A, B, C = (letter * 16 for letter in (b"a", b"b", b"c"))
MONTH = "2026-11"
WITNESS = WitnessKey("witness.example/1", COSIGNATURE, 7)
Change = Callable[[list[bytes]], list[bytes]]


@pytest.fixture(name="files", scope="module")
def _files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys and certificates of both sides, an approval, a number, and the keys of log and witness."""
    files = make_files(tmp_path_factory.mktemp("audit"))
    (files / "approval").write_bytes(b"{}")
    (files / "number").write_text(f"{NUMBER}\n", encoding="ascii")
    (files / "log.vkey").write_text(f"{PROVIDER.vkey}\n", encoding="ascii")
    (files / "witness.vkey").write_text(f"{WITNESS.vkey}\n", encoding="ascii")
    (files / "other.vkey").write_text(f"{LogKey(PROVIDER.name, seed=9).vkey}\n", encoding="ascii")
    return files


@pytest.fixture(autouse=True)
def _afterwards() -> Iterator[None]:
    """`--lang` sets the language of the process; the next test begins without one."""
    yield
    choose(None)


def make_log() -> SealedLog:
    """A log that names the person twice in a sealed run, and once after it."""
    log = SealedLog(named(A, department="cq-hrss"), named(B), named(A, C, scene="criminal-investigation"))
    log.seal(3)
    log.add(named(A), named(B))
    return log


def answer(
    challenge: bytes, change: Change = lambda lines: lines, lost: tuple[str, ...] = (), *, cosigned: bool = True
) -> list[bytes]:
    """The statement of a node about the person, changed."""
    log = make_log()
    asked = Asked(Kind.SUBJECT, {MONTH: A}, lost, withheld_scenes=("criminal-investigation",))
    act = log.ask(asked, trace_id=challenge.hex())
    of = Lie.of(log, log.state(asked, act=act))
    if not cosigned:
        return change(of.lines())
    note = of.claim.checkpoint
    line = WITNESS.at().line(parse_note(note).text)
    return change(of.lines(checkpoint=add_signatures(note, [line])))


def person(files: Path, *more: object, give: Callable[[Any], list[bytes]] | None = None, plain: bool = False) -> Result:
    """Ask for the person's history of one month."""

    def handle(asked: Any) -> list[Any]:
        lines = answer(asked.challenge) if give is None else give(asked)
        octets = b"".join(line + b"\n" for line in lines)
        pieces = [octets[at : at + 100] for at in range(0, len(octets), 100)]
        return [ledger_pb2.GetSubjectHistoryResponse(statement=piece) for piece in pieces]

    line = ["audit", "person", "--approval", files / "approval", "--number-file", files / "number"]
    months = ["--since", MONTH, "--until", MONTH] if "--since" not in more else []
    handlers = {"GetSubjectHistory": stream_with(ledger_pb2.GetSubjectHistoryRequest, handle)}
    with listen(files, "Ledger", handlers) as target:
        return invoke(*line, *months, *more, *options_of(files, target), *([] if plain else ["--json"]))


def keys(files: Path, *witnesses: str) -> Sequence[object]:
    """The options that give the keys of the log, and of witnesses."""
    given = [word for name in witnesses for word in ("--witness-key", files / name)]
    return ["--vkey", files / "log.vkey", *given]


def test_a_history_that_witnesses_stand_behind_is_complete_and_says_by_whom(files: Path) -> None:
    """Every entry that names the person, and the act by which the history was read."""
    result = person(files, *keys(files, "witness.vkey"))
    told = json.loads(result.stdout)
    assert (0, True, "proven_and_witnessed") == (result.exit_code, told["complete"], told["verdict"])
    assert [0, 2, 4, 6] == [one["index"] for one in told["entries"]]
    assert (7, 3, 1, 6) == (told["size"], told["sealed"], told["proofs"], told["act"])
    assert ["witness.example/1"] == list(told["witnesses"])
    assert {"log": "given", "witnesses": "given"} == told["keys_from"]
    assert "the person's token of each month" in told["on_the_nodes_word"][0]["en"]


@pytest.mark.parametrize(
    ("given", "cosigned", "verdict", "why"),
    [
        (("log.vkey",), True, "proven_by_key", None),
        (("log.vkey", "witness.vkey"), False, "not_proven", "too few cosignatures"),
        (("other.vkey",), True, "not_proven", "no signature of the log's key given"),
        ((), True, "not_proven", "no key of this log was given"),
    ],
)
def test_what_is_not_proven_is_not_called_complete(
    files: Path, given: tuple[str, ...], cosigned: bool, verdict: str, why: str | None
) -> None:
    """Without keys from elsewhere a statement is the node's word; the exit code is 3."""
    options = ["--vkey", files / given[0]] if given else []
    options += ["--witness-key", files / given[1]] if len(given) > 1 else []
    result = person(files, *options, give=lambda asked: answer(asked.challenge, cosigned=cosigned))
    told = json.loads(result.stdout)
    assert verdict == told["verdict"]
    assert (0 if why is None else 3, why is None) == (result.exit_code, told["complete"])
    assert why is None or why in told["why"]["en"]


def test_months_that_cannot_be_answered_are_named(files: Path) -> None:
    """Nothing is wrong, and it is not complete: 3."""
    result = person(
        files, *keys(files), "--since", "2026-10", "--until", MONTH,
        give=lambda asked: answer(asked.challenge, lost=("2026-10",)),
    )  # fmt: skip
    told = json.loads(result.stdout)
    assert (3, False, ["2026-10"], [MONTH]) == (
        result.exit_code,
        told["complete"],
        told["lost_months"],
        told["months"],
    )


def test_months_before_the_log_began_are_not_told_as_keys_that_are_gone(files: Path) -> None:
    """It is said since when the log names anybody; a month without a key after that is lost."""
    lost = ("2026-09", "2026-10", "2026-12")

    def ask(*, plain: bool) -> Result:
        months = ("--since", "2026-09", "--until", "2026-12")
        return person(files, *keys(files), *months, give=lambda asked: answer(asked.challenge, lost=lost), plain=plain)

    told = json.loads(ask(plain=False).stdout)
    assert (False, MONTH, ["2026-09", "2026-10"]) == (told["complete"], told["log_begins"], told["before_log"])
    assert list(lost) == told["lost_months"]
    shown = ask(plain=True)
    assert 3 == shown.exit_code
    assert f"which names nobody before {MONTH}: 2026-09, 2026-10" in shown.stdout
    assert "their keys being gone: 2026-12" in shown.stdout


LIES: dict[str, tuple[Callable[[Any], list[bytes]], str]] = {
    "cut short": (lambda asked: answer(asked.challenge)[:-1], "cut short"),
    "nothing": (lambda asked: [], "cut short"),
    "an entry left out": (
        lambda asked: [line for line in answer(asked.challenge) if b"criminal" not in line],
        "expected",
    ),
    "an older answer": (lambda asked: answer(bytes(16)), "not of this question"),
    "fewer months": (lambda asked: answer(asked.challenge, lost=("2026-12",)), "the months that were asked for"),
    "a bit": (lambda asked: [*answer(asked.challenge)[:-1], b"{}"], "cannot be read"),
}


@pytest.mark.parametrize("name", sorted(LIES))
def test_an_answer_that_does_not_hold_is_refused_and_kept_as_evidence(files: Path, tmp_path: Path, name: str) -> None:
    """No entry of it is shown; the exit code is 1."""
    give, why = LIES[name]
    out = tmp_path / "history.json"
    result = person(files, *keys(files), "--out", out, give=give)
    error = json.loads(result.stdout)["error"]
    assert 1 == result.exit_code
    assert why in error["found"]["en"]
    assert str(out) in error["found"]["en"]
    assert out.is_file()


def test_a_kept_history_is_checked_again_without_the_node(files: Path, tmp_path: Path) -> None:
    """It says the same; a changed one is refused, one that is not there cannot be read."""
    out = tmp_path / "history.json"
    first = json.loads(person(files, *keys(files, "witness.vkey"), "--out", out).stdout)
    again = invoke("audit", "check-history", out, *keys(files, "witness.vkey"), "--json")
    assert (0, first) == (again.exit_code, json.loads(again.stdout))
    octets = out.read_bytes()
    out.write_bytes(octets.replace(b"cq-hrss", b"cq-mpsb"))
    assert 1 == invoke("audit", "check-history", out, "--json").exit_code
    assert 2 == invoke("audit", "check-history", tmp_path / "absent", "--json").exit_code
    assert 2 == person(files, *keys(files), "--out", out).exit_code


def test_an_entry_known_to_be_the_person_s_must_be_among_them(files: Path) -> None:
    """Else the token is another person's."""
    assert 0 == person(files, *keys(files), "--known", 2).exit_code
    result = person(files, *keys(files), "--known", 2, "--known", 1)
    assert 1 == result.exit_code
    assert "the entry 1 is known to be of whom this is about" in json.loads(result.stdout)["error"]["found"]["en"]


def test_the_person_is_told_how_many_are_withheld_and_no_more(files: Path) -> None:
    """A statement proves by showing every entry, so it is not for the person."""
    told = json.loads(person(files, *keys(files), "--for-person").stdout)
    assert ([0, 4, 6], 1) == ([one["index"] for one in told["entries"]], told["withheld"])
    assert 2 == person(files, "--for-person", "--out", files / "never").exit_code
    assert not (files / "never").exists()


@pytest.mark.parametrize(
    "wrong", [("--vkey", "absent"), ("--witness-key", "number"), ("--policy", "number"), ("--vkey", "number")]
)
def test_keys_that_cannot_be_used_are_named_before_anything_is_asked(files: Path, wrong: tuple[str, str]) -> None:
    """An approval is used once."""
    asked: list[Any] = []

    def give(request: Any) -> list[bytes]:
        asked.append(request)
        return []

    assert 2 == person(files, wrong[0], files / wrong[1], give=give).exit_code
    assert [] == asked


def test_the_screen_says_the_verdict_and_what_it_rests_on(files: Path) -> None:
    """Each thing once, in the language of the run."""
    shown = " ".join(person(files, *keys(files, "witness.vkey"), plain=True).stdout.split())
    for words in (
        "以上即全部，至条目 6：已证明，且有见证",
        "见证方 witness.example/1",
        "所答月份：2026-11",
        "已核验：1 个封存段的证明，另逐条读过封存之后的 4 条",
        "仍凭节点所述：该人各月的代称",
    ):
        assert 1 == shown.count(words), shown


def test_what_an_official_and_a_department_did_is_proven_alike(files: Path) -> None:
    """Asked for by number and unit, by code."""
    log = make_log()
    seen: list[tuple[str, ...]] = []

    def give(kind: Kind, action: str, response: Any, name: str = "") -> Callable[[Any], list[Any]]:
        def handle(asked: Any) -> list[Any]:
            seen.append((asked.operator_ref, asked.operator_unit) if kind is Kind.OPERATOR else (asked.department,))
            whose = Asked(kind, {MONTH: C}) if kind is Kind.OPERATOR else ask_department(name, [MONTH])
            act = log.add(act_of(action, trace_id=asked.challenge.hex(), request_hash=whose.commitment()))
            return [response(statement=line + b"\n") for line in log.state(whose, act=act)]

        return handle

    handlers = {
        "GetOfficialHistory": stream_with(
            ledger_pb2.GetOfficialHistoryRequest,
            give(Kind.OPERATOR, "official_history", ledger_pb2.GetOfficialHistoryResponse),
        ),
        "GetDepartmentHistory": stream_with(
            ledger_pb2.GetDepartmentHistoryRequest,
            give(Kind.DEPARTMENT, "department_history", ledger_pb2.GetDepartmentHistoryResponse, "cq-hrss"),
        ),
    }
    months = ["--since", MONTH, "--until", MONTH, *keys(files), "--json"]
    with listen(files, "Ledger", handlers) as target:
        connection = options_of(files, target)
        official = invoke("audit", "official", "--ref", "op-1", "--unit", "u", *months, *connection)
        department = invoke("audit", "department", "cq-hrss", *months, *connection)
        other = invoke("audit", "department", "cq-health", *months, *connection)
    told = json.loads(official.stdout)
    assert (0, True, []) == (official.exit_code, told["complete"], told["entries"])
    told = json.loads(department.stdout)
    assert (0, True, [0]) == (department.exit_code, told["complete"], [one["index"] for one in told["entries"]])
    assert (1, "whom was asked about") == (other.exit_code, other.stdout[other.stdout.index("whom was") :][:20])
    assert [("op-1", "u"), ("cq-hrss",), ("cq-health",)] == seen


def test_a_log_on_disk_proves_who_a_department_or_an_official_s_reference_is_named_by(tmp_path: Path) -> None:
    """By the keys beside it, which it says; no node runs."""
    directory = tmp_path / "data"
    asyncio.run(five_entries(directory))
    months = ["--since", MONTH, "--until", MONTH, "--json"]
    result = invoke("audit", "named", directory, "--department", "cq-hrss", *months)
    told = json.loads(result.stdout)
    assert (0, True, "proven_by_key") == (result.exit_code, told["complete"], told["verdict"])
    assert [0, 1, 2, 3, 4] == [one["index"] for one in told["entries"]]
    assert "beside the log" == told["keys_from"]["log"]
    assert told["nobody"] is None
    for code, said in (
        ("cq-hrsss", "no entry of the log names the department cq-hrsss; nearest: cq-hrss"),
        ("cq-library-9", "no entry of the log names the department cq-library-9"),
    ):
        mistyped = invoke("audit", "named", directory, "--department", code, *months)
        assert (0, said) == (mistyped.exit_code, json.loads(mistyped.stdout)["nobody"]["en"][: len(said)])
    kept = tmp_path / "kept.history"
    assert 0 == invoke("audit", "named", directory, "--department", "cq-helth", "--out", kept, *months).exit_code
    again = invoke("audit", "check-history", kept, "--vkey", directory / "audit" / "log.vkey", "--json")
    told = json.loads(again.stdout)
    said = "no entry of these months names the department cq-helth; a mistyped code is answered alike; nearest: cq-he"
    assert (0, said) == (again.exit_code, told["nobody"]["en"][: len(said)])
    assert 1 == invoke("audit", "named", directory, "--department", "cq-health", "--known", 3, *months).exit_code
    nobody = invoke("audit", "named", directory, "--operator-reference", "ab" * 16, *months)
    assert (0, []) == (nobody.exit_code, json.loads(nobody.stdout)["entries"])
    assert "mistyped number, unit or reference is answered alike" in json.loads(nobody.stdout)["nobody"]["en"]
    shown = " ".join(
        invoke("--lang", "en", "audit", "named", directory, "--department", "cq-helth", *months[:4]).stdout.split()
    )
    assert "names the department cq-helth; nearest: cq-health" in shown
    (held,) = json.loads(nobody.stdout)["on_the_nodes_word"]
    assert f"nothing shows whose they are: {MONTH} {'ab' * 16}" in held["en"]


@pytest.mark.parametrize("kind", ["operator", "department", "subject"])
def test_a_kept_statement_that_anybody_can_make_is_not_called_proven(files: Path, tmp_path: Path, kind: str) -> None:
    """Without the act of a question nothing shows whose a token is: it is absent from any log. A code is its token."""
    log, out = make_log(), tmp_path / "history.json"
    of = ask_department("cq-hrss", [MONTH]) if kind == "department" else Asked(Kind[kind.upper()], {MONTH: bytes(16)})
    out.write_bytes(b"".join(line + b"\n" for line in log.state(of)))
    result = invoke("audit", "check-history", out, "--vkey", files / "log.vkey", "--json")
    if kind == "subject":
        assert (1, True) == (result.exit_code, "expected the act by which this was asked for" in result.stdout)
        return
    told = json.loads(result.stdout)
    expected = (0, True, "proven_by_key") if kind == "department" else (3, False, "not_proven")
    assert expected == (result.exit_code, told["complete"], told["verdict"])
    shown = invoke("--lang", "en", "audit", "check-history", out, "--vkey", files / "log.vkey").stdout
    assert (kind == "operator") == ("anybody can make one like it" in " ".join(shown.split()))
    assert (kind == "department") == ("this is all" in shown)


@pytest.mark.parametrize("whom", [("--operator-reference", token(1).hex()), ("--department", "cq-hrss")])
@pytest.mark.parametrize("damage", ["page", "directory"])
def test_a_damaged_month_is_told_as_altered_and_never_as_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whom: tuple[str, str], damage: str
) -> None:
    """One byte of any page that the answer rests on; the same question of the whole log is answered."""
    shrink(monkeypatch)
    directory = tmp_path / "data"

    async def write() -> None:
        async with sealed_log(await create(directory)) as one:
            await one.write(entries_of(50))
            await one.seal()

    asyncio.run(write())
    line = ("audit", "named", directory, *whom, "--since", "2026-11", "--until", "2026-12", "--json")
    whole = invoke(*line)
    assert (0, True) == (whole.exit_code, json.loads(whole.stdout)["complete"])
    with closing(sqlite3.connect(database(directory))) as connection, connection:
        pages = connection.execute(f"SELECT rowid, octets FROM pair_{damage} WHERE kind = 1").fetchall()  # noqa: S608 - a name above
        for row, octets in pages:
            changed = octets[:-1] + bytes([octets[-1] ^ 1])
            connection.execute(f"UPDATE pair_{damage} SET octets = ? WHERE rowid = ?", (changed, row))  # noqa: S608 - a name above
    result = invoke(*line)
    assert (1, True) == (result.exit_code, "the log was altered" in result.stdout)
    assert '"complete"' not in result.stdout


@pytest.mark.parametrize(
    "whom",
    [[], ["--department", "x", "--operator-reference", "ab" * 16], ["--operator-reference", "xyz"]],
    ids=["nobody", "two", "no reference"],
)
def test_whose_entries_are_wanted_is_said_once(tmp_path: Path, whom: list[str]) -> None:
    """Else it is wrong usage."""
    result = invoke("audit", "named", tmp_path, *whom, "--since", MONTH, "--until", MONTH, "--json")
    assert 2 == result.exit_code


def test_bodies_that_were_asked_for_and_did_not_come_are_closed(files: Path) -> None:
    """Nothing stands for nothing; what the person may be told has none at all."""
    told = json.loads(person(files, *keys(files), "--open").stdout)
    assert [None] * 3 == [one["inputs"] for one in told["entries"] if one["phase"] != "admin"]
    assert [] == [one for one in json.loads(person(files, *keys(files)).stdout)["entries"] if "inputs" in one]
    assert 2 == person(files, *keys(files), "--for-person", "--open").exit_code
    shown = person(files, *keys(files), "--open", plain=True).stdout
    assert "bodies that cannot be opened: 3" in shown


def test_refusals_are_counted_beneath_a_history(files: Path) -> None:
    """By phase and by reason, for a program and for a person."""
    counts = json.loads(person(files, *keys(files)).stdout)["counts"]
    assert 4 == sum(counts["phases"].values())
    assert sum(counts["refusals"].values()) == counts["phases"].get("refusal", 0)
