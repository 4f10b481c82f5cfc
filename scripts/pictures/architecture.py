"""The architecture: two places, the border between them, and what each gateway does before data crosses it."""

from __future__ import annotations

from typing import Final

from scripts.pictures.svg import WIDTH, Picture
from scripts.pictures.words import Language, Words

TITLE: Final = Words("总体结构：川渝两地各一个网关节点", "The architecture: one gateway node in each place")
ASKING: Final = (
    Words("1 接收", "1 receive"),
    Words("2 认证", "2 authenticate"),
    Words("3 授权", "3 authorise"),
    Words("4 记录受理", "4 record intent"),
    Words("5 发起查询", "5 ask"),
    Words("6 核验回执", "6 prove receipt"),
    Words("7 记录回执", "7 record receipt"),
    Words("8 交付", "8 hand over"),
)
ANSWERING: Final = (
    Words("1 接收", "1 receive"),
    Words("2 认证", "2 authenticate"),
    Words("3 授权", "3 authorise"),
    Words("4 取数", "4 fetch"),
    Words("5 脱敏", "5 mask"),
    Words("6 防泄漏检查", "6 leak guard"),
    Words("7 审计落盘", "7 audit, durable"),
    Words("8 放行", "8 release"),
)
LEFT: Final = 12
RIGHT: Final = 458
SIDE: Final = 290
TOP: Final = 132
HEIGHT: Final = 408


def draw(language: Language) -> str:
    """Return the picture."""

    def say(zh: str, en: str) -> str:
        return Words(zh, en).read_in(language)

    picture = Picture(
        HEIGHT,
        TITLE.read_in(language),
        say(
            "重庆的应用经本方网关查询四川；四川网关认证、授权、取数、脱敏、检查、审计落盘，然后放行；两份审计日志互相见证。",
            "An application of Chongqing asks Sichuan through its own gateway; Sichuan's gateway authenticates, "
            "authorises, fetches, masks, checks, makes the audit entry durable, then releases; each gateway "
            "cosigns the other's audit log.",
        ),
    )
    for x, title in (
        (LEFT, say("重庆（需求方）", "Chongqing asks")),
        (RIGHT, say("四川（提供方）", "Sichuan answers")),
    ):
        picture.add_panel(x, 10, SIDE, HEIGHT - 20, title)
    picture.add_box(
        LEFT + 15, 42, SIDE - 30, 42, [say("部门应用（政务窗口、线上服务）", "application of a department")]
    )
    picture.add_box(RIGHT + 15, 42, 110, 42, [say("适配器", "adapter")])
    picture.add_box(RIGHT + 155, 42, 120, 42, [say("现有省级平台", "platform")])
    picture.add_arrow(RIGHT + 125, 63, RIGHT + 155, 63)
    picture.add_arrow(LEFT + SIDE / 2, 84, LEFT + SIDE / 2, TOP, say("双向 TLS", "mutual TLS"))
    picture.add_arrow(RIGHT + 70, TOP, RIGHT + 70, 84, say("取数", "fetch"))
    for x, steps, title in (
        (LEFT, ASKING, say("重庆网关", "Chongqing's gateway")),
        (RIGHT, ANSWERING, say("四川网关", "Sichuan's gateway")),
    ):
        picture.add_panel(x + 15, TOP, SIDE - 30, 166, title, kind="plain")
        for number, step in enumerate(steps):
            column, row = divmod(number, 4)
            kind = "log" if number == 6 else "step"
            picture.add_box(
                x + 23 + column * 124, TOP + 30 + row * 33, 120, 28, [step.read_in(language)], kind=kind, size=12.5
            )
        picture.add_arrow(x + SIDE / 2, TOP + 166, x + SIDE / 2, 332)
        picture.add_box(
            x + 15, 332, SIDE - 30, 50,
            [say("审计日志", "audit log"), say("默克尔树，只增不改", "a Merkle tree that only grows")], kind="log",
        )  # fmt: skip
    middle, left, right = WIDTH / 2, LEFT + SIDE - 15, RIGHT + 15
    picture.add_line(middle, 34, middle, HEIGHT - 12, kind="border")
    picture.add_text(middle, 24, say("出域边界", "the border"), kind="stopped", size=13)
    for start, end, y, label in (
        (left, right, 186, say("查询（签名帧）", "question, signed frame")),
        (right, left, 242, say("脱敏后的页 + 回执", "masked page, receipt")),
        (left, right, 350, say("互相见证", "cosign each other")),
        (right, left, 366, ""),
    ):
        picture.add_arrow(start, y, end, y)
        if label:
            picture.add_label(middle, y - 7, label)
    return picture.render()
