"""What the operating system says of a file, in both languages; its own words are English."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Final

from gateway.ground.item import Label

CHINESE: Final[Mapping[int, str]] = {
    errno.ENOENT: "文件不存在",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许此操作",
    errno.EEXIST: "文件已存在",
    errno.EISDIR: "是文件夹，不是文件",
    errno.EMEDIUMTYPE: "不是普通文件",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.ENOTEMPTY: "文件夹不为空",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "磁盘配额已用尽",
    errno.EROFS: "文件系统只读",
    errno.EIO: "磁盘读写出错",
    errno.EFBIG: "文件过大",
    errno.ENAMETOOLONG: "文件名过长",
    errno.ELOOP: "符号链接循环",
    errno.EMFILE: "打开的文件过多",
    errno.EADDRINUSE: "地址已被占用",
    errno.EADDRNOTAVAIL: "本机没有这个地址",
    errno.ECONNREFUSED: "连接被拒绝",
    errno.ECONNRESET: "连接被重置",
    errno.ETIMEDOUT: "连接超时",
    errno.EHOSTUNREACH: "主机不可达",
    errno.ENETUNREACH: "网络不可达",
}


def describe_os_error(error: OSError) -> Label:
    """Return why a file or an address could not be used; an error without a number is named by its kind."""
    why = error.strerror or type(error).__name__
    return Label(CHINESE.get(error.errno or 0, why), why)
