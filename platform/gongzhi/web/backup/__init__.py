"""Backup and restore of an installation: database and uploads in one file, never the secret key."""

from gongzhi.web.backup.archive import BadBackup
from gongzhi.web.backup.restoring import restore
from gongzhi.web.backup.taking import take

__all__ = ["BadBackup", "restore", "take"]
