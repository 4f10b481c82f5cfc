"""What `chuanyu doctor` says of a machine: each check with the facts that it must tell apart."""

from __future__ import annotations

import socket
import sys

import pytest

from gateway.cli import machine
from gateway.cli.checks.machine import (
    LOW_FREE_BYTES,
    LOW_OPEN_FILES,
    MIN_FREE_BYTES,
    MIN_OPEN_FILES,
    KernelClock,
    judge_clock,
    judge_disk,
    judge_engines,
    judge_open_files,
    judge_owner,
    judge_port,
    judge_python,
    judge_sqlite,
    judge_versions,
    read_floors,
)
from gateway.cli.screen import CheckFinding, CheckStatus


@pytest.mark.parametrize(
    ("version", "judgement"),
    [((3, 10, 14), "wrong"), ((2, 7, 18), "wrong"), ((3, 11, 0), "right"), ((3, 12, 1), "right"), ((4, 0), "right")],
)
def test_an_old_python_is_wrong(version: tuple[int, ...], judgement: str) -> None:
    """3.11 is the floor."""
    assert judgement == judge_python(version).status


@pytest.mark.parametrize(
    ("owners", "from_source", "judgement"),
    [
        (["chuanyu-gateway"], False, "right"),
        (["chuanyu-gateway", "chuanyu-gateway"], False, "right"),
        ([], True, "right"),
        ([], False, "wrong"),
        (["adapters"], False, "wrong"),
        (["adapters"], True, "wrong"),
        (["adapters", "chuanyu-gateway"], False, "wrong"),
        (["adapters", "chuanyu-gateway"], True, "wrong"),
    ],
)
def test_a_package_name_belongs_to_us_alone(owners: list[str], from_source: bool, judgement: str) -> None:
    """Another distribution under the same name could overwrite ours."""
    assert judgement == judge_owner("adapters", owners, from_source=from_source).status


def test_floors_leave_out_extras_and_upper_bounds() -> None:
    """Only what every installation needs has a floor."""
    requirements = ["grpcio<2,>=1.85.1", "orjson>=3.11,<4", "rich", "asyncpg>=0.31; extra == 'postgres'"]
    assert {"grpcio": (1, 85, 1), "orjson": (3, 11)} == read_floors(requirements)


@pytest.mark.parametrize(
    ("installed", "judgement"),
    [
        ({"grpcio": "1.85.1", "orjson": "3.11"}, "right"),
        ({"grpcio": "1.85.1", "orjson": "3.11.0"}, "right"),
        ({"grpcio": "1.100.0", "orjson": "4.0"}, "right"),
        ({"grpcio": "1.85.0", "orjson": "3.11"}, "wrong"),
        ({"grpcio": "1.9.9", "orjson": "3.11"}, "wrong"),
        ({"orjson": "3.11"}, "wrong"),
        ({"grpcio": "unknown", "orjson": "3.11"}, "wrong"),
        ({}, "wrong"),
    ],
)
def test_a_version_below_its_floor_is_wrong(installed: dict[str, str], judgement: str) -> None:
    """Versions are compared by their numbers, and what is absent is below every floor."""
    assert judgement == judge_versions({"grpcio": (1, 85, 1), "orjson": (3, 11)}, installed).status


def test_without_requirements_the_installation_is_wrong() -> None:
    """An empty list never means that all is well."""
    assert CheckStatus.WRONG == judge_versions({}, {}).status


@pytest.mark.parametrize(
    ("version", "judgement"),
    [("3.36.0", "wrong"), ("3.37.0", "doubtful"), ("3.51.2", "doubtful"), ("3.51.3", "right"), ("", "wrong")],
)
def test_sqlite_with_the_reset_defect_is_told(version: str, judgement: str) -> None:
    """Before 3.51.3 nobody else may checkpoint the log."""
    assert judgement == judge_sqlite(version).status


@pytest.mark.parametrize(
    ("clock", "judgement"),
    [
        (KernelClock(known=True, synchronised=True, error_us=900), "right"),
        (KernelClock(known=True, synchronised=False, error_us=16_000_000), "doubtful"),
        (KernelClock(known=False, synchronised=False, error_us=0), "doubtful"),
    ],
)
def test_an_unsynchronised_clock_is_a_doubt(clock: KernelClock, judgement: str) -> None:
    """Never wrong: the peers judge our time themselves."""
    assert judgement == judge_clock(clock).status


@pytest.mark.parametrize(
    ("found", "judgement"),
    [(0, "wrong"), (MIN_FREE_BYTES - 1, "wrong"), (MIN_FREE_BYTES, "doubtful"), (LOW_FREE_BYTES, "right")],
)
def test_a_full_disk_is_wrong(found: int, judgement: str) -> None:
    """The audit log must be able to grow."""
    assert judgement == judge_disk(found).status


@pytest.mark.parametrize(
    ("found", "judgement"),
    [(256, "wrong"), (MIN_OPEN_FILES, "doubtful"), (LOW_OPEN_FILES, "right")],
)
def test_few_open_files_are_wrong(found: int, judgement: str) -> None:
    """A connection is a file."""
    assert judgement == judge_open_files(found).status


def test_a_taken_port_is_told_with_its_reason() -> None:
    """The reason is the system's own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        why = machine.try_port("127.0.0.1", port)
    finding = judge_port("listen.witness_port", "127.0.0.1", port, why, running=False)
    assert CheckStatus.WRONG == finding.status
    assert "already in use" in finding.found.en
    assert "listen.witness_port" in finding.remedy.en
    assert CheckStatus.RIGHT == judge_port("listen.port", "127.0.0.1", port, "", running=False).status
    mine = judge_port("listen.port", "127.0.0.1", port, why, running=True)
    assert (CheckStatus.RIGHT, True) == (mine.status, "this node runs" in mine.found.en)


def test_an_address_that_is_not_ours_is_no_free_port() -> None:
    """A host of another machine cannot be listened on."""
    assert "" != machine.try_port("192.0.2.1", 7443)
    assert "" != machine.try_port("host.invalid", 7443)


def test_the_kernels_clock_is_read_without_changing_it() -> None:
    """Every Linux answers adjtimex."""
    assert (sys.platform == "linux") == machine.read_clock().known


@pytest.mark.parametrize(
    ("judgement", "names", "shown"),
    [
        (CheckStatus.RIGHT, ["hyperscan", "re2", "stdlib"], "hyperscan is used"),
        (CheckStatus.RIGHT, ["re2", "stdlib"], "re2 is used"),
        (CheckStatus.DOUBTFUL, ["stdlib"], "equal verdicts"),
    ],
)
def test_the_guards_engine_is_named(judgement: CheckStatus, names: list[str], shown: str) -> None:
    """Without the extra the guard is slower and no weaker, which is a doubt and no fault."""
    finding = judge_engines(names)
    assert judgement is finding.status
    assert shown in finding.found.en


def test_this_machine_can_be_looked_at() -> None:
    """Each fact gives one finding, in both languages, and a remedy wherever one is due."""
    findings: list[CheckFinding] = machine.look_at_machine()
    assert 9 == len(findings)
    for finding in findings:
        assert finding.subject.zh
        assert finding.found.en
        assert finding.remedy.zh
