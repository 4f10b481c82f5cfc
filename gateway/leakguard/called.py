"""The words by which a text calls a number what it is: a telephone, a card, an account; and what speaks for an office.

One list for each, for all detectors. A word of Chinese stands anywhere, one of English behind no letter.
"""

from __future__ import annotations

import re
from typing import Final

_NAMES: Final = (
    "电话|手机|机号|座机|固话|固定线路|宅电|家电|住宅|小灵通|联系方式|联系号码|联络方式|联络号码|拨打|致电|来电"
    "|tel|telephone|mobile|phone|handphone|whatsapp"
)
"""What names a telephone: its number may be a local one of seven or eight digits."""
TELEPHONES: Final = f"(?:{_NAMES}|微信|短信|cell|call)"
"""What calls the eleven digits behind it a telephone."""
_LINK: Final = (
    r"(?:\s?(?:号码?|番号))?(?:\s?[(\[【〔《<][^()\[\]【】〔〕《》<>0-9]{1,8}[)\]】〕》>])?"
    r"(?:\s?(?:为|是|is|no|number)\b\.?)?"
)
LOCAL: Final = rf"(?:(?<![A-Za-z])(?:{_NAMES}){_LINK}[^0-9A-Za-z\u3400-\u9fff]{{0,4}})"
"""Such a name right before a local number."""
ACCOUNTS: Final = "(?:卡号|银行卡|信用卡|借记卡|储蓄卡|贷记卡|工资卡|银联卡|账号|帐号|账户|帐户|card|account|acct|a/c)"
"""What calls the digits behind it a card or an account."""
OFFICE: Final = re.compile(
    "局|厅|中心|热线|咨询|客服|服务|窗口|公司|总机|值班|办公|政府|医院|银行|学校|大学|委|事务所|派出所|保障所|税务所|馆|部门"
    "|机构|传真|监督|举报|投诉|office|hotline|service|fax"
)
"""What says of a landline that it is an office's."""
