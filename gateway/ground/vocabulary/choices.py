"""The masks of levels of which an item chooses one: generalisations, questions and forms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from gateway.ground.item import Kind, Label, Level
from gateway.ground.vocabulary import facts
from gateway.ground.vocabulary.levels import CIPHER
from gateway.ground.vocabulary.names import ASKED_AGES, NumberForm
from gateway.ground.vocabulary.records import NO_RULE, MaskRecord, Mismatch, Param, Rule, Written
from gateway.ground.vocabulary.tells import (
    EVERYTHING,
    NOTHING,
    Params,
    Tells,
    coarser_dates,
    coarser_number,
    coarser_region,
    coarser_text,
    token,
)

_ANY: Final = frozenset(Kind) - {Kind.SEALED}
_STRING: Final = frozenset({Kind.STRING})
_DATE: Final = frozenset({Kind.DATE})


def _generalised(
    to: str, kinds: frozenset[Kind], *, tells: Tells, learnt: Label, coarser: tuple[str, ...]
) -> MaskRecord:
    return MaskRecord(
        level=Level.GENERALISE,
        choice=to,
        kinds=kinds,
        params=(Param("to", (to,), Written.ALWAYS, None),),
        rule=NO_RULE,
        relabels=False,
        leaves=Kind.STRING,
        tells=tells,
        learnt=learnt,
        coarser=frozenset(coarser),
    )


def _asked(
    question: str, kinds: frozenset[Kind], *more: Param, rule: Rule = NO_RULE, tells: Tells, learnt: Label
) -> MaskRecord:
    return MaskRecord(
        level=Level.PREDICATE,
        choice=question,
        kinds=kinds,
        params=(Param("question", (question,), Written.ALWAYS, None), *more),
        rule=rule,
        relabels=False,
        leaves=Kind.BOOLEAN,
        tells=tells,
        learnt=learnt,
        coarser=frozenset(),
    )


def _formed(form: NumberForm, *, tells: Tells, learnt: Label) -> MaskRecord:
    return MaskRecord(
        level=Level.FORMAT_PRESERVING,
        choice=form,
        kinds=_STRING,
        params=(Param("form", (form,), Written.ALWAYS, None), CIPHER),
        rule=NO_RULE,
        relabels=True,
        leaves=Kind.STRING,
        tells=tells,
        learnt=learnt,
        coarser=frozenset(),
    )


def _values_of_codes(params: Params, codes: tuple[str, ...]) -> Iterator[Mismatch]:
    if not all(facts.chosen_values(params)):
        yield "values parted by single commas", "an empty one"
    elif not set(facts.chosen_values(params)) <= set(codes):
        yield f"values among the field's codes {', '.join(codes) or 'none'}", repr(params["values"])


_ANSWER: Final = replace(NOTHING, halves=True, presence=True)
GENERALISATIONS: Final = (
    _generalised(
        "year",
        _DATE,
        tells=coarser_dates(facts.calendar_period(12), spliced=False, turns_at=()),
        learnt=Label("年份", "the year"),
        coarser=(),
    ),
    _generalised(
        "year_month",
        _DATE,
        tells=coarser_dates(facts.calendar_period(1), spliced=False, turns_at=()),
        learnt=Label("年月", "the month"),
        coarser=("year",),
    ),
    _generalised(
        "age_band",
        _DATE,
        tells=coarser_dates(facts.age_band(), spliced=False, turns_at=facts.BAND_AGES),
        learnt=Label(
            "不少于 4 年的年龄段，以及进入该段的日期", "a band of 4 years or more, and the day on which it turns"
        ),
        coarser=(),
    ),
    _generalised(
        "city",
        _STRING,
        tells=coarser_region(4),
        learnt=Label("六位代码中至多四位，即市（州）", "at most 4 of a code's 6 digits, its prefecture"),
        coarser=("province",),
    ),
    _generalised(
        "province",
        _STRING,
        tells=coarser_region(2),
        learnt=Label("六位代码中的两位", "2 of a code's 6 digits"),
        coarser=(),
    ),
    _generalised(
        "address_city",
        _STRING,
        tells=coarser_region(4),
        learnt=Label("至多知道地址开头所写的市（州）", "at most the prefecture by whose name the address begins"),
        coarser=(),
    ),
    _generalised(
        "icd_chapter",
        _STRING,
        tells=coarser_text(lambda params: (3, 0), spliced=False),
        learnt=Label("至多知道三位类目", "at most the category, 3 characters"),
        coarser=(),
    ),
    _generalised(
        "amount_band",
        frozenset({Kind.DECIMAL}),
        tells=coarser_number(facts.amount_band, spliced=False),
        learnt=Label("不少于 100 元的区间；是否为 0 或负数", "a range of 100 yuan or more; whether it is 0 or a debt"),
        coarser=(),
    ),
)
QUESTIONS: Final = (
    _asked(
        "is_true",
        frozenset({Kind.BOOLEAN}),
        tells=_ANSWER,
        learnt=Label("该值本身，即是或否", "the value, which is yes or no"),
    ),
    _asked(
        "age_at_least",
        _DATE,
        Param("years", ASKED_AGES, Written.ALWAYS, None),
        tells=replace(_ANSWER, dates=facts.age_at_least(), question=facts.asked_age),
        learnt=Label(
            "是否已过某一周岁生日，以及答案变化的日期", "the side of one birthday, and the day on which it turns"
        ),
    ),
    _asked(
        "is_one_of",
        _STRING,
        Param("values", (), Written.ALWAYS, None),
        rule=_values_of_codes,
        tells=replace(
            EVERYTHING,
            county=facts.shared_digits,
            question=facts.asked_codes,
            singles_out=False,
            shows=False,
            poses=False,
            length=False,
        ),
        learnt=Label(
            "是否属于一组代码；为“是”时，该组代码的共同之处",
            "the side of one set of codes; of a yes, what the codes share",
        ),
    ),
    _asked("is_present", _ANY, tells=_ANSWER, learnt=Label("是否有值", "whether there is a value")),
)
FORMS: Final = (
    _formed(
        NumberForm.IDENTITY, tells=token(length=False), learnt=Label("两个值是否相同", "whether two values are equal")
    ),
    _formed(
        NumberForm.BANK_CARD,
        tells=token(length=True),
        learnt=Label("位数；两个值是否不同", "how many digits; whether two values differ"),
    ),
    _formed(
        NumberForm.MOBILE, tells=token(length=False), learnt=Label("两个值是否相同", "whether two values are equal")
    ),
    _formed(
        NumberForm.DIGITS,
        tells=token(length=True),
        learnt=Label("位数；两个值是否相同", "how many digits; whether two values are equal"),
    ),
)
