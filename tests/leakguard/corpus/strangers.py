"""The texts that a stranger to the guard tried: digits that stand apart or run together, documents by name, and numbers
of other things that look like a person's.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.leakguard.corpus.kinds import BORN, OTHER
from tests.leakguard.corpus.people import LEGACY, Case, identity

X_END = next(number for count in range(100, 999) if (number := identity(f"51999919850315{count}")).endswith("X"))
"""An identity number that ends in X."""
MOBILE = "13800138000"


def run_together() -> Iterator[Case]:
    """Yield numbers that run together with other digits: a disability card, another number, a date, a prefix."""
    for text in (
        f"残疾证号{OTHER}43",
        f"{OTHER}11",
        f"残疾人证编号 {X_END}43",
        f"残疾证{X_END}43B1",
        f"{X_END}22，四级",
        f"残疾证号{identity('51999920150315123')}32",
        OTHER + X_END,
        f"{OTHER}20261130",
        f"1{OTHER}",
        f"00{OTHER}",
        f"202611{OTHER}",
        f"医保编号{OTHER}01",
        MOBILE * 2,
    ):
        yield "run together", text, LEGACY


def apart() -> Iterator[Case]:
    """Yield numbers in groups with any signs between, and where the text calls them a telephone, in any groups."""
    region, day, rest = OTHER[:6], OTHER[6:14], OTHER[14:]
    for mark in (",", "，", "、", "；", "：", "=", " → ", "‖", "@", "&"):
        yield "apart", mark.join((region, day, rest)), LEGACY
    for text in (
        f"证号{region}, {day[:4]}, {day[4:6]}, {day[6:]}, {rest}",
        f"身份证号：{region} {day[:4]}年{int(day[4:6])}月{int(day[6:])}日 {rest}",
        f"{region}/{day[:4]}/{int(day[4:6])}/{int(day[6:])}/{rest}",
        "、".join(OTHER),
        "手机138-00-13-80-00",
        "手机 138 00 13 80 00",
        "手机号：13800138 000",
        "电话13 80 01 38 000",
        "手机\t138\t0013\t8000",
        "联系方式：1-380-013-8000",
        "138、0013、8000",
        "138；0013；8000",
        "138,0013,8000",
        "138=0013=8000",
    ):
        yield "apart", text, LEGACY


def named_documents() -> Iterator[Case]:
    """Yield documents that the text names, some with an aside between."""
    for text in (
        "香港身份证号码Z683365(5)",
        "台湾身份证A123456789",
        "澳门身份证1234567(8)",
        "身份证 A123456(7)",
        "护照（日本）TR1234567",
        "护照(USA) 512345678",
        "护照【法国】号码：FR1234567",
        "passport no. (JP): TR1234567",
        "出生医学证明编号N510012345",
        "出生证 N510012345",
        "结婚证J510104-2019-001234",
        "离婚证字号 L510104-2019-001234",
        "退伍证号1234567",
        "残疾军人证 川军E012345",
        "户口簿 123456789",
        "驾驶证档案编号510100123456",
    ):
        yield "named documents", text, LEGACY


def told_otherwise() -> Iterator[Case]:
    """Yield the record's day, sum and name in writings of the street."""
    for text in (
        "3月7日，1990年",
        "3月7日1990年",
        "7日3月1990年",
        "1990年的3月7日",
        "III/7/1990",
        "7.III.90",
        "三月七日，一九九〇年",
        "48317 元 2 角 6 分",
        "48317元2角 6分",
        "四万八千三百一十七 元 二 角 六 分",
        "诸葛女士，名明轩",
        "诸葛先生明轩",
        "诸葛某明轩",
    ):
        yield "told otherwise", text, BORN
    yield "told otherwise", "4126块3", {"amount": "4126.30"}
    yield "told otherwise", "四千一百二十六元三", {"amount": "4126.30"}
    yield "told otherwise", "12000.00", {"amount": "12000.00"}


def other_things() -> Iterator[Case]:
    """Yield numbers of other things, named right before or right behind, and sums of money."""
    for text in (
        "国药准字H20046587",
        "国药准字 H51020001",
        "注射用头孢 批准文号H20046587",
        "进口药品注册证号H20046587",
        "病案号H10023456",
        "设备编号H00012345",
        "合同编号G12345678",
        "检验单号E12345678",
        "发票号E10293847",
        "项目代码H50010800",
        "M12345678 物料号",
        "EA1234567 订单",
        "PE1234567 管材",
        "SE1234567 型号",
        "E20260001号文件",
        "GDP 15923456789元",
        "总额13912345678.00元",
        "业务流水号51990020190402651143",
        "参保地 519900、519999，共139、2019、2020三批",
        "139，2019，2020",
        "办公电话 12333，12345",
        "护照办理 12 人，签证 3 份",
        "残疾证办理指南 2026 版",
        "身份证号码18位",
        "88元3人",
    ):
        yield "other things", text, LEGACY


def missed() -> Iterator[Case]:
    """Yield what the stranger found, too, and what is not found."""
    yield "number of a child inside digits", f"99{identity('51999920150315123')}7", LEGACY
    yield "groups across numbers", f"{OTHER[:17]} {OTHER[17]}11", LEGACY
    yield "mobile inside digits", f"{MOBILE}001", LEGACY
    yield "unusual separators", "138\t0013\t8000", LEGACY
    yield "unusual separators", "138 然后 0013 接着 8000", LEGACY
    yield "mobile as a sum", f"{MOBILE}元", LEGACY
    yield "mobile with letters", "手机：l38OO138OOO", LEGACY
    yield "document of another thing", "合同编号E12345678", LEGACY
    yield "document behind a country", "护照：日本 TR1234567", LEGACY
    yield "end of a telephone", "2345068", BORN
    yield "amount rounded", "4.83万元", BORN
    yield "amount rounded", "12000", {"amount": "12000.00"}
    yield "amount with a strange point", "48317:26", BORN
    yield "year of an animal", "马年二月十一", BORN
    yield "date in a form", "年1990月3日7", BORN


def cases() -> Iterator[Case]:
    """Yield every case that must be blocked, in a fixed order."""
    for part in (run_together, apart, named_documents, told_otherwise):
        yield from part()
