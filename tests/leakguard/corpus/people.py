"""The synthetic people of the corpus: no number here can belong to anybody.

Identity numbers begin with a region that is assigned to nobody (519999, 509999), or tell of a birth in 1900.
Phones begin with 100, bank accounts with 999998, cards with T; 13800138000 is an operator's service line.
"""

from __future__ import annotations

Record = dict[str, str]
Case = tuple[str, str, Record]
"""Category, text, record."""

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def identity(seventeen: str) -> str:
    """Return an 18-character number: these 17 digits and the check character of GB 11643."""
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, seventeen, strict=True))
    return seventeen + "10X98765432"[total % 11]


def credit(seventeen: str) -> str:
    """Return an 18-character credit code: these 17 characters and the check character of GB 32100."""
    total = sum(CREDIT_ALPHABET.index(sign) * pow(3, place, 31) for place, sign in enumerate(seventeen))
    return seventeen + CREDIT_ALPHABET[-total % 31]


def luhn(digits: str) -> str:
    """Return these digits and their Luhn check digit."""
    total = 0
    for place, sign in enumerate(reversed(digits)):
        value = int(sign) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return digits + str(-total % 10)


ZHANG: Record = {
    "social_security_no": identity("51999919620723001"),
    "name": "张岁安",
    "sex_code": "1",
    "nationality_code": "01",
    "birth_date": "1962-07-23",
    "phone": "10064728195",
    "address": "四川省成都市锦江区望竹街9999号8栋2单元501室",
    "bank_account": luhn("999998730541826094"),
    "card_no": "T58260417",
    "region_code": "510100",
    "pension_amount": "3287.45",
}
OUYANG: Record = {
    "身份证号": identity("50999919710914004"),
    "姓名": "欧阳砚秋",
    "性别": "女",
    "民族": "汉族",
    "出生日期": "19710914",
    "手机号": "10097350826",
    "住址": "重庆市渝中区听雨巷8888号附6号3-2",
    "银行账号": luhn("999998261704935"),
    "社保卡号": "T91740635",
    "地区": "重庆市",
    "状态": "1",
}
AYI: Record = {
    "AAC002": identity("51999919850228002"),
    "AAC003": "阿依努尔·买合苏提",
    "AAC004": "2",
    "AAC005": "05",
    "AAC006": "19850228",
    "AAE005": "10031759264",
    "AAE006": "四川省凉山彝族自治州西昌市月牙乡石榴村9组77号",
    "AAZ500": "T03958271",
}
RARE: Record = {
    "id_no": identity("51999919931105006"),
    "name": "李\U00020bb7\U0002a6d6",
    "birth_date": "1993-11-05",
    "phone": "10085016347",
    "address": "四川省遂宁市船山区\U00020bb7家坝7777号",
}
LEGACY: Record = {
    "social_security_no": "519999380416002",
    "name": "何望舒",
    "birth_date": "1938-04-16",
    "phone": "10046902718",
}
DEAD: Record = {
    "social_security_no": identity("51022319000829003"),
    "name": "简书野",
    "birth_date": "1900-08-29",
    "region_code": "500157",
}
CHECK_X: Record = {
    "id_no": next(n for n in (identity(f"51999919770612{k:03}") for k in range(1, 99)) if n.endswith("X")),
    "name": "司马听澜",
    "phone": "10072849503",
    "status": "1",
}
CHILD: Record = {
    "social_security_no": identity("50999920130518007"),
    "name": "罗小满",
    "birth_date": "2013-05-18",
    "guardian_phone": "10058213697",
}
FIRM: Record = {
    "credit_code": credit("91519999MA6TRQ07X"),
    "employer": "成都望竹听澜测试科技有限公司",
    "contact": "宋未央",
    "contact_phone": "10029476158",
}
PEOPLE = (ZHANG, OUYANG, AYI, RARE, LEGACY, DEAD, CHECK_X, CHILD, FIRM)

OTHER_IDENTITY = identity("51999919580302008")
"""A number that is of nobody's record in the corpus."""
OTHER_LEGACY = "519999470511003"
OTHER_PHONE = "13800138000"
OTHER_CARD = luhn("622848000000000000")
OTHER_CREDIT = credit("91509999MA5UKW31N")
