"""Words that the pages do not use: house metaphors, old English, and Chinese that is not the regulation's.

`words.txt` lists what still stands on pages that have not been rewritten, each with its count. It only shrinks: a word
beyond its count fails, and so does a count that is too high. Blocks, code spans and links are not looked at.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]
LIST: Final = Path(__file__).with_name("words.txt")
PAGES: Final = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if not path.name.startswith("CHANGELOG") and "adr" not in path.parts
)
ENGLISH: Final = {
    "who(?:so)?ever": "name the person",
    "any more": "say what ended",
    "for ever": "name the time",
    "octets?": "byte",
    "dress(?:es)?": "encoding, spelling",
    "errands?": "the consumer path",
    "rides?": "is carried",
    "rings?": "is raised",
    "hears?|heard": "receives",
    "sounded": "was raised",
    "bears?": "carries, holds",
    "what not": "finish the sentence",
    "be had": "is available",
}
CHINESE: Final = {
    "本省": "本方",
    "另一省(?!（市）)": "对方",
    "(?<!不满十四周岁)(?<!称)未成年人(?!保护法)": "不满十四周岁未成年人",
    "(?:签名|日志|归档|条目|答案)不?成立": "核验通过，验证通过",
    "未满 ?(?:14|十四)": "不满十四周岁",
    "审计人员": "审计管理员",
    "密钥化": "带密钥",
    "对方省": "对方",
    "两省": "川渝两地",
    "出省": "出域",
    "不归点": "提交点",
    "孪生": "并行树",
    "楼层": "层次",
    "见证法定数": "见证门限",
    "请求标识": "请求编号",
    "(?<!认证)证书机构": "证书认证机构",
    "吊销": "撤销",
    "需求方部门|(?<!政务)数据需求部门": "需求部门",
    "事项代码": "事项编码",
    "缺省": "默认",
    "双人批准": "双人审批",
    "联署|共签": "见证签名",
    "条目密文": "条目正文",
    "节点目录|节点的?数据文件夹": "节点文件夹",
    "恢复事项服务": "解除事项暂停",
    "14 ?岁以下": "不满十四周岁",
    "(?:逐|每个|加密|敏感|个人|全部|其他|声明的?)字段|字段(?:加密|脱敏|类型)": "数据项",
    "(?<!政务)数据共享工作机构": "政务数据共享工作机构",
    "动作": "操作",
    "提问": "查询",
    "(?<!威胁)(?<!精神和)(?<!不以)行为(?!准则)": "操作",
}
INSTEAD: Final = {**ENGLISH, **CHINESE}


def prose(text: str) -> str:
    """Return a page without its blocks, code spans and the targets of its links."""
    without = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"\]\([^)]*\)", "]", re.sub(r"`[^`\n]*`", "", without))


def count_words(text: str) -> Counter[str]:
    """Count each forbidden word in a text."""
    found: Counter[str] = Counter()
    for word in INSTEAD:
        pattern = rf"\b(?:{word})\b" if word in ENGLISH else word
        found[word] = len(re.findall(pattern, text, re.IGNORECASE))
    return +found


def allowed() -> dict[str, Counter[str]]:
    """Return the counts of the list, by page."""
    listed: dict[str, Counter[str]] = {}
    for line in LIST.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            count, page, word = line.split(" ", 2)
            listed.setdefault(page, Counter())[word] = int(count)
    return listed


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_has_no_forbidden_word_beyond_the_list(page: Path) -> None:
    """What to say instead stands beside each word in this file; a count that fell is lowered in the list."""
    found = count_words(prose(page.read_text(encoding="utf-8")))
    assert dict(allowed().get(str(page.relative_to(ROOT)), {})) == dict(found)


def test_the_pages_that_newcomers_meet_first_are_not_on_the_list() -> None:
    """They were rewritten, and the list has no page that is gone."""
    first = {"README", "SECURITY", "docs/the-road", "docs/architecture", "docs/tutorial", "docs/threat-model"}
    assert set() == {page for page in allowed() if page.removesuffix(".md").removesuffix(".zh-CN") in first}
    assert set() == set(allowed()) - {str(page.relative_to(ROOT)) for page in PAGES}


@pytest.mark.parametrize(
    "text",
    [
        "Whoever holds the disk",
        "the alarm rings",
        "本省网关",
        "证书机构签发",
        "十二个14岁以下的人",
        "逐字段脱敏",
        "未声明的字段",
        "没有查阅行为的条目",
    ],
)
def test_a_forbidden_word_is_found(text: str) -> None:
    """In any case of its letters, and without blanks around it in Chinese."""
    assert 1 == sum(count_words(prose(text)).values())


@pytest.mark.parametrize(
    "text",
    [
        "`whoever`",
        "```text\n本省\n```\n",
        "the address",
        "证书认证机构",
        "[a](rings.md)",
        "string",
        "报文的未知字段",
        "威胁行为",
    ],
)
def test_what_is_no_word_of_the_pages_is_left_alone(text: str) -> None:
    """Code, blocks, targets of links, and parts of other words."""
    assert {} == dict(count_words(prose(text)))
