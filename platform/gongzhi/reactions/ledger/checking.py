"""Checks an exported log without database, settings or network, in bounded memory, and names what is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import records
from .merkle import Frontier, leaf_hash
from .placing import Placing
from .probes import BLOCK, locate, probes

MOST_FAULTS = 50


class Unreadable(Exception):
    """A line of the file cannot be understood."""


@dataclass
class Report:
    """What was found wrong, and what was looked at."""

    faults: list[str] = field(default_factory=list)
    summary: str = ""


@dataclass
class _Block:
    number: int
    hashes: list[str]
    probes: list[str]
    entries: list[tuple[int, str]] = field(default_factory=list)
    heads: list[dict[str, Any]] = field(default_factory=list)


def check_file(lines: Iterable[str], known_head: Mapping[str, Any] | None = None) -> Report:
    """Check the lines of an exported log; `known_head` is one that was kept earlier, elsewhere."""
    checker = _Checker(known_head)
    rows = enumerate(lines, start=1)
    number, first = next(rows, (1, "{}"))
    try:
        checker.begin(_parsed(first, number))
        for number, line in rows:
            if line.strip():
                checker.read(_parsed(line, number))
    except Unreadable as unreadable:
        checker.faults.append(str(unreadable))
    except (KeyError, TypeError, ValueError, AttributeError):
        checker.faults.append(f"line {number} is not as an exported log has it")
    return checker.finish()


def _parsed(line: str, number: int) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise Unreadable(f"line {number} is not JSON") from None
    if not isinstance(value, dict):
        raise Unreadable(f"line {number} is not as an exported log has it")
    return value


class _Checker:
    """One pass over the file."""

    def __init__(self, known_head: Mapping[str, Any] | None) -> None:
        self.faults: list[str] = []
        self.known = known_head
        self.known_met = False
        self.log, self.size = "", 0
        self.keys: dict[str, dict[str, Any]] = {}
        self.tree = Frontier()
        self.placing = Placing()
        self.block: _Block | None = None
        self.covered = self.head_count = 0
        self.last_time = ""
        self.ended: dict[str, Any] | None = None
        self.broken = False
        """A whole block is not there: no root after it can be made."""
        self.forked = False
        """A head did not follow: neither will those after it, and once is enough to say so."""

    def begin(self, head: dict[str, Any]) -> None:
        if head.get("kind") != records.FILE_KIND or head.get("version") != records.FILE_VERSION:
            raise Unreadable("this is not an exported public ledger of a version known here")
        self.log, self.size = str(head["log"]), int(head["size"])
        self._check_keys(head["keys"])

    def _check_keys(self, keys: Sequence[dict[str, Any]]) -> None:
        before: dict[str, Any] | None = None
        for key in keys:
            public = bytes.fromhex(key["public_key"])
            name = key["key"]
            if records.key_id(public) != name:
                self.faults.append(f"key {name} does not bear the name its public key gives it")
            if before is None and not self.log.endswith(f"-{name}"):
                self.faults.append(f"key {name} is not the one the log {self.log} began with")
            voucher = before or key
            text = records.key_text(log=self.log, public_key=public, valid_from=key["from"])
            vouched = records.fits(bytes.fromhex(voucher["public_key"]), bytes.fromhex(key["endorsement"]), text)
            if key["endorsed_by"] != voucher["key"] or not vouched:
                self.faults.append(f"key {name} is not endorsed by the key before it")
            if before is not None and before["until"] != key["from"]:
                self.faults.append(f"key {name} does not begin when the one before it ends")
            self.keys[name] = before = key

    def read(self, row: dict[str, Any]) -> None:
        if "entry" in row:
            if self.block is None:
                raise Unreadable(f"entry {row['entry']} stands before any block of hashes")
            self.block.entries.append((int(row["entry"]), leaf_hash(str(row["record"]).encode()).hex()))
            if len(self.block.entries) > 2 * BLOCK:
                raise Unreadable(f"too many entries follow the hashes of block {self.block.number}")
        elif "head" in row and self.block is not None:
            self.block.heads.append(dict(row["head"]))
        elif "block" in row:
            self._close_block()
            block = _Block(int(row["block"]), [str(each) for each in row["hashes"]], list(row["probes"]))
            self._check_block(block)
            self.block = block
        elif "end" in row:
            self.ended = row
        else:
            raise Unreadable("a line is neither an entry nor a head nor a block of hashes")

    def _check_block(self, block: _Block) -> None:
        expected = self.tree.size // BLOCK
        if block.number != expected and not self.broken:
            self.broken = True
            self.faults.append(f"the hashes of entries {self.tree.size} to {block.number * BLOCK - 1} are missing")
        if len(block.hashes) > BLOCK:
            raise Unreadable(f"block {block.number} has more than {BLOCK} hashes")

    def _close_block(self) -> None:
        block, self.block = self.block, None
        if block is None:
            return
        start = block.number * BLOCK
        self._mend_hashes(block, start)
        self.placing.place(start, block.hashes, block.entries)
        if self.broken:
            return
        heads = {head["size"]: head for head in block.heads}
        for hashed in block.hashes:
            self.tree.append(bytes.fromhex(hashed))
            head = heads.pop(self.tree.size, None)
            if head is not None:
                self._check_head(head)
            if self.known is not None and self.known["size"] == self.tree.size:
                self.known_met = True
                if self.known["root"] != self.tree.root.hex():
                    self.faults.append(f"the head of size {self.tree.size} kept earlier does not fit this log")
        for size in heads:
            self.faults.append(f"head of size {size} stands at another place than after entry {size - 1}")

    def _mend_hashes(self, block: _Block, start: int) -> None:
        """Find a hash that was changed in the block itself; its entry, if it is whole, gives the right one."""
        if probes(block.hashes) == block.probes:
            return
        place = locate(block.hashes, block.probes)
        if place is None or place >= len(block.hashes):
            self.faults.append(f"the hashes of entries {start} to {start + len(block.hashes) - 1} were changed")
            return
        for number, hashed in block.entries:
            mended = [*block.hashes[:place], hashed, *block.hashes[place + 1 :]]
            if number == start + place and probes(mended) == block.probes:
                block.hashes = mended
                self.faults.append(f"the hash of entry {number} was changed; the entry was not")
                return
        self.faults.append(f"entry {start + place} was changed, and its hash with it")

    def _check_head(self, head: dict[str, Any]) -> None:
        size, key = head["size"], self.keys.get(head["key"])
        self.head_count += 1
        if head["root"] != self.tree.root.hex() and not self.forked:
            before = f"the head of size {self.covered}" if self.covered else "the beginning"
            self.faults.append(
                f"head of size {size} does not follow from the entries: it differs since {before}, "
                f"in entries {self.covered} to {size - 1}"
            )
            # What comes after cannot be right either: say it once.
            self.forked = True
        if key is None or not records.head_fits(head, bytes.fromhex(key["public_key"]), self.log):
            self.faults.append(f"signature of head of size {size} does not fit")
        elif head["time"] < key["from"] or (key["until"] is not None and head["time"] > key["until"]):
            self.faults.append(f"head of size {size} was signed outside the time of key {head['key']}")
        if head["time"] < self.last_time:
            self.faults.append(f"head of size {size} is older than the one before it")
        self.covered, self.last_time = size, head["time"]

    def finish(self) -> Report:
        """Close the last block and say what was seen."""
        try:
            self._close_block()
        except (KeyError, TypeError, ValueError, AttributeError):
            self.faults.append("a head or a hash is not as an exported log has it")
        self.faults += self.placing.faults()
        if self.tree.size < self.size and not self.broken:
            self.faults.append(f"entries {self.tree.size} to {self.size - 1} are missing")
        if self.tree.size > self.size:
            self.faults.append(f"the file says {self.size} entries and has more")
        if self.ended is None:
            self.faults.append("the end of the file is missing")
        elif self.ended.get("heads") != self.head_count and not self.broken:
            self.faults.append(f"the file says {self.ended.get('heads')} heads and has {self.head_count}")
        if self.known is not None and not self.known_met and not self.broken:
            self.faults.append(f"the log is shorter than the head of size {self.known['size']} kept earlier")
        if len(self.faults) > MOST_FAULTS:
            self.faults = [*self.faults[:MOST_FAULTS], f"and {len(self.faults) - MOST_FAULTS} more"]
        return Report(self.faults, self._summary())

    def _summary(self) -> str:
        open_end = self.tree.size - self.covered
        said = (
            f"log {self.log}: {self.tree.size} entries, {self.head_count} signed heads, {len(self.keys)} "
            f"{'key' if len(self.keys) == 1 else 'keys'}, root {self.tree.root.hex()}"
        )
        return f"{said}; the last {open_end} not yet under a signed head" if open_end else said
