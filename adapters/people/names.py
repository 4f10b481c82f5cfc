"""Parts of invented names. A name made of them belongs to a real person only by chance."""

from __future__ import annotations

from typing import Final

SURNAMES: Final = tuple(
    "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏"
    "钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
COMPOUND_SURNAMES: Final = ("欧阳", "司马", "上官", "诸葛", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐")
GIVEN: Final = tuple(
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅国庆建志文斌波辉鹏飞宇浩然子轩梓涵雨欣怡嘉琪思远"
    "晓东海燕云龙凤珍德福成林佳慧雪莲红星光亮俊峰永康安宁长江川渝山河清泉松柏竹青"
)
MINORITY_GIVEN: Final = ("扎西", "卓玛", "吉克", "阿依", "沙马", "格桑", "罗布", "达娃", "曲比", "仁青")
MINORITY_LAST: Final = ("多吉", "次仁", "曲扎", "阿支", "日洛", "央金", "平措", "石布", "旺堆", "尼玛")
RARE_GIVEN: Final = "𠮷𣲗"
"""Two characters outside the basic plane (CJK Extension B): four bytes each in UTF-8, two units in UTF-16."""
MIDDLE_DOT: Final = "\u00b7"
EMPLOYERS: Final = tuple(
    f"{place}{trade}有限公司（示例）"
    for place in ("嘉陵", "涪江", "巴山", "锦水", "缙云", "龙泉")
    for trade in ("电子", "建筑", "物流", "食品", "纺织", "机械")
)
STREETS: Final = ("人民路", "滨江路", "解放街", "文化路", "新华街", "建设路", "和平巷", "朝阳街")
