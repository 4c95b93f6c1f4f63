"""PostgreSQL versions, as far as behaviour depends on them (DOMAIN 3)."""

from __future__ import annotations

import re
from dataclasses import dataclass

_VERSION = re.compile(r"\b(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?")


@dataclass(frozen=True, order=True, slots=True)
class ServerVersion:
    """`number` as in server_version_num: 90202 is 9.2.2, 150018 is 15.18."""

    number: int

    @classmethod
    def parse(cls, text: str) -> ServerVersion | None:
        """Read "9.2.2", "15.18 (Debian …)", "9.2" (PG_VERSION) or "15"; None when it is none of them."""
        match = _VERSION.search(text)
        if match is None:
            return None
        first, second, third = (int(part or 0) for part in match.groups())
        if first < 8:
            return None
        number = first * 10000 + second * 100 + third if first < 10 else first * 10000 + second
        return cls(number)

    @property
    def major(self) -> str:
        """The major version as people write it: "9.2", "15"."""
        if self.number >= 100000:
            return str(self.number // 10000)
        return f"{self.number // 10000}.{self.number // 100 % 100}"

    @property
    def classic_wal(self) -> bool:
        """WAL of 9.2 and older: 0xFF000000 bytes a log id, no timeline switch by streaming (DOMAIN 3.1, 8)."""
        return self.number < 90300

    @property
    def recovery_conf(self) -> bool:
        """Whether recovery.conf rules (up to 11); from 12 on standby.signal does."""
        return self.number < 120000

    def __str__(self) -> str:
        if self.number >= 100000:
            return f"{self.number // 10000}.{self.number % 10000}"
        return f"{self.major}.{self.number % 100}"
