"""`keys draft-agreement` and `sign-agreement`, and what `node check` says of them: neither province signs alone."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.catalogue.files import signature_of
from tests.cli.world import CODES, ITEM, World, fail, grant, judge, misuse, put_grant, succeed

PAIR = "500152:510900"


def draft(path: Path, *more: object, pair: str = PAIR, item: str = ITEM, until: str = "") -> tuple[object, ...]:
    """Return the line that drafts an agreement."""
    last = until or (datetime.now(UTC).date() + timedelta(days=100)).isoformat()
    line = ("keys", "draft-agreement", path, "--id", "A-SN-TN", "--document-no", "1", "--pair", pair)
    return (*line, "--item", item, "--until", last, *more)


def sign(world: World, province: str, path: Path) -> tuple[object, ...]:
    """Return the line by which a province signs."""
    return ("keys", "sign-agreement", "--authority", world / f"{province}-ca", path)


def agree(world: World, *more: object, pair: str = PAIR) -> Path:
    """Put an agreement that both have signed into Sichuan's catalogue."""
    path = world / "sc" / "catalogue" / "agreements" / "A-SN-TN.toml"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    succeed(*draft(path, *more, pair=pair))
    for province in ("sc", "cq"):
        succeed(*sign(world, province, path))
    return path


def check(world: World) -> tuple[int, dict[str, tuple[str, str]]]:
    """Return what `node check` finds on Sichuan's node."""
    return judge("node", "check", "--config", world.config)


def test_a_draft_names_both_places_and_all_fields(tmp_path: Path) -> None:
    """The bodies by the full names of their regions; what is not shared is taken out by hand."""
    path = tmp_path / "a.toml"
    found = succeed(*draft(path, "--pair", "500117:510921"))
    assert ("A-SN-TN@1", 2) == (found["agreement"], found["pairs"])
    made = tomllib.loads(path.read_text("utf-8"))
    assert ["重庆市潼南区", "四川省遂宁市"] == made["parties"]
    assert ["500000", "510000"] == made["provinces"]
    assert "region_code" in made["items"][0]["fields"]


@pytest.mark.parametrize(
    ("pair", "item", "until"),
    [
        ("500152", ITEM, ""),
        ("500152:51090", ITEM, ""),
        ("500152:SC-CDGX", ITEM, ""),
        ("500152:510999", ITEM, ""),
        ("500152:500117", ITEM, ""),
        (PAIR, "CY-XX-99", ""),
        (PAIR, "CY-ID-01", ""),
        (PAIR, ITEM, "soon"),
        (PAIR, ITEM, "2020-01-01"),
    ],
)
def test_a_draft_of_what_cannot_be_agreed_is_not_written(tmp_path: Path, pair: str, item: str, until: str) -> None:
    """No pair, regions unknown or of one province, an item whose records tell no region, a day that is over."""
    misuse(*draft(tmp_path / "a.toml", pair=pair, item=item, until=until))
    assert [] == list(tmp_path.iterdir())


def test_each_province_signs_in_a_file_of_its_own(world: World) -> None:
    """With both signatures the node takes it, and says what it pairs."""
    path = agree(world)
    assert all(signature_of(path, CODES[province]).is_file() for province in ("sc", "cq"))
    put_grant(world, "sc", grant(agreement="A-SN-TN"))
    code, found = check(world)
    assert (0, "right") == (code, found["the agreement A-SN-TN number 1"][0])


@pytest.mark.parametrize("missing", ["sc", "cq"])
def test_one_signature_is_none(world: World, missing: str) -> None:
    """The node does not start on an agreement that one side alone has signed."""
    path = agree(world)
    signature_of(path, CODES[missing]).unlink()
    code, found = check(world)
    assert (1, "wrong") == (code, found[str(path)][0])


def test_only_a_party_signs(world: World) -> None:
    """An authority signs agreements of its own province alone, and nothing that the gateway would not take."""
    path = world / "a.toml"
    succeed(*draft(path))
    path.write_text(path.read_text("utf-8").replace("510", "520"), "utf-8")
    assert "one of 510000" in misuse(*sign(world, "sc", path))
    path.write_text("id = 1", "utf-8")
    fail(*sign(world, "sc", path))
    assert not list(path.parent.glob("a.toml.*"))


@pytest.mark.parametrize(
    ("named", "pair", "expected"),
    [("", PAIR, "no grant names it"), ("A-SN-TN", "500112:511600", "abolished cover nothing: 500112")],
)
def test_an_agreement_that_does_nothing_is_a_doubt(world: World, named: str, pair: str, expected: str) -> None:
    """Named by nobody, or about a region that is no more."""
    agree(world, pair=pair)
    put_grant(world, "sc", grant(agreement=named))
    code, found = check(world)
    assert (0, "doubtful") == (code, found["the agreement A-SN-TN number 1"][0])
    assert expected in found["the agreement A-SN-TN number 1"][1]


def test_a_withdrawn_agreement_leaves_grants_that_allow_nothing(world: World) -> None:
    """It is said; where it is not declared withdrawn, the catalogue does not load."""
    put_grant(world, "sc", grant(agreement="A-GONE"))
    assert 1 == check(world)[0]
    (world / "sc" / "catalogue" / "withdrawn.toml").write_text(
        '[[documents]]\nkind = "agreement"\nname = "A-GONE"\nnumber = 1\n', "utf-8"
    )
    code, found = check(world)
    assert (0, "doubtful") == (code, found["the agreement A-GONE"][0])
