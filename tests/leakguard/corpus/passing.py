"""The texts that must pass: what an office writes every day, and what the gateway's own masks write.

Where a text holds a digit, a word or a year that the record holds too, it tells nothing that a reader could use:
a year of birth alone, a city, a department, a sex, a status.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import urllib.parse
import uuid
from collections.abc import Iterator

from tests.leakguard.corpus.people import AYI, CHECK_X, CHILD, DEAD, FIRM, LEGACY, OUYANG, RARE, ZHANG, Case, Record

SHORT: Record = {
    "sex": "男",
    "nation": "汉",
    "status": "1",
    "region": "成都市",
    "flag": "是",
    "level": "A",
    "count": "12",
}
BARE: Record = {"社会保障号码": ZHANG["social_security_no"], "姓名": ZHANG["name"], "性别": "男", "民族": "汉"}


def numbers() -> Iterator[Case]:
    """Yield business numbers, order numbers with dates, parcel numbers and bar codes."""
    for text in (
        "业务流水号 51010020260115000123",
        "业务流水号：CY20260115-000042",
        "受理编号2026011500001234",
        "Order 202601151230450001 received",
        "订单号 20260115123045001 已支付",
        "川人社办〔2026〕15号",
        "渝府发〔2025〕8号",
        "批次 PC-2026-01-15-0007，共 128 条",
        "合同编号：HT2025121500089",
        "SF1234567890123",
        "条码 6901234567892",
        "ISBN 978-7-111-00000-0",
        "雪花号 1945678901234567890",
        "序列号 SN-0000-1111-2222-3333",
        "交易参考号 000000001234567890",
        "发票号码 00000000000012345678",
        "案号（2026）川01民初123号",
        "gjgxjhpt_sid=s_510000_12",
        "事项编码 CY-ID-02，版本 3",
        "车牌 川A·D12345",
        "设备号 T-0000-88 终端编号 00042",
        "20260101-20261231",
        "2026年1月1日至2026年12月31日",
        "2019、2020、2021、2022、2023、2024、2025",
        "第1、2、3、4、5、6、7、8、9、10、11、12、13、14、15、16、17、18项",
    ):
        yield "business numbers", text, ZHANG
    for seed in range(6):
        stamp = f"2026{random.Random(seed).randrange(10**10):010}"
        yield "business numbers", f"回执 {stamp}", OUYANG


def times() -> Iterator[Case]:
    """Yield timestamps in seconds, milliseconds and microseconds, and dates that are not of birth."""
    for text in (
        "1768450000",
        "1768450000123",
        "1768450000123456",
        "1768450000123456789",
        "ts=1768450000123&seq=7",
        "2026-01-15T12:30:45+08:00",
        "2026-01-15T04:30:45.123456Z",
        "20260115123045",
        "20260115123045123",
        "2026-01-15 12:30:45,123 INFO request done in 12 ms",
        "办结时间：2026年1月15日12时30分",
        "二〇二六年一月十五日",
        "2026年7月23日前补齐材料",
        "Valid from July 23, 2026 to July 22, 2036",
        "Thu, 15 Jan 2026 12:30:45 GMT",
        "有效期 2016.07.23-2036.07.23",
        "1962年建馆，2023年7月改建",
        "7月23日上午9:00至12:00",
    ):
        yield "times", text, ZHANG


def machine() -> Iterator[Case]:
    """Yield UUIDs, digests of other things, versions, addresses of machines, encodings of harmless texts."""
    chance = random.Random(17)
    for _ in range(6):
        yield "machine texts", str(uuid.UUID(int=chance.getrandbits(128))), ZHANG
        yield "machine texts", hashlib.sha256(chance.randbytes(8)).hexdigest(), OUYANG
        yield "machine texts", hashlib.md5(chance.randbytes(8)).hexdigest(), AYI  # noqa: S324
        yield "machine texts", base64.b64encode(chance.randbytes(64)).decode(), ZHANG
        yield "machine texts", chance.randbytes(32).hex(":"), ZHANG
    for text in (
        "v1.12.3-rc.4+build.20260115",
        "Python 3.11.9, protobuf 7.36.2, grpcio 1.85.1",
        "10.64.19.62:8443",
        "192.168.100.200/24",
        "fe80::1ff:fe23:4567:890a",
        "00:1A:2B:3C:4D:5E",
        "30.572815,104.066801",
        "N30°34'22\" E104°03'59\"",
        "spiffe://cq.example/node/gateway-1",
        "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "SELECT status, COUNT(*) FROM cards GROUP BY status LIMIT 100",
        "HTTP/1.1 503 Service Unavailable; Retry-After: 120",
        "grpc-status: 14, grpc-message: deadline exceeded after 5000 ms",
        urllib.parse.quote("四川省人力资源和社会保障厅"),
        "https://card.example/list?city=" + urllib.parse.quote("成都市") + "&page=12&size=100",
        json.dumps({"说明": "参保状态正常", "month": "2026-01", "rows": 128}),
        base64.b64encode("参保状态正常，请按规定办理。".encode()).decode(),
        "data:image/png;base64," + base64.b64encode(chance.randbytes(180)).decode(),
        "&#25104;&#37117;&#24066;",
        "\\u91cd\\u5e86\\u5e02",
        "=E5=9B=9B=E5=B7=9D",
        "e59b9be5b79d",
        "0x1F4E9A, 0755, 1e-9, 6.02e23",
        "#FF8800 #00AA55",
        "A1B2C3D4E5F60718293A4B5C6D7E8F90",
    ):
        yield "machine texts", text, ZHANG


def written_by_programs() -> Iterator[Case]:
    """Yield lists, formulas, pages and logs of programs."""
    for text in (
        "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]",
        "[0, 0, 1, 0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1]",
        '=SUM(B2:B31)&"元"',
        "String.fromCharCode(72,101,108,108,111)",
        "<p>参保&nbsp;正常&nbsp;&mdash;&nbsp;请办理</p>",
        "<table><tr><td>成都</td><td>210</td></tr><tr><td>遂宁</td><td>35</td></tr></table>",
        "printf '%05d %s\\n' 42 ok",
        "^1[3-9][0-9]{9}$",
        "digits[0] = 3; digits[1] = 1; digits[2] = 4",
        "rows=128 bytes=40960 ms=17 retries=0 queue=3 shard=2",
        "p50=12ms p90=48ms p99=131ms max=902ms",
        "2026-01-15 10:00 至 2026-01-16 18:00，共 32 小时",
        "1,234,567,890 元",
        "进度 [##########----------] 50 %",
        '{"errors": [], "next": null, "total": 0}',
        "if (age >= 60 && region == 510100) grant();",
        "Caused by: java.net.SocketTimeoutException: connect timed out (10.0.0.1:1521)",
        "ORA-00942: table or view does not exist",
        "one hundred and twenty-eight rows in two batches",
        "yi er san si wu",
    ):
        yield "programs", text, ZHANG
    yield "programs", "\n".join(f"{place * 7919 % 65536:04x}  {place:02x} 00 ff" for place in range(40)), OUYANG


def public() -> Iterator[Case]:
    """Yield hotlines, office telephones, postal codes, region codes, articles of law, amounts of nobody."""
    for text in (
        "咨询电话：12333",
        "政务服务热线 12345，医保热线 12393",
        "400-820-0000",
        "4008200000",
        "客服 800-810-0000 转 2",
        "成都市人社局 028-86000000",
        "重庆 (023) 63000000 转 8012",
        "+86-28-8600-0000",
        "邮编 610000、400000、629000",
        "行政区划代码 510104、500105、511302",
        "510000 四川省\n510100 成都市\n500000 重庆市",
        "依据《中华人民共和国个人信息保护法》第十三条、第二十八条",
        "《社会保险经办条例》第二十六条第一款第（三）项",
        "GB 11643-1999、GB/T 2260-2007、GB 32100-2015",
        "缴费基数 4071 元至 20355 元",
        "补贴标准每人每月1200元",
        "合计人民币壹拾贰万叁仟肆佰伍拾陆元整",
        "预算 1,234,567.89 元",
        "同比增长 12.34%，覆盖 8,371 万人",
        "1200 次优惠乘车另加 300 次",
        "银行网点代码 95566，联行号 104651003017",
        "川渝阅读一卡通成员馆 249 家，藏书 5300 万册",
        "每日 9:00-12:00、13:30-17:00，周六周日休息",
        "K8524次列车 08车12A号",
        "ICD-10 章节 IX",
    ):
        yield "public figures", text, ZHANG


def sentences() -> Iterator[Case]:
    """Yield ordinary sentences in Chinese and English, some naming the city or the department."""
    for person in (ZHANG, OUYANG, AYI):
        yield "sentences", "参保状态正常，请按规定办理。", person
        yield "sentences", "四川省人力资源和社会保障厅与重庆市人力资源和社会保障局已签署合作协议。", person
        yield "sentences", "The card is active and the pension is paid every month.", person
        yield "sentences", "未查询到符合条件的记录", person
    for text in (
        "四川省成都市",
        "成都市锦江区人力资源和社会保障局已受理",
        "请到成都市锦江区任一街道便民服务中心办理",
        "申请人张先生已到场",
        "张女士，您好",
        "请携带本人社会保障卡和户口簿",
        "本月养老金已发放至社会保障卡银行账户",
        "该街道共有9999户，2单元为样板",
        "8栋住宅楼完成加装电梯",
        "申请人年满60周岁，符合优待条件",
        "出生于1962年，属老年人",
        "此人一切平安，岁月静好",
        "不得转让、出租、出借",
        "Please call the department during working hours.",
        "Chengdu and Chongqing share one card since 2025.",
        "one two three four five, once I caught a fish alive",
        "一二三四五，上山打老虎",
        "第一、第二、第三、第四、第五项材料均已齐备",
        "三千二百人参加，其中八十七人获奖",
    ):
        yield "sentences", text, ZHANG
    yield "sentences", "重庆市渝中区人民政府", OUYANG
    yield "sentences", "凉山彝族自治州西昌市医疗保障局", AYI
    yield "sentences", "遂宁市船山区政务服务中心", RARE
    yield "sentences", "李同志", RARE
    yield "sentences", "四川省凉山彝族自治州", AYI
    yield "sentences", "成都某职业学院", FIRM
    yield "sentences", "有限公司变更登记须知（科技类）", FIRM
    yield "sentences", "未成年人由监护人代办，年龄未满14周岁", CHILD
    yield "sentences", "1938年以前出生的人员免于年审", LEGACY
    yield "sentences", "2013年起施行", CHILD
    yield "sentences", "500157 为两江新区代码（2025年12月）", DEAD


def own_masks() -> Iterator[Case]:
    """Yield what the gateway's own masks write."""
    chance = random.Random(23)
    number = ZHANG["social_security_no"]
    for text in (
        "张**",
        "***",
        f"{number[0]}****************{number[-1]}",
        "1962-07",
        "1962",
        "60-64",
        "60+",
        "65岁以上",
        "3000-4000",
        "3290",
        "3300",
        "510100",
        "510000",
        "四川省成都市****",
        "true",
        "match",
        f"*********{ZHANG['phone'][-2:]}",
        "T5*****17",
    ):
        yield "own masks", text, ZHANG
    yield "own masks", "欧阳**", OUYANG
    yield "own masks", "阿***", AYI
    yield "own masks", "李**", RARE
    yield "own masks", f"{CHECK_X['id_no'][0]}****************X", CHECK_X
    for _ in range(8):
        yield "own masks", "".join(chance.choices("abcdefghijklmnop", k=32)), ZHANG


def short_values() -> Iterator[Case]:
    """Yield texts that happen to hold a record's short or common values."""
    for text in (
        "男",
        "汉",
        "1",
        "成都市",
        "性别：男；民族：汉",
        "男女老幼皆可办理",
        "武汉市汉口火车站",
        "状态 1=有效 2=挂失 3=注销",
        "成都市民可在成都市任一网点办理",
        "是否已参保：是",
        "等级 A，第 1 页，共 12 页",
        "12 月 12 日 12 时",
    ):
        yield "short values", text, SHORT
    yield "short values", "女", OUYANG
    yield "short values", "汉族聚居地区，重庆市", OUYANG
    yield "short values", "性别代码 1，状态 01", ZHANG
    yield "short values", "性别：男，民族：汉，状态：正常", BARE


def shapes() -> Iterator[Case]:
    """Yield empty texts, emoji, tables and long texts without a leak."""
    chance = random.Random(31)
    words = ("参保", "正常", "办理", "材料", "窗口", "核验", "转移", "待遇", "发放", "备案", "审核", "通过", "月份")
    rows = "\n".join(f"2026-01-{day:02}\t{chance.randrange(100, 999)}\t{day * 3}.00" for day in range(1, 29))
    yield "shapes", "", ZHANG
    yield "shapes", "   ", ZHANG
    yield "shapes", "\n\n", {}
    yield "shapes", "正常", {}
    yield "shapes", "👍🎉😀👨‍👩‍👧‍👦🇨🇳", ZHANG
    yield "shapes", "①②③ 见附件一、附件二", ZHANG
    yield "shapes", "☑ 已核验 ☐ 未核验 ★★★☆☆", ZHANG
    yield "shapes", "********************", ZHANG
    yield "shapes", "--------------------------------", ZHANG
    yield "shapes", rows, ZHANG
    yield "shapes", "月份,人数,金额\n2026-01,128,4096.00\n2026-02,131,4192.00", ZHANG
    yield "shapes", "| 序号 | 市州 | 数量 |\n|---|---|---|\n| 1 | 成都 | 210 |\n| 2 | 遂宁 | 35 |", ZHANG
    yield "shapes", " ".join(str(number) for number in range(1, 41)), OUYANG
    yield "shapes", "0000000000000000000000000000", ZHANG
    yield "shapes", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", AYI
    for person in (ZHANG, OUYANG, AYI, RARE):
        text = "，".join("".join(chance.choices(words, k=3)) for _ in range(2900))
        yield "shapes", f"{text}。", person
    yield "shapes", "The department has received the application and will reply in ten working days. " * 250, ZHANG
    yield "shapes", "\n".join(f"{k:05},2026-01-{k % 28 + 1:02},正常" for k in range(900)), OUYANG
    yield "shapes", "\n".join(hashlib.sha256(chance.randbytes(9)).hexdigest() for _ in range(300)), ZHANG


def neighbours() -> Iterator[Case]:
    """Yield clean numbers that make a person's number only if they are joined, or cut out of a longer one."""
    for text in (
        "基数537,634.55元 业务流水号51090020170202249125 补贴558,450.86元",
        "1832485500558 业务流水号51090020190402651192",
        "社保卡换领 2024-08-08; 业务流水号50011220150109521320",
        "ts=1760900318 1\t遂宁市\t975\n2\t重庆市\t532\n3\t达州市\t921",
        "ts=1811427667\n1\t渝中区\t546\n2\t资阳市\t449\n3\t遂宁市\t556",
        "ts=1825158045，1\t南充市\t636\n2\t遂宁市\t115",
        "2b9cd0e8-4e3c-3cb8-c149-99397545a9b9",
        "邮编 610000\n10.26.236.111:9012",
        "咨询 12333，1884631404523，(023)63000000",
        "ts=1714881017 受理号 SL20191111-176894 84264d63-d246-27c3-3071-5306107e50b9",
        "28.904824,108.865813\n028-86000000\n1\t资阳市\t732\n2\t南充市\t643",
        "第13条第2款，1\t南充市\t975\n2\t达州市\t322\n3\t大足区\t103，1877493671125",
        "1705085696629651",
        "20251230 20260115 20260131 20260215",
        "2026-01-15 138 001 件，2026-01-16 380 件",
    ):
        yield "neighbouring numbers", text, CHECK_X


def decimals() -> Iterator[Case]:
    """Yield decimals, whose digits come by chance (A12c)."""
    chance = random.Random(41)
    for _ in range(8):
        yield "decimals", f"比值 {chance.random()!r}", ZHANG
        yield "decimals", f"{chance.uniform(100, 200)!r}", OUYANG
    for text in ("0.5309136012499991", "0,5309136012499991", "3.14159265359", "1.13812345678901e-05", "138.12345678"):
        yield "decimals", text, LEGACY


def offices() -> Iterator[Case]:
    """Yield how offices are reached, and serial numbers that look like a document."""
    for text in (
        "医保局 023-63112345",
        "服务窗口电话：028-85112345",
        "政务热线 (0838)2345678",
        "总机 023-63112345 转 802",
        "联系邮箱 rsj@cq.gov.cn",
        "service@example.cn",
        "受理号 E20260115",
        "社保卡 1234567 张",
        "护照有效期至 2030-01-15",
        "通行证 20260115 到期",
        "小计1,001,234.50元",
        "IP 192.168.100.200/24",
        "2026-01-15 138-001",
        "1900-2100年公历与农历对照表",
        "农历正月初五前办结",
        "第10周星期三值班",
    ):
        yield "offices", text, {**LEGACY, "phone": "10012345067"}


def cases() -> Iterator[Case]:
    """Yield every case, in a fixed order."""
    for part in (
        numbers,
        times,
        machine,
        written_by_programs,
        public,
        sentences,
        own_masks,
        short_values,
        shapes,
        neighbours,
        decimals,
        offices,
    ):
        yield from part()
