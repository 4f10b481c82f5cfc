"""The numbers by which cardholders are known: folded to one writing, and judged by their form. Pure.

 GB 11643-1999   18 characters: region, birthday, three digits, check character (ISO 7064 MOD 11-2). So are the permits
                 of residents from Hong Kong, Macao and Taiwan (81 to 83), and foreigners' residence cards (9)
 GB 11643-1989   15 digits, given to people born in the 1900s: region, birthday without its century, three digits
 foreigners      the annex to 在中国境内就业的外国人参加社会保险暂行办法: three letters of the state, a digit, 14 signs
                 of the document; and the permanent residence card of the old form, three letters and 12 digits

Whether a number exists nobody can tell by its form: the region is not looked up, for abolished ones stay in numbers.
A number that cannot exist is refused before anything is asked, for an answer about it would read as of an unknown
person. No sentence here holds a number.
"""

from __future__ import annotations

import re
from datetime import date
from operator import mul
from typing import Final
from unicodedata import decimal, normalize

from gateway.ground.item import Label

IDENTITY_KEYS: Final = frozenset({"social_security_no", "id_no", "identity_no", "citizen_id"})
"""Keys that hold such a number."""
EXPECTED: Final = Label(
    "18 位公民身份号码（末位校验码相符）、15 位旧号码，或外国人社会保障号码",
    "18 characters with the right check character, 15 digits, or a foreigner's number",
)
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"
_EARLIEST: Final = 1850
"""Year before which nobody is born who has a number; a shifted digit often gives an earlier one."""
_LONG: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_SHORT: Final = re.compile(r"[1-9][0-9]{14}")
_FOREIGN: Final = re.compile(r"[A-Z]{3}(?:[0-9]{12}|[0-9](?=[0-9A-Z]*[1-9])[0-9A-Z]{14})")
_POWER: Final = re.compile(r"[-+]?[0-9]+(?:[.,][0-9]*)?E\+[0-9]+")
POWER: Final = Label(
    "表格软件的科学计数法，末尾数字已经丢失",
    "a table program's power of ten, whose last digits are lost",
)
_NO_DAY: Final = Label("号码中的出生日期不存在", "a birthday in it that does not exist")
_UNBORN: Final = Label("号码中的出生日期在将来", "a birthday in it that is still to come")
_WRONG_CHECK: Final = Label("校验码不符", "a wrong check character")
_ROUNDED: Final = Label(
    "校验码不符，末三位为 000，表格软件可能已改写",
    "a wrong check character after 00, as a table program rounds",
)


def fold(text: str) -> str:
    """Return a number in its one writing: narrow characters (NFKC), no outer blanks, letters in upper case."""
    return normalize("NFKC", text).strip().upper()


def person_of(number: str) -> str:
    """Return what all writings of a person's number have in common; of another text its letters and digits.

    The check character is left out, which the other seventeen digits determine: a wrong one makes no second person. The
    number of 15 digits lacks the century, 19, and the check character.

    Whether the number exists, and whether the person does, is not looked at.
    """
    folded = normalize("NFKC", number).upper()
    signs = "".join([str(decimal(sign)) if sign.isdecimal() else sign for sign in folded if sign.isalnum()])
    if len(signs) == 15 and signs.isdecimal():
        return f"{signs[:6]}19{signs[6:]}"
    return signs[:17] if len(signs) == 18 and signs[:17].isdecimal() else signs


def is_power(text: str) -> bool:
    """Tell whether a text is a number as a table program shortens it, such as 5.1E+17: its last digits are lost."""
    return _POWER.fullmatch(fold(text)) is not None


def fault_of(number: str, today: date) -> Label | None:
    """Return why a folded text can be nobody's number on that day; None where it has one of the forms."""
    if _LONG.fullmatch(number):
        return _fault_of_long(number, today)
    if _SHORT.fullmatch(number):
        return None if _day(f"19{number[6:12]}") else _NO_DAY
    if _FOREIGN.fullmatch(number):
        return None
    if is_power(number):
        return POWER
    return Label(f"{len(number)} 个字符，不是任何一种号码的形式", f"{len(number)} characters in none of the forms")


def _fault_of_long(number: str, today: date) -> Label | None:
    born = _day(number[6:14])
    if born is None:
        return _NO_DAY
    if _CHECKS[sum(map(mul, _WEIGHTS, map(int, number[:17]))) % 11] == number[17]:
        return None if born <= today else _UNBORN
    return _ROUNDED if number.endswith("000") else _WRONG_CHECK


def _day(digits: str) -> date | None:
    try:
        day = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None
    return day if day.year >= _EARLIEST else None
