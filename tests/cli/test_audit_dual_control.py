"""Destruction on the node's machine: two persons, the witnesses' time, one target, and every attempt in the log."""

from __future__ import annotations

import asyncio
import json
import shutil
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.assembly.approvals import read_witnessed_us
from gateway.audit.entries.acts import REFUSED, DualControlAct
from gateway.audit.retention.rules import RETAIN, SHRED, RetentionRefused, RetentionRun, RetentionTarget
from gateway.audit.storage.reader import LogReader
from gateway.cli.own_log import load_node_settings, record_act
from gateway.cli.screen import Problem
from gateway.serving.attempts import PER_CALLER
from keys.identity import Role
from tests.cli.old_node import MONTH, acts, approve, approve_retain, approve_shred, copy, cosign, holds, make
from tests.cli.world import fail, invoke, misuse, succeed

YEARS_AHEAD = 4 * 366 * 86_400


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a node whose entries are beyond their time."""
    return make(tmp_path_factory.mktemp("node") / "sc")


@pytest.fixture
def node(pristine: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copy(pristine, tmp_path / "sc")


def shred(node: Path, approval: Path | None, month: str = MONTH) -> str:
    """Try to destroy a month, which must fail; return why."""
    given = () if approval is None else ("--approval", approval)
    result = invoke("audit", "shred", node, "--month", month, "--apply", *given, "--json")
    assert 0 != result.exit_code
    return str(json.loads(result.stdout)["error"]["found"]["en"])


def untouched(node: Path) -> bool:
    """Whether every secret and every entry is there."""
    with LogReader(node / "audit" / "log.db") as reader:
        pruned = reader.pruned()
    return pruned == 0 and (node / "keys" / "epochs" / f"{MONTH}.secret").exists()


@pytest.mark.parametrize("command", [("shred", "--month", MONTH), ("retain",)], ids=["shred", "retain"])
def test_nothing_is_destroyed_without_an_approval(node: Path, command: Sequence[str]) -> None:
    """The command says how one is made; its dry run gives the line."""
    name, *options = command
    assert "no --approval" in misuse("audit", name, node, *options, "--apply")
    assert untouched(node) and [] == acts(node)
    steps = [step["en"] for step in succeed("audit", name, node, *options)["next"]]
    assert f"chuanyu audit request {name} --" in steps[0] and "--approval FILE" in " ".join(steps)


ALONE = {
    "one alone": ((Role.REVIEWER, "reviewer-1"),),
    "two reviewers": ((Role.REVIEWER, "reviewer-1"), (Role.REVIEWER, "reviewer-2")),
    "one name": ((Role.REVIEWER, "wang"), (Role.SECURITY, "wang")),
    "an administrator": ((Role.REVIEWER, "reviewer-1"), (Role.ADMINISTRATOR, "administrator-1")),
}


@pytest.mark.parametrize("persons", ALONE.values(), ids=ALONE)
def test_no_other_two_persons_destroy(pristine: Path, node: Path, persons: Sequence[tuple[Role, str]]) -> None:
    """That it was tried stands in the log, under who tried."""
    assert "APPROVAL_INVALID" in shred(node, approve_shred(pristine, persons=persons))
    assert untouched(node)
    (tried,) = acts(node)
    assert (REFUSED, SHRED, "APPROVAL_INVALID", "deny") == tuple(
        tried.text(name) for name in ("action", "subject", "reason_code", "result")
    )
    assert tried.text("actor").startswith("local:") and "caller_fp" not in tried.fields
    assert tried.text("approval")


def test_an_approval_is_for_one_month_one_log_and_its_time(pristine: Path, node: Path) -> None:
    """Another month's, another log's, another act's, and one that has lapsed."""
    other_log = approve(pristine, DualControlAct.SHRED, f"500000.chuanyu/node/gateway-1:{MONTH}")
    for wrong, why in (
        (approve_shred(pristine, "2019-01"), "this act and target"),
        (other_log, "this act and target"),
        (approve_retain(pristine), "this act and target"),
        (approve_shred(pristine, hours=1, ago=timedelta(hours=2)), "in force"),
        (approve_shred(pristine, hours=1, ago=-timedelta(hours=2)), "in force"),
    ):
        assert why in shred(node, wrong)
    assert untouched(node)
    assert [REFUSED] * 5 == [act.text("action") for act in acts(node)]


def test_a_clock_years_ahead_destroys_nothing(pristine: Path, node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """0.7: `faketime '+4 years' chuanyu audit shred --month CURRENT` destroyed the current month for good."""
    settings = load_node_settings(node)
    current = time.strftime("%Y-%m", time.gmtime())
    secret = settings.epochs_directory / f"{current}.secret"
    shutil.copyfile(settings.epochs_directory / f"{MONTH}.secret", secret)
    secret.chmod(0o600)
    approval = approve_shred(pristine, current)
    real = time.time_ns
    monkeypatch.setattr("time.time_ns", lambda: real() + YEARS_AHEAD * 10**9)
    for line in (("shred", node, "--month", current), ("retain", node)):
        found = fail("audit", *line)
        assert "the witnessed time is not known: LOG_UNWITNESSED: expected a cosignature within 3600 s" in found
    with pytest.raises(Problem, match="LOG_UNWITNESSED"):
        record_act(settings, SHRED, current, approval=approval.read_text(encoding="utf-8"))
    assert untouched(node) and secret.exists()
    assert [(REFUSED, "LOG_UNWITNESSED")] == [(act.text("action"), act.text("reason_code")) for act in acts(node)]


def test_a_month_that_is_young_by_the_witnessed_time_is_not_destroyed(pristine: Path, node: Path) -> None:
    """Though both persons allowed it."""
    settings = load_node_settings(node)
    young = time.strftime("%Y-%m", time.gmtime(time.time() - 366 * 86_400))
    approval = approve_shred(pristine, young).read_text(encoding="utf-8")
    with pytest.raises(Problem, match="more than 3 years ago"):
        record_act(settings, SHRED, young, approval=approval)
    assert untouched(node)
    assert [REFUSED] == [act.text("action") for act in acts(node)]


@pytest.mark.parametrize(("peer", "ago"), [("cq", 3_700), ("cq", -3_700), ("sc", 0)], ids=["old", "ahead", "stranger"])
def test_a_log_that_no_witness_of_the_policy_has_cosigned_near_loses_nothing(
    pristine: Path, node: Path, peer: str, ago: int
) -> None:
    """An hour ago, an hour ahead, or just now but by a gateway that the policy does not name."""
    asyncio.run(cosign(node, pristine.parent / "world" / peer, int(time.time()) - ago))
    assert "LOG_UNWITNESSED" in shred(node, approve_shred(pristine))
    with pytest.raises(Problem, match="LOG_UNWITNESSED"):
        record_act(load_node_settings(node), SHRED, MONTH, approval=approve_shred(pristine).read_text(encoding="utf-8"))
    assert untouched(node)


def test_the_witnessed_time_is_that_of_the_newest_cosignature(pristine: Path, node: Path) -> None:
    """To the second, and not this machine's."""
    at = int(time.time()) - 1_200
    asyncio.run(cosign(node, pristine.parent / "world" / "cq", at))
    assert at * 1_000_000 == read_witnessed_us(load_node_settings(node))


def test_shred_takes_the_month_as_the_request_does(pristine: Path, node: Path) -> None:
    """Its dry run gives the form; a month alone is that of this log, and another log's is refused."""
    alone = succeed("audit", "shred", node, "--month", MONTH)
    named = alone["next"][0]["en"].partition("--month '")[2].rstrip("'")
    assert named.endswith(f":{MONTH}") and named != f":{MONTH}"
    assert alone == succeed("audit", "shred", node, "--month", named)
    for other in (f"500000.chuanyu/node/gateway-1:{MONTH}", f":{MONTH}", f"x{named}"):
        assert "a month of another log" in misuse("audit", "shred", node, "--month", other)
        given = ("--apply", "--approval", approve_shred(pristine))
        assert "a month of another log" in misuse("audit", "shred", node, "--month", other, *given)
    assert untouched(node) and [] == acts(node)
    given = ("--apply", "--approval", approve_shred(pristine))
    assert 0 < succeed("audit", "shred", node, "--month", named, *given)["entry"]
    assert MONTH == acts(node)[-1].text("subject")


def test_a_node_whose_trust_cannot_be_read_loses_nothing(pristine: Path, node: Path) -> None:
    """Without it nobody can say who its witnesses and its persons are."""
    (node / "trust" / "500000.bundle").unlink()
    assert "the trust of the node cannot be read" in shred(node, approve_shred(pristine))
    assert untouched(node)


def test_a_run_of_retention_keeps_to_the_range_that_was_allowed(pristine: Path, node: Path) -> None:
    """The first tile alone; a run beyond it is refused by whoever writes the log."""
    approval = approve_retain(pristine, last=255)
    settings = load_node_settings(node)
    with pytest.raises(Problem, match="expected a run within"):
        record_act(
            settings, RETAIN, RetentionRun(0, 512, "0" * 64, 3).subject, approval=approval.read_text(encoding="utf-8")
        )
    done = succeed("audit", "retain", node, "--apply", "--approval", approval)
    assert ["0-256"] == [one.partition(" ")[0] for one in done["archives"]]
    with LogReader(node / "audit" / "log.db") as reader:
        assert 256 == reader.pruned()
    assert holds(node)


@pytest.mark.parametrize(
    ("text", "why"),
    [("", "another form"), ("log", "another form"), ("log:0-5", "another form"), ("log:0-5 years:", "another form")],
)
def test_a_range_in_another_form_is_none(text: str, why: str) -> None:
    """What two persons read is what is meant."""
    assert RetentionTarget("a/b", 0, 5, 3) == RetentionTarget.parse(str(RetentionTarget("a/b", 0, 5, 3)))
    with pytest.raises(RetentionRefused, match=why):
        RetentionTarget.parse(text)


@pytest.mark.parametrize(
    "run",
    [RetentionRun(0, 512, "0" * 64, 4), RetentionRun(0, 513, "0" * 64, 3), RetentionRun(4, 2, "0" * 64, 3)],
)
def test_a_run_outside_of_its_range_is_refused(run: RetentionRun) -> None:
    """Of other years, beyond its end, or no range at all; another log's too."""
    target = RetentionTarget("log", 0, 511, 3)
    target.require_within(RetentionRun(256, 512, "0" * 64, 3), "log")
    with pytest.raises(RetentionRefused, match="within"):
        target.require_within(run, "log")
    with pytest.raises(RetentionRefused, match="within"):
        target.require_within(RetentionRun(0, 512, "0" * 64, 3), "other")


def test_attempts_do_not_fill_the_log(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Within one process that answers them; each has its answer."""
    from gateway.assembly.acts import own_acts
    from gateway.audit.entries.requests import RecordRequest

    async def attempt() -> set[str]:
        async with own_acts(load_node_settings(node)) as local:
            request = RecordRequest(SHRED, MONTH)
            return {(await local.do(request, "local:7")).why for _ in range(PER_CALLER + 3)}

    assert {"APPROVAL_INVALID: expected the approval of two persons, found none"} == asyncio.run(attempt())
    assert PER_CALLER == len(acts(node))


def widened(node: Path, *scenes: str) -> Path:
    """Have the settings of a node withhold some scenes."""
    config = node / "node.toml"
    text = f"\n[review]\nwithheld_scenes = {json.dumps(scenes)}\n"
    config.write_text(config.read_text(encoding="utf-8") + text, encoding="utf-8")
    return node


async def _start(node: Path, **more: Any) -> None:
    """Record a start of a node, as it is now."""
    from gateway.assembly.acts import own_acts
    from gateway.assembly.configuration import compare, describe
    from gateway.audit.entries.acts import CONFIGURATION_ID, ActDetails

    settings = load_node_settings(node)
    details = ActDetails(changes=compare(describe(settings, (), ()), {}), exchange_id=CONFIGURATION_ID)
    async with own_acts(settings) as local:
        await local._journal.record_act(action="start", subject="0.1.0", actor="local:7", details=details.fields())


def test_wider_limits_are_allowed_by_two_persons_and_said_in_the_log(pristine: Path, node: Path) -> None:
    """The dry run names what is asked for; without widening there is nothing to ask."""
    asyncio.run(_start(node))
    assert "nothing is widened" in invoke("--lang", "en", "audit", "widen", node).stdout
    told = succeed("audit", "widen", widened(node, "inquiry"))
    assert ("years:3 withheld:", "years:3 withheld:inquiry") == (told["in_force"], told["wanted"])
    assert "no --approval" in misuse("audit", "widen", node, "--apply")
    named = f"{told['origin']} {told['wanted']}"
    assert f"chuanyu audit request widen --limits '{named}'" in told["next"][0]["en"]
    wrong = approve(pristine, DualControlAct.WIDEN, f"{named},more")
    assert "this act and target" in fail("audit", "widen", node, "--apply", "--approval", wrong)
    approval = approve(pristine, DualControlAct.WIDEN, named)
    assert 0 < succeed("audit", "widen", node, "--apply", "--approval", approval)["entry"]
    assert "its use in entry" in fail("audit", "widen", node, "--apply", "--approval", approval)
    (act,) = [one for one in acts(node) if one.text("action") == "widen"]
    assert act.text("subject").startswith("years:3 withheld:1 sha256:") and 2 == len(act.names("signers"))
