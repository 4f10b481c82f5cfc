"""Signs as a reader takes them: every digit as 0 to 9, every look-alike as its letter, and nothing without width.

What is levelled: compatibility forms (NFKD of Unicode), combining and format signs, invisible tag letters, digits of
all scripts, Roman and braille digits, letters of other alphabets that look Latin, traditional forms of characters that
are common in names, then Chinese numerals plain, formal and spoken. Marks of Chinese sentences become `BREAK`.
"""

from __future__ import annotations

import re
from typing import Final
from unicodedata import category, normalize, numeric

BREAK: Final = "\uffff"
"""Stands for the end of a clause, and is no character of Unicode: a short name is not read across it."""

_SENTENCE: Final = "，。；！？：、"
_NUMERALS: Final = "〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖貳參陸弌弍弎幺两兩洞拐勾"
_NUMERAL_DIGITS: Final = "00123456789123456789236123122079"
_LOOKALIKES: Final = (
    ("АВЕКМНОРСТУХавеккмнорстухѕіјԁһ", "ABEKMHOPCTYXabekkmhopctyxsijdh"),
    ("ΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορτυχκι", "ABEZHIKMNOPTYXavoptyxki"),
    ("×✕✖✗✘⨯ⅹ☓╳❌", "X" * 10),
    ("⠁⠃⠉⠙⠑⠋⠛⠓⠊⠚", "1234567890"),
    ("Ⅰⅰ", "11"), ("Ⅱⅱ", "22"), ("Ⅲⅲ", "33"), ("Ⅳⅳ", "44"), ("Ⅴⅴ", "55"),
    ("Ⅵⅵ", "66"), ("Ⅶⅶ", "77"), ("Ⅷⅷ", "88"), ("Ⅸⅸ", "99"),
)  # fmt: skip
TRADITIONAL: Final = (
    "張张陳陈楊杨趙赵黃黄吳吴劉刘孫孙馬马羅罗鄭郑許许鄧邓馮冯蘇苏盧卢蔣蒋葉叶閻阎鍾钟鐘钟譚谭陸陆範范鄒邹龍龙賀贺龔龚錢钱湯汤顧顾萬万賴赖龐庞藍蓝關关齊齐嚴严韓韩謝谢蕭萧鄔邬魯鲁賈贾鮑鲍畢毕聶聂婁娄閔闵莊庄"
    "單单喬乔歐欧華华國国偉伟軍军鳳凤蘭兰麗丽豔艳傑杰強强樂乐廣广東东慶庆興兴學学藝艺雲云飛飞靜静寧宁濤涛瑩莹鵬鹏銀银錦锦賢贤達达遠远貴贵榮荣義义禮礼書书記记寶宝連连進进紅红綱纲維维緒绪繼继綺绮綠绿薩萨熱热"
    "爾尔買买豐丰鐵铁鋒锋輝辉陽阳雙双傳传時时會会長长門门風风電电語语詩诗誠诚課课謙谦證证勝胜賽赛軒轩輔辅農农運运邁迈釗钊鈞钧鈴铃鋼钢錄录鎮镇鏡镜閃闪陰阴際际隨随靈灵韻韵順顺頌颂領领頭头穎颖顏颜顯显騰腾驍骁"
    "驗验鳴鸣鴻鸿鵑鹃鶴鹤鷹鹰齡龄參参憲宪戰战擇择攝摄敵敌曉晓曠旷氣气漢汉潔洁澤泽濟济濱滨瀟潇煥焕燈灯營营爺爷獻献瑋玮環环璽玺甌瓯產产畫画發发監监禎祯種种積积競竞節节築筑紀纪純纯紗纱細细紹绍終终組组結结給给"
    "絲丝經经綜综網网緊紧緣缘縣县縱纵總总織织繡绣續续聖圣聞闻聯联聲声肅肃臨临舊旧蓮莲薦荐藥药號号裝装補补視视親亲覺觉觀观訓训訊讯詠咏該该諒谅諾诺議议護护譽誉貝贝財财區区鄉乡棟栋樓楼廳厅醫医職职業业員员歲岁"
    "硯砚鴛鸳鴦鸯樑梁棲栖梟枭櫻樱檸柠欄栏權权歡欢殘残毀毁氈毡沖冲況况淺浅渾浑湧涌準准溝沟溫温滄沧滬沪漁渔漣涟潛潜潤润澗涧澆浇瀾澜灃沣灣湾煙烟煒炜煬炀燁烨燦灿燭烛爐炉牆墙牽牵獅狮獨独瑣琐瑤瑶瑪玛瓊琼瑯琅療疗"
    "皚皑盤盘眾众睜睁瞭了矯矫碩硕確确礦矿祿禄禦御禱祷穌稣窩窝竇窦筆笔筍笋箏筝篤笃簡简簾帘籃篮籤签糧粮紋纹紐纽紓纾紛纷紜纭紮扎絃弦絢绚統统綏绥綢绸綬绶綴缀綵彩綽绰緋绯緯纬練练緹缇縈萦績绩繆缪繪绘繽缤纓缨纖纤"
    "缽钵罷罢翹翘聰聪聾聋腎肾脅胁臘腊艦舰芻刍莖茎荊荆萊莱蒼苍蓋盖蓀荪蔔卜蔭荫薑姜薔蔷藎荩藹蔼蘊蕴蘋苹處处虜虏蛻蜕蝦虾螢萤蠶蚕術术衛卫衝冲褲裤覓觅覽览計计討讨託托訪访設设訴诉診诊詔诏評评詞词試试詮诠話话詳详"
    "誌志認认誕诞誘诱說说誼谊調调談谈請请論论諭谕諱讳諧谐諳谙謀谋謂谓講讲謠谣謨谟謬谬譜谱識识讀读變变讓让讚赞豈岂負负貢贡貧贫貨货販贩貫贯責责貸贷費费貼贴貿贸資资賓宾賜赐賞赏賦赋質质贈赠贏赢趕赶躍跃車车軌轨"
    "軟软較较載载輕轻輩辈輪轮輯辑輸输轄辖轉转辭辞辯辩逕径這这週周遊游違违遙遥遞递遲迟遷迁選选遺遗還还邊边邏逻郵邮鄲郸醬酱釀酿釋释針针釣钓鈔钞鈕钮鉅巨鉑铂鉛铅鉤钩銅铜銓铨銘铭銳锐銷销鋁铝鋪铺錚铮錫锡鍋锅鍵键"
    "鎖锁鎧铠鏈链鏘锵鑑鉴鑒鉴鑰钥閉闭開开閏闰閑闲間间閣阁閱阅闊阔闖闯闡阐陝陕陞升陣阵階阶隊队險险隱隐隻只雛雏雜杂雞鸡離离難难霧雾靄霭韋韦韜韬響响頁页頂顶項项須须頓顿頗颇頡颉頤颐頰颊頸颈頻频題题額额顥颢飄飘"
    "呂吕戶户內内淸清靑青眞真彥彦兌兑脫脱稅税悅悦鄕乡卽即旣既敎教郞郎"
    "飯饭飲饮飼饲飽饱飾饰餘余館馆饒饶馳驰駐驻駒驹駕驾駛驶駱骆駿骏騁骋騎骑騫骞驅驱驕骄驥骥驚惊驛驿驢驴鬆松鬥斗鬱郁魚鱼鮮鲜鯉鲤鯨鲸鱗鳞鳥鸟鳩鸠鳶鸢鴨鸭鴿鸽鵝鹅鷗鸥鸚鹦鸞鸾麥麦點点黨党齒齿龜龟"
)
"""Pairs of a traditional form and its simplified one, of characters that names and addresses often have."""
_MOVED: Final = (
    (0xE7C7, 0x1E3F), (0xE816, 0x20087), (0xE817, 0x20089), (0xE818, 0x200CC), (0xE81E, 0x9FB4), (0xE826, 0x9FB5),
    (0xE82B, 0x9FB6), (0xE82C, 0x9FB7), (0xE831, 0x215D7), (0xE832, 0x9FB8), (0xE83B, 0x2298F), (0xE843, 0x9FB9),
    (0xE854, 0x9FBA), (0xE855, 0x241FE), (0xE864, 0x9FBB),
)  # fmt: skip
"""What GB 18030-2005 and GB 18030-2022 moved out of the private use area."""
_PRIVATE_ROW: Final = (0xE815, (*range(0x50, 0x7F), *range(0x80, 0xA1)))
"""GBK wrote its row FE into the private use area from this point on, at these second bytes."""
TWINS: Final[dict[int, str]] = {
    **{_PRIVATE_ROW[0] + at: bytes((0xFE, byte)).decode("gb18030") for at, byte in enumerate(_PRIVATE_ROW[1])},
    **{point: chr(plain) for point, plain in _MOVED},
}
"""Code points of the private use area that older systems store, and the characters that they stand for."""
_PRIVATE: Final = re.compile(f"[{chr(min(TWINS))}-{chr(max(TWINS))}]")
_LEVELLED: Final[dict[int, str]] = {
    **TWINS,
    **{ord(mark): BREAK for mark in _SENTENCE},
    **{ord(sign): letter for signs, letters in _LOOKALIKES for sign, letter in zip(signs, letters, strict=True)},
    **{ord(sign): plain for sign, plain in zip(TRADITIONAL[::2], TRADITIONAL[1::2], strict=True)},
    **{0xE0000 + point: chr(point) for point in range(0x20, 0x7F)},
    **dict.fromkeys((0x115F, 0x1160, 0x3164, 0xFFA0, 0x2800), ""),
}
NUMERALS: Final = {ord(sign): digit for sign, digit in zip(_NUMERALS, _NUMERAL_DIGITS, strict=True)}
"""Chinese numerals that stand for a digit: code point -> digit."""
_GONE: Final = frozenset({"Mn", "Me", "Cf", "Cc", "Cs"})


class _Signs(dict[int, str]):
    """The form that each sign becomes; worked out once for each that is met, at most for all of Unicode."""

    def __missing__(self, point: int) -> str:
        found = self[point] = _LEVELLED[point] if point in _LEVELLED else _leveled(chr(point))
        return found


def _leveled(sign: str) -> str:
    if sign in "\t\n\r" or (sign.isascii() and sign.isprintable()):
        return sign
    if sign.isalpha() is False and (value := numeric(sign, -1.0)) in range(10):
        return str(int(value))
    plain = normalize("NFKD", sign)
    if plain != sign:
        return "".join(_LEVELLED.get(ord(part), "" if category(part) in _GONE else part) for part in plain)
    return "" if category(sign) in _GONE else sign


_SIGNS: Final = _Signs()
_SEPARATORS: Final = re.compile(r"[\W_]+")
"""The signs that are neither letter nor digit: `str.isalnum` is false of exactly these."""


class _Digits(dict[int, str]):
    """The form that each sign becomes, levelled and its numeral as a digit."""

    def __missing__(self, point: int) -> str:
        found = self[point] = numerals_as_digits(_SIGNS[point])
        return found


_DIGITS: Final = _Digits()


def level(text: str) -> str:
    """Return a text in plain signs; Chinese numerals stay, separators stay."""
    if text.isascii():
        return text if text.isprintable() else text.translate(_SIGNS)
    return text.translate(_SIGNS)


def numerals_as_digits(text: str) -> str:
    """Return a levelled text with each Chinese numeral as its digit, one for one."""
    return text if text.isascii() else text.translate(NUMERALS)


def in_digits(text: str) -> str:
    """Return a text that is not ASCII, levelled, with each Chinese numeral as its digit; both in one pass."""
    return text.translate(_DIGITS)


def as_written_today(text: str) -> str:
    """Return a text with each character of the private use area that older systems store as the one it stands for."""
    return text if text.isascii() or not _PRIVATE.search(text) else text.translate(TWINS)


def compact(text: str) -> str:
    """Return the letters and digits of a levelled text alone, in upper case."""
    upper = text.upper()
    return upper if upper.isalnum() else _SEPARATORS.sub("", upper)


def digits_of(text: str) -> str:
    """Return the ASCII digits of a text alone."""
    return "".join(re.findall("[0-9]+", text))


def han_of(text: str) -> str:
    """Return the Chinese characters of a text alone."""
    return "".join(re.findall("[\u3400-\u9fff\U00020000-\U0003ffff]+", text))
