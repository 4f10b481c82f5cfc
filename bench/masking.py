"""Masking by itself, in CPU time of one core: `python -m bench.masking [--quick]`; `make bench` shows it, too.

A rate is that of the best of several turns: others on the machine can only slow a turn down. A column "of bytes" is
contiguous ASCII in and out, as a columnar store holds it; one "of strings" is a tuple of Python strings in and out, as
it travels through the gateway, and pays for making each string. The raw cipher stands beside what is built on it.
Pages of records have 500 rows and 12 fields, all of them masked.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from random import Random
from time import process_time
from typing import Any, Final

from bench.measure import Row, best_seconds, rate_row, report
from gateway.catalogue.loader import load_items
from gateway.ground.evidence import Column, Page, Value
from gateway.ground.item import NO_AGE, Field, Item, Kind, LegalClass, Level
from gateway.ground.vocabulary.names import BlockCipher, Hash, NumberForm
from gateway.masking.apply import masked_page
from gateway.masking.ciphers import BLOCK, permutation
from gateway.masking.context import Context
from gateway.masking.format_preserving import FormatPreserving
from gateway.masking.keyed_hash import keyed_hash
from gateway.masking.keys import MaskKeys
from gateway.masking.matrix import CHUNK, Matrix, matrix_of
from gateway.masking.plan import Plan, compile_plan
from gateway.masking.pseudonym import pack_numbers, pseudonym
from gateway.masking.sealed import encrypt, envelope
from gateway.masking.tokens import letters_matrix

TODAY: Final = date(2026, 11, 24)
SECRET: Final = bytes(range(32))
PAGE: Final = 500
COLUMN: Final = CHUNK
_LEVELS: Final[tuple[tuple[str, Kind, Level, dict[str, str | int]], ...]] = (
    ("social_security_no", Kind.STRING, Level.PARTIAL, {"keep_first": 1, "keep_last": 1}),
    ("name", Kind.STRING, Level.PARTIAL, {"unit": "surname"}),
    ("card_no", Kind.STRING, Level.PARTIAL, {"keep_first": 2, "keep_last": 2}),
    ("bank_account", Kind.STRING, Level.PARTIAL, {"keep_first": 0, "keep_last": 4}),
    ("phone", Kind.STRING, Level.PSEUDONYM, {}),
    ("person_ref", Kind.STRING, Level.PSEUDONYM, {}),
    ("birth_date", Kind.DATE, Level.GENERALISE, {"to": "age_band"}),
    ("issue_date", Kind.DATE, Level.GENERALISE, {"to": "year_month"}),
    ("region_code", Kind.STRING, Level.GENERALISE, {"to": "city"}),
    ("amount", Kind.DECIMAL, Level.GENERALISE, {"to": "amount_band"}),
    ("insured", Kind.BOOLEAN, Level.PREDICATE, {"question": "is_true"}),
    ("card_status", Kind.STRING, Level.PREDICATE, {"question": "is_one_of", "values": "active"}),
)
_FOUR: Final[tuple[tuple[str, Kind, Level, dict[str, str | int]], ...]] = (
    ("name", Kind.STRING, Level.PARTIAL, {"keep_first": 1, "keep_last": 0}),
    ("bank_account", Kind.STRING, Level.PARTIAL, {"keep_first": 0, "keep_last": 4}),
    ("social_security_no", Kind.STRING, Level.KEYED_HASH, {}),
    ("phone", Kind.STRING, Level.KEYED_HASH, {}),
)


def _value(random: Random, name: str) -> Value:
    match name:
        case "social_security_no" | "person_ref":
            born = date(1930, 1, 1) + timedelta(random.randrange(30_000))
            return f"519999{born:%Y%m%d}{random.randrange(1000):03}X"
        case "name":
            return random.choice("王李张刘陈杨赵黄") + random.choice(("伟", "小明", "建国", "丽华"))
        case "card_no":
            return f"T{random.randrange(10**8):08}"
        case "bank_account":
            return f"999998{random.randrange(10**13):013}"
        case "phone":
            return f"100{random.randrange(10**8):08}"
        case "birth_date" | "issue_date":
            return date(1930, 1, 1) + timedelta(random.randrange(30_000))
        case "region_code":
            return random.choice(("510104", "500112", "510903"))
        case "amount":
            return f"{random.randrange(10**7) / 100:.2f}"
        case "insured":
            return random.random() < 0.5
        case _:
            return random.choice(("active", "lost"))


def _item(levels: tuple[tuple[str, Kind, Level, dict[str, str | int]], ...]) -> Item:
    """An item of these fields. Nobody in it is a minor: that is what the gateway meets nearly always."""
    model = load_items()[0]
    fields = tuple(
        Field(
            name=name, label=model.label, hrss_code="", kind=kind, legal_class=LegalClass.NONE, level=level,
            params=tuple(sorted(params.items())), codes=("active", "lost") if name == "card_status" else (),
            source_department="hrss", minor_level=level, minor_params=tuple(sorted(params.items())),
        )
        for name, kind, level, params in levels
    )  # fmt: skip
    return replace(model, fields=fields, age_from=NO_AGE, gates=(), subjects=False)


def _plan(item: Item) -> Plan:
    return compile_plan(item, "500000/cq-hrss", MaskKeys(SECRET), "2026", item_digest="d" * 64, scene="bench")


def _page(item: Item, rows: int) -> Page:
    random = Random(4)  # noqa: S311 - examples
    columns = [Column(f.name, f.kind, tuple(_value(random, f.name) for _ in range(rows))) for f in item.fields]
    return Page(rows, tuple(columns))


def best(work: Callable[[], object], count: int, turns: int) -> float:
    """Return how many of `count` things a second of CPU time does, in the best turn; a turn lasts about 50 ms."""
    work()
    begun = process_time()
    work()
    repeats = max(1, int(0.05 / max(process_time() - begun, 1e-6)))

    def turn() -> None:
        for _ in range(repeats):
            work()

    return count * repeats / best_seconds(turn, turns)


def _records(turns: int) -> list[Row]:
    item = _item(_LEVELS)
    plan, names = _plan(item), tuple(field.name for field in item.fields)
    many, one = _page(item, PAGE), _page(item, 1)
    here = Context(TODAY)
    return [
        rate_row("masks, 12 fields, pages of 500", 1,
                 best(partial(masked_page, plan, names, many, here), PAGE, turns), "records/s", 300_000.0),
        rate_row("masks, 12 fields, one record", 1,
                 best(partial(masked_page, plan, names, one, here), 1, turns), "records/s", 20_000.0),
    ]  # fmt: skip


def _against_presidio(turns: int) -> list[Row]:
    """The same four fields: two partly shown, two hashed; ours with a key, theirs with a salt."""
    item = _item(_FOUR)
    plan, names, page = _plan(item), tuple(field.name for field in item.fields), _page(item, PAGE)
    try:
        theirs = best(_presidio(page), PAGE, turns)
    except ImportError:
        return [rate_row("masks, 4 fields / presidio-anonymizer", 1, 0.0, "records/s", 0.0, note="not installed")]
    ours = best(partial(masked_page, plan, names, page, Context(TODAY)), PAGE, turns)
    return [rate_row("masks, 4 fields / presidio-anonymizer, at least 10x", 1, ours, "records/s", 10 * theirs, theirs)]


def _presidio(page: Page) -> Callable[[], object]:
    from presidio_anonymizer import AnonymizerEngine
    from presidio_anonymizer.entities import OperatorConfig, RecognizerResult

    engine: Any = AnonymizerEngine
    operators = {
        "NAME": OperatorConfig("mask", {"masking_char": "*", "chars_to_mask": 3, "from_end": True}),
        "ACCOUNT": OperatorConfig("mask", {"masking_char": "*", "chars_to_mask": 15, "from_end": False}),
        "ID": OperatorConfig("hash", {"hash_type": "sha256", "salt": b"0123456789abcdef"}),
        "PHONE": OperatorConfig("hash", {"hash_type": "sha256", "salt": b"0123456789abcdef"}),
    }
    work: list[tuple[str, list[Any]]] = []
    for cells in zip(*(column.values for column in page.columns), strict=True):
        text, found = "", []
        for entity, cell in zip(("NAME", "ACCOUNT", "ID", "PHONE"), cells, strict=True):
            found.append(RecognizerResult(entity, len(text), len(text) + len(str(cell)), 1.0))
            text += f"{cell} "
        work.append((text, found))

    anonymize = engine().anonymize

    def run() -> None:
        for text, found in work:
            anonymize(text, found, operators)

    return run


def _columns(turns: int) -> list[Row]:
    rows: list[Row] = []
    random = Random(5)  # noqa: S311 - examples
    numbers = tuple(f"{random.randrange(10**17):017}X" for _ in range(COLUMN))
    matrix = matrix_of(numbers)
    if matrix is None:
        raise RuntimeError("expected a column of one width")
    digits = matrix[:, :17]
    for cipher, ff1_goal, token_goal in ((BlockCipher.AES, 5e6, 10e6), (BlockCipher.SM4, 0.8e6, 5e6)):
        name = cipher.upper()
        raw = best(_raw(cipher), COLUMN, turns)
        form = FormatPreserving(NumberForm.IDENTITY, cipher, SECRET)
        rows += [
            rate_row(f"FF1 over {name}, 17 digits, bytes / the cipher, ten rounds", 1,
                     best(partial(form.matrix, digits), COLUMN, turns), "values/s", ff1_goal, raw / 10),
            rate_row(f"FF1 over {name}, 17 digits, strings", 1,
                     best(partial(form, numbers), COLUMN, turns), "values/s", ff1_goal),
            rate_row(f"tokens over {name}, bytes / the cipher", 1,
                     best(_tokens(cipher, matrix), COLUMN, turns), "values/s", token_goal, raw),
            rate_row(f"tokens over {name}, strings", 1,
                     best(partial(pseudonym(SECRET, cipher), numbers), COLUMN, turns), "values/s", token_goal),
        ]  # fmt: skip
    for which in Hash:
        made = partial(keyed_hash(SECRET, which), numbers)
        rows.append(rate_row(f"keyed hash, {which}, strings", 1, best(made, COLUMN, turns), "values/s", 0.0))
    return [*rows, _sealed(turns)]


def _raw(cipher: BlockCipher) -> Callable[[], object]:
    permute, blocks, made = permutation(cipher, SECRET), bytes(BLOCK * COLUMN), bytearray(BLOCK * (COLUMN + 1))
    return lambda: permute.update_into(blocks, made)


def _tokens(cipher: BlockCipher, matrix: Matrix) -> Callable[[], object]:
    permute = permutation(cipher, SECRET)
    return lambda: letters_matrix(permute.update(pack_numbers(matrix).reshape(-1).data))


def _sealed(turns: int) -> Row:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    public = X25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw()
    values, operator = tuple(f"100{at:08}" for at in range(PAGE)), encrypt("phone")

    def page() -> None:
        operator(values, Context(TODAY, range(PAGE), (), envelope(public, "CY-XX-01", "r")))

    return rate_row("sealed cells, pages of 500, encapsulation included", 1, best(page, PAGE, turns), "cells/s", 0.0)


def masking_rows(turns: int) -> list[Row]:
    """Measure everything, each thing in so many turns."""
    return [*_records(turns), *_against_presidio(turns), *_columns(turns)]


def main() -> None:
    """Run the masking benchmarks alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=15)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    report(masking_rows(3 if options.quick else options.turns), [], {})


if __name__ == "__main__":
    main()
