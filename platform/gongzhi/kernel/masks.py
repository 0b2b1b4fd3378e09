"""How personal data looks to those who may not see all of it, and the check of identity numbers."""

from __future__ import annotations

import re
from datetime import date

from gongzhi.kernel import clock
from gongzhi.kernel.text.messages import lazy as _l

STAR = "*"
DELETED = "已注销用户"
"""The name of every account that was erased: what it said in public stays, without a name."""
# 复姓: the compound surnames one meets; both characters stay.
COMPOUND_SURNAMES = frozenset(
    # Quoted one by one, these lists would be pages long.
    "欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 "  # noqa: SIM905
    "皇甫 宗政 濮阳 公冶 太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 "
    "子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良 漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 "
    "段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五".split()
)
_IN_BRACKETS = re.compile(r"\s*[(（][^)）]*[)）]\s*$")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003fffd]")

# GB 11643-1999: the 17 digits are weighed, ISO 7064 MOD 11-2 gives the last character.
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK_CHARACTERS = "10X98765432"
_IDENTITY = re.compile(r"[1-9][0-9]{16}[0-9X]")
# The first two digits of GB/T 2260 codes; 83 is for Taiwan residents' residence permits.
_PROVINCES = frozenset(
    "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 "  # noqa: SIM905
    "61 62 63 64 65 71 81 82 83".split()
)
_EARLIEST_BIRTH = date(1850, 1, 1)
_SHORT_NAME = 2
_FULL_NAME = 3


def mask_name(name: str) -> str:
    """张*, 陈*溪, 欧阳**; of a name in letters the first letter stays."""
    if name == DELETED:
        return str(_l("Deleted account"))
    bare = _IN_BRACKETS.sub("", name.strip())
    if len(bare) <= 1:
        return STAR * len(bare)
    if not _HAN.match(bare):
        return bare[0] + STAR * 3
    if len(bare) > _SHORT_NAME and bare[:2] in COMPOUND_SURNAMES:
        return bare[:2] + STAR * min(len(bare) - 2, 2)
    if len(bare) == _FULL_NAME:
        return bare[0] + STAR + bare[-1]
    return bare[0] + STAR * min(len(bare) - 1, 2)


def mask_phone(phone: str) -> str:
    """138****1234; shorter numbers keep only their last two digits."""
    digits = re.sub(r"\D", "", phone.strip().removeprefix("+86"))
    if len(digits) >= len("02363831234"):
        return digits[:3] + STAR * 4 + digits[-4:]
    return STAR * 4 + digits[-2:] if len(digits) > len("12345") else STAR * len(digits)


def mask_identity(number: str) -> str:
    """5001**********123X; anything much shorter than an identity number is hidden as a whole."""
    bare = number.strip()
    if len(bare) < len("500103900101123"):
        return STAR * len(bare)
    return bare[:4] + STAR * (len(bare) - 8) + bare[-4:]


def mask_email(address: str) -> str:
    """e***@x.cn"""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1]}{STAR * 3}{at}{domain}" if local else STAR * 3


def mask_bank_account(number: str) -> str:
    """6222 **** **** 1234"""
    digits = re.sub(r"\D", "", number)
    if len(digits) < len("622212341234"):
        return STAR * len(digits)
    return f"{digits[:4]} **** **** {digits[-4:]}"


def check_identity(number: str) -> bool:
    """Whether this is a well-formed identity number: region, date of birth and check character."""
    bare = number.strip().upper()
    if not _IDENTITY.fullmatch(bare) or bare[:2] not in _PROVINCES:
        return False
    try:
        born = date(int(bare[6:10]), int(bare[10:12]), int(bare[12:14]))
    except ValueError:
        return False
    weighed = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, bare, strict=False))
    return _EARLIEST_BIRTH <= born <= clock.today() and _CHECK_CHARACTERS[weighed % 11] == bare[-1]
