"""The two languages of the pictures: every word is given in both, the Chinese one first."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Language(StrEnum):
    """A language of the pages; its value stands in the names of the Chinese files, as with the pages."""

    ZH = ".zh-CN"
    EN = ""


class Words(NamedTuple):
    """The same thing said in Chinese and in English."""

    zh: str
    en: str

    def read_in(self, language: Language) -> str:
        """Return the words in one language."""
        return self.zh if language is Language.ZH else self.en
