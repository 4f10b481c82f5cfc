"""What a start or a reload brings into force is named in its entry, and wider limits need two persons."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.assembly.configuration import (
    MAX_CHARACTERS,
    SCENE,
    YEARS,
    ConfigurationBook,
    Limits,
    RecordedConfiguration,
    WideningRefused,
    compare,
    describe,
    parse,
    read_recorded,
    require_allowed,
    require_later_configuration,
)
from gateway.audit.entries.acts import CONFIGURATION_ID, WIDEN, ActDetails
from gateway.audit.retention.rules import RetentionRefused
from gateway.audit.storage.reader import LogReader
from gateway.audit.storage.waiting import WaitingAct
from gateway.settings import Settings
from tests.audit.logs import create, journal, opened

HEAD = '[node]\nprovince = "510000"\nname = "gateway-1"\n[platform]\nkind = "sichuan"\n'


def settings(place: Path, more: str = "") -> Settings:
    """Settings of a directory."""
    return Settings.parse(f"{HEAD}{more}".encode(), place)


def state(place: Path, more: str = "") -> dict[str, str]:
    """What such settings bring into force, beside no documents."""
    return describe(settings(place, more), (), ())


async def record(log: Path, action: str, details: ActDetails, subject: str = "0.1.0") -> None:
    """Record an act."""
    async with opened(log) as running:
        await journal(running).record_act(action=action, subject=subject, actor="local:7", details=details.fields())


def started(*lines: str) -> ActDetails:
    """The details of a start."""
    return ActDetails(changes=lines, exchange_id=CONFIGURATION_ID)


@pytest.fixture(name="log")
async def _log(tmp_path: Path) -> AsyncIterator[Path]:
    """An empty log."""
    yield await create(tmp_path / "node")


def test_every_setting_has_a_name_and_no_value_stands_there_but_the_limits(tmp_path: Path) -> None:
    """A digest for each; what the log must judge is in clear."""
    more = '[review]\nwithheld_scenes = ["inquiry"]\n'
    found = state(tmp_path, more + '[telemetry]\notlp_endpoint = "https://secret.example"\n')
    assert ("3", "withheld") == (found[YEARS], found[f"{SCENE}inquiry"])
    assert {"listen.port", "limits.page_rows", "witness.policy", "catalogue.items"} <= found.keys()
    assert "secret" not in " ".join(found.values())
    assert all(len(value) <= 64 for value in found.values())


def test_a_moved_directory_changes_nothing(tmp_path: Path) -> None:
    """Its paths are named from where the settings lie."""
    assert state(tmp_path / "one") == state(tmp_path / "two")
    assert state(tmp_path) != state(tmp_path, '[keys]\ndirectory = "elsewhere"\n')


def test_the_policy_of_the_witnesses_is_named_by_its_content(tmp_path: Path) -> None:
    """The same name of a file with other words in it is another policy."""
    more = '[witness]\npolicy_file = "policy"\n'
    (tmp_path / "policy").write_text("quorum none\n", encoding="utf-8")
    before = state(tmp_path, more)["witness.policy"]
    (tmp_path / "policy").write_text("quorum one\n", encoding="utf-8")
    assert before != state(tmp_path, more)["witness.policy"]
    (tmp_path / "policy").unlink()
    with pytest.raises(OSError, match="policy"):
        state(tmp_path, more)


def test_lines_say_what_changed_first_and_give_the_whole_back() -> None:
    """What is new, changed, gone and the same."""
    lines = compare({"a": "1", "b": "3", "d": "4"}, {"a": "1", "b": "2", "c": "9"})
    assert ("~ b 3 was 2", "- c was 9", "+ d 4", "= a 1") == lines
    assert {"a": "1", "b": "3", "d": "4"} == parse(lines)


def test_lines_that_would_not_fit_an_entry_leave_out_what_was_before() -> None:
    """And still give the whole back."""
    now = {f"limits.name-{number}": "a" * 64 for number in range(150)}
    lines = compare(now, dict.fromkeys(now, "b" * 64))
    assert sum(map(len, lines)) < MAX_CHARACTERS < sum(map(len, lines)) + 150 * len(" was " + "b" * 64)
    assert now == parse(lines)


@pytest.mark.parametrize("line", ["", "a", "= a", "? a 1", "= a 1 2", "= a  1", "- a b", "= a 1\n"])
def test_a_line_in_another_form_is_none(line: str) -> None:
    """Nothing is taken for a state that is none."""
    with pytest.raises(ValueError, match="another form"):
        parse([line])


def limits(years: int, *withheld: str) -> Limits:
    """Limits."""
    return Limits(years, frozenset(withheld))


@pytest.mark.parametrize(
    ("now", "former", "widens"),
    [
        (limits(3), limits(3), False),
        (limits(5), limits(3), False),
        (limits(3), limits(5), True),
        (limits(3, "a"), limits(3), True),
        (limits(3), limits(3, "a"), False),
        (limits(5, "a", "b"), limits(3, "a"), True),
        (limits(3, "b"), limits(3, "a"), True),
    ],
)
def test_limits_widen_where_more_is_withheld_or_less_long_is_kept(now: Limits, former: Limits, widens: bool) -> None:
    """Whatever else becomes stricter."""
    assert widens is now.widens(former)


@pytest.mark.parametrize("text", ["", "years:3", "years:x withheld:", "years:3 withheld:A", "years:3 withheld:a b"])
def test_limits_in_another_form_are_none(text: str) -> None:
    """Their text is what two persons read."""
    assert limits(3, "a", "b") == Limits.parse(str(limits(3, "b", "a")))
    with pytest.raises(ValueError, match="another form"):
        Limits.parse(text)


async def test_the_newest_start_says_what_is_in_force(log: Path) -> None:
    """Not the first, and not an act of another kind; a later act that waits comes before it."""
    with LogReader(log) as reader:
        assert RecordedConfiguration({}, frozenset()) == read_recorded(reader)
    await record(log, "start", started("+ a 1"))
    await record(log, "reload", started("~ a 2 was 1"))
    await record(log, "backup", ActDetails(), "log")
    with LogReader(log) as reader:
        assert {"a": "2"} == read_recorded(reader).state
        waiting = (WaitingAct("start", "0.1.0", "", (), "", ("= a 3",)), WaitingAct("stop", "", ""))
        assert {"a": "3"} == read_recorded(reader, waiting).state


async def test_a_widening_counts_for_the_next_start_alone(log: Path) -> None:
    """And only the limits that it names."""
    await record(log, "start", started("+ a 1"))
    await record(log, WIDEN, ActDetails(exchange_id=CONFIGURATION_ID, approval="a" * 64), limits(3, "a").subject)
    with LogReader(log) as reader:
        assert {limits(3, "a").subject} == read_recorded(reader).allowed
    await record(log, "start", started("= a 1"))
    with LogReader(log) as reader:
        assert frozenset() == read_recorded(reader).allowed


def test_wider_limits_are_refused_unless_the_log_allows_exactly_these(tmp_path: Path) -> None:
    """A first start of this release has nothing to be held to; narrower limits need nobody."""
    former = {YEARS: "5", f"{SCENE}a": "withheld"}
    recorded = RecordedConfiguration(former, frozenset())
    for fine in (limits(5, "a"), limits(6, "a"), limits(5)):
        require_allowed(fine, recorded, tmp_path)
    wide = limits(3, "a", "b")
    require_allowed(wide, RecordedConfiguration({}, frozenset()), tmp_path)
    require_allowed(wide, RecordedConfiguration(former, frozenset({wide.subject})), tmp_path)
    other = limits(3, "a", "c").subject
    for refused in (recorded, RecordedConfiguration(former, frozenset({other}))):
        with pytest.raises(WideningRefused, match="audit widen") as caught:
            require_allowed(wide, refused, tmp_path)
        assert "b" in caught.value.fault.en and "5" in caught.value.fault.en


async def test_what_was_in_force_last_stays_in_the_log(log: Path) -> None:
    """Else a node whose oldest entries left would start under any limits."""
    with LogReader(log) as reader:
        require_later_configuration(reader, 5)
    await record(log, "start", started("+ a 1"))
    with LogReader(log) as reader:
        require_later_configuration(reader, 0)
        with pytest.raises(RetentionRefused, match="expected a start or reload after entry 0"):
            require_later_configuration(reader, 1)


async def test_a_node_does_not_start_under_wider_limits(pristine: Any) -> None:
    """It says which, and adds nothing to its log; under the former ones it starts again."""
    from gateway.assembly.run import RunningNode
    from gateway.telemetry.metrics import Metrics
    from tests.province import StandIn

    place = pristine.restore()["sichuan"].settings.directory
    config = place / "node.toml"
    before = config.read_text(encoding="utf-8")
    running = RunningNode(Settings.load(config), Metrics(), platform=StandIn())
    await running.start()
    await running.stop()
    shutil.copyfile(config, place / "former.toml")
    assert "[review]" not in before
    config.write_text(before + '\n[review]\nwithheld_scenes = ["inquiry"]\n', encoding="utf-8")
    wider = Settings.load(config)
    with pytest.raises(WideningRefused, match="inquiry"):
        await RunningNode(wider, Metrics(), platform=StandIn()).start()
    (place / "former.toml").replace(config)
    book = ConfigurationBook.open(Settings.load(config))
    assert all(line.startswith("= ") for line in book.follow(running.trust, running.node.in_force.rooms.catalogue))
