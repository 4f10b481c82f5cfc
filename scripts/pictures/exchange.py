"""One exchange as a sequence, with the commit point: before it nothing has left, after it the answer is given."""

from __future__ import annotations

from typing import Final, NamedTuple

from scripts.pictures.svg import WIDTH, Picture
from scripts.pictures.words import Language, Words

TITLE: Final = Words("一次交换的时序与提交点", "One exchange in time, with the commit point")
PARTIES: Final = (
    Words("重庆应用", "application"),
    Words("重庆网关", "Chongqing node"),
    Words("四川网关", "Sichuan node"),
    Words("四川平台", "platform"),
    Words("四川审计日志", "Sichuan log"),
)
PLACES: Final = (66, 232, 408, 556, 690)
STEP: Final = 36


class Message(NamedTuple):
    """One line of the sequence: from a party to another, or to itself as a note."""

    sender: int
    receiver: int
    words: Words


COMMIT: Final = Words(
    "提交点：审计条目已落盘；此前没有任何数据出域", "commit point: the entry is durable; nothing has left before"
)
MESSAGES: Final = (
    Message(0, 1, Words("查询请求", "question")),
    Message(1, 1, Words("核对清单与授权，记录受理", "list and grant; intent")),
    Message(1, 2, Words("签名帧", "signed frame")),
    Message(2, 2, Words("认证、授权", "authenticate, authorise")),
    Message(2, 4, Words("记录受理（不等待）", "intent (not waited for)")),
    Message(2, 3, Words("取数", "fetch")),
    Message(3, 2, Words("原始数据记录", "raw records")),
    Message(2, 2, Words("脱敏、防泄漏检查", "mask, leak guard")),
    Message(2, 4, Words("记录放行（等待落盘）", "release (waited for)")),
    Message(4, 2, Words("审计回执", "receipt")),
    Message(2, 1, Words("脱敏页 + 回执", "masked page, receipt")),
    Message(1, 1, Words("核验回执，本方回执落盘", "prove it; own receipt")),
    Message(1, 0, Words("页 + 两份回执", "page, two receipts")),
    Message(1, 2, Words("确认", "acknowledgement")),
    Message(2, 4, Words("记录签收", "outcome")),
)
AT: Final = 9
"""The message before which the commit point stands."""


def draw(language: Language) -> str:
    """Return the picture."""
    height = 74 + STEP * (len(MESSAGES) + 1) + 20
    picture = Picture(
        height,
        TITLE.read_in(language),
        "；".join(f"{m.words.zh}" for m in MESSAGES)
        if language is Language.ZH
        else "; ".join(m.words.en for m in MESSAGES),
    )
    for x, party in zip(PLACES, PARTIES, strict=True):
        picture.add_line(x, 46, x, height - 12)
        picture.add_box(x - 62, 12, 124, 34, [party.read_in(language)], size=12.5)
    y = 82
    for number, message in enumerate(MESSAGES):
        if number == AT:
            picture.add_box(8, y - 18, WIDTH - 16, 28, [COMMIT.read_in(language)], kind="stop", size=13)
            y += STEP
        words = message.words.read_in(language)
        x, to = PLACES[message.sender], PLACES[message.receiver]
        if message.sender == message.receiver:
            picture.add_box(x - 84, y - 19, 168, 27, [words], kind="step", size=12)
        else:
            picture.add_arrow(x, y, to, y)
            picture.add_label((x + to) / 2, y - 6, words)
        y += STEP
    return picture.render()
