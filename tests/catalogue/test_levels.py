"""Which levels fit which kinds, and with which parameters."""

from __future__ import annotations

import pytest

from gateway.catalogue.levels import level_faults
from gateway.ground.item import Field, Kind, Label, LegalClass, Level
from gateway.ground.vocabulary.names import DICTIONARIES


def made(kind: Kind, level: Level, codes: tuple[str, ...] = (), **params: str | int) -> Field:
    """Make a field."""
    given = tuple(sorted(params.items()))
    return Field("f", Label("项", "f"), "", kind, LegalClass.GENERAL, level, given, codes, "hrss", Level.DROP, ())


@pytest.mark.parametrize(
    "field",
    [
        *(made(kind, level) for kind in Kind if kind is not Kind.SEALED for level in (Level.CLEAR, Level.DROP)),
        made(Kind.STRING, Level.PSEUDONYM),
        made(Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=4),
        made(Kind.STRING, Level.PARTIAL, keep_first=1, keep_last=0),
        made(Kind.DATE, Level.GENERALISE, to="year"),
        made(Kind.DATE, Level.GENERALISE, to="year_month"),
        made(Kind.DATE, Level.GENERALISE, to="age_band"),
        made(Kind.STRING, Level.GENERALISE, to="city"),
        made(Kind.DECIMAL, Level.GENERALISE, to="amount_band"),
        made(Kind.BOOLEAN, Level.PREDICATE, question="is_true"),
        *(
            made(Kind.DATE, Level.PREDICATE, question="age_at_least", years=years)
            for years in (14, 16, 18, 60, 65, 70, 80)
        ),
        made(Kind.STRING, Level.PREDICATE, ("a", "b", "c"), question="is_one_of", values="a,b"),
        made(Kind.DECIMAL, Level.PREDICATE, question="is_present"),
        *(made(kind, Level.REDACT) for kind in Kind if kind is not Kind.SEALED),
        made(Kind.STRING, Level.PARTIAL, unit="surname"),
        *(made(Kind.STRING, Level.GENERALISE, to=to) for to in ("province", "address_city", "icd_chapter")),
        *(made(Kind.DECIMAL, Level.ROUND, to=to) for to in (10, 100, 1000, 10000)),
        made(Kind.INTEGER, Level.ROUND, to=10),
        made(Kind.DATE, Level.DATE_SHIFT, max_days=30),
        made(Kind.DATE, Level.DATE_SHIFT, max_days=365),
        made(Kind.STRING, Level.PSEUDONYM, cipher="sm4"),
        made(Kind.STRING, Level.KEYED_HASH),
        made(Kind.STRING, Level.KEYED_HASH, hash="sm3"),
        *(made(Kind.STRING, Level.FORMAT_PRESERVING, form=form) for form in ("identity", "bank_card", "mobile")),
        made(Kind.STRING, Level.FORMAT_PRESERVING, form="digits", cipher="sm4"),
        *(made(kind, Level.ENCRYPT) for kind in (Kind.STRING, Kind.DECIMAL, Kind.DATE, Kind.INTEGER)),
        *(made(Kind.STRING, Level.SUBSTITUTE, dictionary=name) for name in DICTIONARIES),
    ],
    ids=lambda field: f"{field.kind}-{field.level}-{field.params}",
)
def test_a_level_that_fits_has_no_fault(field: Field) -> None:
    """Every level, every generalisation, every question."""
    assert [] == list(level_faults(field))


@pytest.mark.parametrize(
    "field",
    [
        *(made(Kind.SEALED, level) for level in Level),
        made(Kind.STRING, Level.CLEAR, keep_first=1),
        made(Kind.STRING, Level.DROP, to="year"),
        made(Kind.DATE, Level.PSEUDONYM),
        made(Kind.STRING, Level.PSEUDONYM, length=8),
        made(Kind.STRING, Level.PARTIAL),
        made(Kind.STRING, Level.PARTIAL, keep_first=1),
        made(Kind.STRING, Level.PARTIAL, keep_first=0, keep_last=0),
        made(Kind.STRING, Level.PARTIAL, keep_first=6, keep_last=4),
        made(Kind.STRING, Level.PARTIAL, keep_first=-1, keep_last=4),
        made(Kind.STRING, Level.PARTIAL, keep_first="1", keep_last=1),
        made(Kind.DATE, Level.PARTIAL, keep_first=1, keep_last=1),
        made(Kind.DATE, Level.GENERALISE),
        made(Kind.DATE, Level.GENERALISE, to="decade"),
        made(Kind.STRING, Level.GENERALISE, to="year"),
        made(Kind.DATE, Level.GENERALISE, to="city"),
        made(Kind.INTEGER, Level.GENERALISE, to="amount_band"),
        made(Kind.BOOLEAN, Level.PREDICATE),
        made(Kind.STRING, Level.PREDICATE, question="is_true"),
        made(Kind.BOOLEAN, Level.PREDICATE, question="is_false"),
        made(Kind.BOOLEAN, Level.PREDICATE, question="is_true", years=60),
        made(Kind.DATE, Level.PREDICATE, question="age_at_least"),
        made(Kind.DATE, Level.PREDICATE, question="age_at_least", years=61),
        made(Kind.STRING, Level.PREDICATE, question="age_at_least", years=60),
        made(Kind.STRING, Level.PSEUDONYM, ("a", "b")),
        made(Kind.STRING, Level.KEYED_HASH, ("a", "b")),
        made(Kind.STRING, Level.FORMAT_PRESERVING, ("111111", "222222"), form="digits"),
        made(Kind.STRING, Level.SUBSTITUTE, ("a", "b"), dictionary="employer"),
        made(Kind.STRING, Level.PREDICATE, ("a",), question="is_one_of"),
        made(Kind.STRING, Level.PREDICATE, ("a",), question="is_one_of", values=""),
        made(Kind.STRING, Level.PREDICATE, ("a",), question="is_one_of", values="a,"),
        made(Kind.STRING, Level.PREDICATE, ("a",), question="is_one_of", values="a, b"),
        made(Kind.STRING, Level.PREDICATE, (), question="is_one_of", values="a"),
        *(made(kind, Level.FORBID) for kind in Kind),
        made(Kind.STRING, Level.REDACT, stars=3),
        made(Kind.STRING, Level.PARTIAL, unit="character"),
        made(Kind.STRING, Level.PARTIAL, unit="surname", keep_first=1),
        made(Kind.DATE, Level.GENERALISE, to="province"),
        made(Kind.DECIMAL, Level.ROUND, to=5),
        made(Kind.DECIMAL, Level.ROUND),
        made(Kind.STRING, Level.ROUND, to=10),
        made(Kind.DATE, Level.DATE_SHIFT, max_days=29),
        made(Kind.DATE, Level.DATE_SHIFT, max_days=366),
        made(Kind.STRING, Level.DATE_SHIFT, max_days=30),
        made(Kind.STRING, Level.PSEUDONYM, cipher="des"),
        made(Kind.STRING, Level.KEYED_HASH, hash="md5"),
        made(Kind.INTEGER, Level.KEYED_HASH),
        made(Kind.STRING, Level.FORMAT_PRESERVING),
        made(Kind.STRING, Level.FORMAT_PRESERVING, form="passport"),
        made(Kind.STRING, Level.FORMAT_PRESERVING, cipher="aes"),
        made(Kind.BOOLEAN, Level.ENCRYPT),
        made(Kind.STRING, Level.ENCRYPT, cipher="aes"),
        made(Kind.STRING, Level.SUBSTITUTE),
        made(Kind.STRING, Level.SUBSTITUTE, dictionary=1),
        made(Kind.STRING, Level.SUBSTITUTE, dictionary="surnames"),
    ],
    ids=lambda field: f"{field.kind}-{field.level}-{field.params}",
)
def test_a_level_that_does_not_fit_is_a_fault(field: Field) -> None:
    """Before a record could meet it."""
    faults = list(level_faults(field))
    assert faults
    assert all(fault.startswith("expected ") and ", found " in fault for fault in faults)
