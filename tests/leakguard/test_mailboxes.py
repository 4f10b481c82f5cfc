"""Claims about mailboxes: the forms of RFC 5321 and 6531, how people write around them, and whose they are."""

from __future__ import annotations

import pytest

from gateway.leakguard.found import Detector
from gateway.leakguard.mailboxes import holds_mailbox, may_hold_mailbox
from gateway.leakguard.numbers import find_numbers, suspicious
from gateway.leakguard.signs import level, numerals_as_digits


@pytest.mark.parametrize(
    "text",
    [
        "张三@例子.中国",
        "李四@qq.com",
        "li.si@例子.cn",
        '"li si"@qq.com',
        "“li si”@qq.com",
        '"li@si"@qq.com',
        "li.si@[1.2.3.4]",
        "li.si@[IPv6:2001:db8::1]",
        "o'brien@example.com",
        "{lisi}@qq.com",
        "li/si@qq.com",
        "li.si(home)@qq.com",
        "<li.si@qq.com>",
        "to=li.si@qq.com",
        "lisi@@qq.com",
        "lisi@my_host.com",
        "li.si @ qq . com",
        "li.si@ qq.com",
        "li.si@qq。com",
        "li.si@qq，com",
        "li.si＠qq．com",
        "lisi@qq点com",
        "li.si at qq dot com",
        "li.si AT qq DOT com",
        "lisi_at_qq.com",
        "li.si【at】qq【dot】com",
        "li.si 艾特 qq 点 com",
        "lisi（at）qq（点）com",
        "l i s i @ q q . c o m",
    ],
)
def test_a_mailbox_is_found(text: str) -> None:
    """Alone and in a sentence; neither cheap look lets it through."""
    for told in (text, f"邮箱：{text} 。"):
        assert Detector.EMAIL_ADDRESS in find_numbers(told)
        assert may_hold_mailbox(numerals_as_digits(level(told)))
        assert suspicious(told)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a@b",
        "@张三 你好。李四",
        "3 @ 5.00元",
        "meet @ store . Next",
        "price @ store. Next",
        "npm install @scope/pkg@1.2.3",
        "ssh root@10.0.0.1",
        "look at www.example.com",
        "look at the store dot matrix",
        "C#.NET 与 Java",
        "请发至service@example.cn",
        "to=service@example.cn",
        "service @ example . cn",
        "info@例子.中国",
        "rsj@政务.cn",
        "rsj@cq.gov.cn已收",
        "rsj@cq。gov。cn",
        "admin@zhangsan.com",
        "postgresql://chuanyu@db.example/log",
        "https://look-at-me.example.com",
    ],
)
def test_what_is_no_persons_mailbox_passes(text: str) -> None:
    """Mentions, prices, versions, logins at machines, sentences, roles and public bodies."""
    assert not holds_mailbox(numerals_as_digits(level(text)))
