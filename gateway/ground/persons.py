"""Knows one person by any writing of an identity number (GB 11643): 15 digits, 18, `x` or `X`, full width, with signs.

What is compared is the number without its check character, which the other seventeen digits determine: so a wrong one
makes no second person either. The old number of 15 digits lacks the century, 19, and the check character.
"""

from __future__ import annotations

from unicodedata import decimal, normalize


def person_of(number: str) -> str:
    """Return what all writings of a person's number have in common; of another text its letters and digits.

    Whether the number exists, and whether the person does, is not looked at.
    """
    folded = normalize("NFKC", number).upper()
    signs = "".join([str(decimal(sign)) if sign.isdecimal() else sign for sign in folded if sign.isalnum()])
    if len(signs) == 15 and signs.isdecimal():
        return f"{signs[:6]}19{signs[6:]}"
    return signs[:17] if len(signs) == 18 and signs[:17].isdecimal() else signs
