"""SUBSTITUTE: another value of the same sort from a packaged list, chosen by a keyed hash of the value.

The same value gets the same substitute within one recipient, item, purpose and epoch; several values share one, so it
identifies nobody. The substitute is made up: it says nothing of the value, but a reader may take it for true, so the
item must say that it is not. The lists are part of the program; a list that is not known is a fault of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from gateway.ground.vocabulary import names
from gateway.ground.vocabulary.masks import require_names
from gateway.masking.keyed_hash import digests
from gateway.masking.tokens import Column, of_present

_SURNAMES: Final = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方"
)
_GIVEN: Final = (
    "样",
    "例",
    "示",
    "范",
    "样一",
    "样二",
    "例一",
    "例二",
    "示一",
    "示二",
    "范一",
    "范二",
    "样例",
    "示例",
    "示范",
    "范例",
)
_PLACES: Final = (
    "东",
    "南",
    "西",
    "北",
    "中",
    "新",
    "和平",
    "人民",
    "光明",
    "团结",
    "长江",
    "嘉陵",
    "岷江",
    "沱江",
    "涪江",
    "渠江",
)
DICTIONARIES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "person_name": tuple(surname + given for surname in _SURNAMES for given in _GIVEN),
        "employer": tuple(f"{place}样例{kind}" for place in _PLACES for kind in ("公司", "工厂", "商店", "合作社")),
        "hospital": tuple(f"{place}样例{kind}" for place in _PLACES for kind in ("医院", "卫生院", "诊所", "卫生站")),
        "street": tuple(f"{place}样例{kind}" for place in _PLACES for kind in ("路", "街", "巷", "大道")),
    }
)
"""The lists by name. Every entry is made up and says so: `样`, `例`, `示` and `范` mean sample, example, specimen."""
require_names("gateway/masking/substitute.py", DICTIONARIES, names.DICTIONARIES)


def substitute(secret: bytes, dictionary: str) -> Callable[[tuple[Any, ...]], Column]:
    """Return the operator under a secret of 32 bytes.

    Raises:
        KeyError: the list is not known.
    """
    entries, hashed = DICTIONARIES[dictionary], digests(secret)
    return lambda values: of_present(
        values, lambda present: [entries[int.from_bytes(hashed(value)[:8], "big") % len(entries)] for value in present]
    )
