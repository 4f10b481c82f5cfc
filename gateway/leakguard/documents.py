"""Finds documents of travellers and foreigners, and any that the text names, in text that `signs` has levelled.

 document_number  passports and home-return permits by their form, in one piece or in groups, in letters of either case;
                  permanent residence cards of the old form; social security numbers of foreigners; any document or card
                  to which the text gives a number of seven digits, or of six with a letter
 others           see `landlines` and `mailboxes`

A number that is a day of a calendar is none of these.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.leakguard.found import Detector
from gateway.leakguard.landlines import holds_landline, may_hold_landline
from gateway.leakguard.mailboxes import holds_mailbox
from gateway.leakguard.signs import digits_of, level

_NATIONS: Final = (
    "AFG ALB DZA ASM AND AGO AIA ATA ATG ARG ARM ABW AUS AUT AZE BHS BHR BGD BRB BLR BEL BLZ BEN BMU BTN BOL BES BIH "
    "BWA BVT BRA IOT BRN BGR BFA BDI CPV KHM CMR CAN CYM CAF TCD CHL CHN CXR CCK COL COM COG COD COK CRI CIV HRV CUB "
    "CUW CYP CZE DNK DJI DMA DOM ECU EGY SLV GNQ ERI EST SWZ ETH FLK FRO FJI FIN FRA GUF PYF ATF GAB GMB GEO DEU GHA "
    "GIB GRC GRL GRD GLP GUM GTM GGY GIN GNB GUY HTI HMD VAT HND HKG HUN ISL IND IDN IRN IRQ IRL IMN ISR ITA JAM JPN "
    "JEY JOR KAZ KEN KIR PRK KOR KWT KGZ LAO LVA LBN LSO LBR LBY LIE LTU LUX MAC MDG MWI MYS MDV MLI MLT MHL MTQ MRT "
    "MUS MYT MEX FSM MDA MCO MNG MNE MSR MAR MOZ MMR NAM NRU NPL NLD NCL NZL NIC NER NGA NIU NFK MKD MNP NOR OMN PAK "
    "PLW PSE PAN PNG PRY PER PHL PCN POL PRT PRI QAT REU ROU RUS RWA BLM SHN KNA LCA MAF SPM VCT WSM SMR STP SAU SEN "
    "SRB SYC SLE SGP SXM SVK SVN SLB SOM ZAF SGS SSD ESP LKA SDN SUR SJM SWE CHE SYR TWN TJK TZA THA TLS TGO TKL TON "
    "TTO TUN TUR TKM TCA TUV UGA UKR ARE GBR USA UMI URY UZB VUT VEN VNM VGB VIR WLF ESH YEM ZMB ZWE"
).replace(" ", "|")
"""The countries and areas of ISO 3166-1, each by its three letters."""
_MONTH_DAY: Final = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_DAY: Final = re.compile(f"(?:19|20)[0-9]{{2}}{_MONTH_DAY}")
_JOINT: Final = r"[ \-‐-―−_·•|]"
"""What may stand between two groups of a document's number."""
_BESIDE: Final = r"(?:[^\w,;:=%\r\n\t\uffff]|_){0,2}"
"""What may stand between its letter and its digits: no mark of a list or of a key and its value."""


def _groups(digits: int) -> str:
    return rf"[0-9](?:{_JOINT}?[0-9]){{{digits - 1}}}"


_PASSPORT: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:[HMhm]{_BESIDE}(?!(?:19|20)[0-9]{{2}}-[01]?[0-9]-)({_groups(10)})|[EGHMeghm]{_BESIDE}({_groups(8)})"
    rf"|(?:E[A-HJ-NP-Z]|[DSP]E)[ .\-·_]?({_groups(7)})|(?:[Ee][A-HJ-NP-Za-hj-np-z]|[DSPdsp][Ee])()[0-9]{{7}})"
    r"(?![0-9A-Za-z]|\.[0-9])"
)
"""Ordinary, official and diplomatic passports, and the permits of Hong Kong (H) and Macau (M) residents."""
_YEAR: Final = re.compile(f"(?:19|20)[0-9]{{2}}{_JOINT}")
_GOES_ON: Final = re.compile(rf"{_JOINT}[0-9]")
_ANOTHER: Final = re.compile(
    "(?:准字|批准文号|注册证号?|备案号?|批文|(?:病案|病历|住院|门诊|设备|仪器|资产|合同|协议|检验|检查|报告|样本|标本|发票|票据|收据|订单|运单|工单"
    "|快递|物流|流水|医保|批次|产品|生产|项目|物料|药品|器械|型号|规格|货物|商品|备件|零件|车辆|软件|版本|任务|文件)"
    "(?:代码|编码|编号|单号|文号|号码|序号|条码|号)?|批号|单号|文号|案号|料号|货号|序列号)[^0-9A-Za-z\u3400-\u9fff]{0,4}$"
)
"""A word that names another thing right before a number which looks like a passport's."""
_OF_ANOTHER: Final = re.compile(
    r"\s?(?:订单|运单|管材|钢管|管件|型号|型|规格|序列号|物料|号?文件|批次|批号|号批|车次|次列车|设备|病历|病案|样本|标本|合同|发票|元)"
)
"""The same right behind it."""
_FOREIGNER: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?:{_NATIONS})[ -]?(?:"
    rf"(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5])[0-9]{{2}}[ -]?[0-9]{{2}}{_MONTH_DAY}[ -]?[0-9]{{2}}"
    r"|(?=[0-9A-Z]{15}(?![0-9A-Za-z]))0{2,10}[A-Z]{0,3}[0-9]{5,13}[A-Z]?)(?![0-9A-Za-z])"
)
"""A permanent residence card of the old form (region, birth, count), or a social security number (zeros, document)."""
_SMALL: Final = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{3}[0-9A-Za-z]{12,15}(?![0-9A-Za-z])")
"""Such a number in one piece, whatever the case of its letters."""
_CALLED: Final = level(
    "身份证|护照|旅券|通行证|回乡证|回乡卡|台胞证|居留证|居留许可|居住证|旅行证|签证|证件|海员证|军官证|士官证|士兵证|警官证|文职干部证"
    "|退[伍5]证|退役证|优待证|立功证|残疾证|残疾人证|残疾军人证|伤残证|出生医学证明|出生证明?|结婚证|离婚证|独生子女证|户口簿|户口本"
    "|驾驶证|驾照|社保卡|社会保障卡|医保卡|诊疗卡|就诊卡|借书证|读者证|学生证|工作证|卡号|社会保障号码?|社保号|パスポート|여권"
    "|passport|passeport|pasaporte|reisepass|permit|travel document|visa|licence|license|social security|card|hkid"
)
_ASIDE: Final = r"(?:[(\[【〔《<][^()\[\]【】〔〕《》<>0-9]{1,12}[)\]】〕》>])?"
"""What brackets say between a document's name and its number: whose it is, or of which country."""
_LABELLED: Final = re.compile(
    rf"(?:{_CALLED})(?:档案|本|证)?\s?{_ASIDE}(?:号码|编号|证号|卡号|字号|番号|{level('번호')}|号)?\s?{_ASIDE}"
    r"[：:\uffff]?(?:.{1,2}字第|.军)?\s*"
    rf"(?:no|number|num|id|#)?\.?\s*{_ASIDE}(?:[为是]|is(?=\s))?[^0-9A-Za-z\u3400-\u9fff]{{0,4}}"
    rf"((?:[A-Za-z]{{1,3}}{_JOINT}?[0-9](?:{_JOINT}?[0-9]){{5,17}}|[0-9](?:{_JOINT}?[0-9]){{6,17}})[A-Za-z]?"
    r"(?:[ -]?\([0-9A-Z]{1,2}\))?)"
    r"(?![0-9A-Za-z*]|\s*[张人份元户个本件次年月日万余%.,])",
    re.IGNORECASE,
)
_MIXED: Final = re.compile(
    r"(?i:护照|旅券|passport|passeport|reisepass)(?:号码?|番号)?\s?(?:no|number)?[^0-9A-Za-z\u3400-\u9fff]{0,4}"
    r"((?=(?:[A-Z]*[0-9]){4})(?=[0-9]*[A-Z])[0-9A-Z]{8,10})(?![0-9A-Za-z*])"
)
"""A passport of a country whose numbers have letters among the digits."""
_OF_PASSPORTS: Final = ("照", "券", "ss", "SS", "Ss", "sS")
"""What stands in each name of a passport."""
_NEAR: Final = 20
"""Characters before a number in which the text says of what it is."""
_HINT: Final = re.compile(
    rf"(?:(?:{_CALLED})[^0-9]{{0,60}}|[A-Za-z]{{1,3}}(?:\W|_){{0,2}})[0-9](?:{_JOINT}?[0-9]){{5}}",
    re.IGNORECASE,
)


def holds_mixed_passport(text: str) -> bool:
    """Tell whether a levelled text names a passport and gives it a number with letters among its digits."""
    return any(sign in text for sign in _OF_PASSPORTS) and _MIXED.search(text) is not None


def may_hold_document(text: str) -> bool:
    """Tell, at little cost, whether a levelled text may hold a document or a landline; never misses one."""
    return _HINT.search(text) is not None or may_hold_landline(text) or holds_mixed_passport(text)


def documents_in(text: str) -> set[Detector]:
    """Return the detectors that sound on a levelled text."""
    found = set()
    if (
        any(_is_of_person(text, match) for match in _PASSPORT.finditer(text))
        or _is_foreign(text)
        or any(map(_is_no_day, _LABELLED.findall(text)))
        or _MIXED.search(text)
    ):
        found.add(Detector.DOCUMENT_NUMBER)
    if holds_landline(text):
        found.add(Detector.LANDLINE)
    if holds_mailbox(text):
        found.add(Detector.EMAIL_ADDRESS)
    return found


def _is_of_person(text: str, match: re.Match[str]) -> bool:
    """Tell whether a number of a passport's form has no day or year, ends where it does, and is of no other thing."""
    number = match[match.lastindex or 0]
    if _YEAR.match(number):
        return False
    if _DAY.fullmatch(digits_of(number)) or (not number.isdigit() and number and _GOES_ON.match(text, match.end())):
        return False
    before = text[max(0, match.start() - _NEAR) : match.start()]
    return not (_ANOTHER.search(before) or _OF_ANOTHER.match(text, match.end()))


def _is_foreign(text: str) -> bool:
    return _FOREIGNER.search(text) is not None or any(
        _FOREIGNER.search(token.upper()) for token in _SMALL.findall(text)
    )


def _is_no_day(number: str) -> bool:
    return not _DAY.match(re.sub("[^0-9A-Za-z]", "", number))
