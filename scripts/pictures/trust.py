"""Who signs what: each key's owner, what it signs, and who verifies the signature before anything rests on it."""

from __future__ import annotations

from itertools import pairwise
from typing import Final, NamedTuple

from scripts.pictures.svg import Picture
from scripts.pictures.words import Language, Words

TITLE: Final = Words("谁签什么，谁来验", "Who signs what, and who verifies it")
HEADS: Final = (
    Words("签名方", "signer"),
    Words("签什么", "what is signed"),
    Words("谁在何时核验", "who verifies it, and when"),
)
COLUMNS: Final = ((10, 170), (218, 254), (510, 240))
ROW: Final = 56


class Signature(NamedTuple):
    """One row: a signer, what it signs, who verifies that. Each has a first and a second line."""

    signer: tuple[Words, Words]
    signed: tuple[Words, Words]
    verifier: tuple[Words, Words]


_AUTHORITY: Final = (Words("本方证书认证机构", "a place's authority"), Words("离线保管", "kept off-line"))
_NODE: Final = (Words("网关节点", "gateway node"), Words("密钥加密存放", "keys encrypted at rest"))
ROWS: Final = (
    Signature(
        _AUTHORITY,
        (Words("证书、证书撤销列表", "certificates, CRL"), Words("ECDSA P-256", "ECDSA P-256")),
        (Words("两地所有节点", "every node of both places"), Words("每次调用", "at each call")),
    ),
    Signature(
        _AUTHORITY,
        (
            Words("信任包（公开密钥）", "trust bundle (public keys)"),
            Words("Ed25519；指纹由两人核对", "Ed25519; two persons compare it"),
        ),
        (Words("对方节点的管理员", "the other place's administrator"), Words("接受时", "on acceptance")),
    ),
    Signature(
        _AUTHORITY,
        (Words("事项清单、共享授权", "item lists, grants"), Words("Ed25519", "Ed25519")),
        (Words("两地节点", "nodes of both places"), Words("启动和重新加载时", "at start and reload")),
    ),
    Signature(
        _NODE,
        (Words("链路帧（查询、结果、确认）", "frames: questions, answers"), Words("Ed25519", "Ed25519")),
        (Words("对方网关", "the other gateway"), Words("每一帧", "each frame")),
    ),
    Signature(
        _NODE,
        (
            Words("审计日志检查点", "checkpoints of the log"),
            Words("Ed25519；存档的另加 ML-DSA-44", "Ed25519; stored: ML-DSA-44 too"),
        ),
        (
            Words("对方网关、审查人员", "the other gateway, reviewers"),
            Words("每份回执；随时离线", "each receipt; off-line at any time"),
        ),
    ),
    Signature(
        (Words("对方网关（见证方）", "the other gateway"), Words("可另加见证方", "or further witnesses")),
        (
            Words("见证签名：日志只增不改", "cosignature: it only grew"),
            Words("Ed25519 + ML-DSA-44", "Ed25519 + ML-DSA-44"),
        ),
        (
            Words("本方节点、审查人员", "the own node, reviewers"),
            Words("约每秒；启动之前", "about each second; before start"),
        ),
    ),
    Signature(
        (Words("时间戳机构（可选）", "time-stamp authority"), Words("RFC 3161", "optional, RFC 3161")),
        (Words("已见证的检查点", "cosigned checkpoints"), Words("约每小时", "about each hour")),
        (Words("审查人员", "reviewers"), Words("离线", "off-line")),
    ),
)


def draw(language: Language) -> str:
    """Return the picture."""
    picture = Picture(
        48 + ROW * len(ROWS), TITLE.read_in(language), "；".join(
            f"{row.signer[0].zh}签{row.signed[0].zh}，{row.verifier[0].zh}核验" for row in ROWS
        ) if language is Language.ZH else "; ".join(
            f"{row.signer[0].en} signs {row.signed[0].en}, verified by {row.verifier[0].en}" for row in ROWS
        ),
    )  # fmt: skip
    for (x, width), head in zip(COLUMNS, HEADS, strict=True):
        picture.add_text(x + width / 2, 26, head.read_in(language), kind="strong", size=14, room=width)
    for number, row in enumerate(ROWS):
        y = 40 + number * ROW
        for (x, width), kind, lines in zip(COLUMNS, ("plain", "step", "log"), row, strict=True):
            picture.add_box(x, y, width, ROW - 10, [line.read_in(language) for line in lines], kind=kind, size=12.5)
        for (x, width), (to, _) in pairwise(COLUMNS):
            picture.add_arrow(x + width + 2, y + 23, to - 2, y + 23)
    return picture.render()
