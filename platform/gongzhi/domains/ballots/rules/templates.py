"""The standard templates: what each asks for and on which basis (domain.md, 6.1 and 6.2).

These figures are a starting point. A district keeps its own, with their basis, in `ballot_template`: the text of
2018 has been replaced since 2026-01-01, and a legal person must check it against the new chapter 4 before real use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gongzhi.kernel.text import Lazy
from gongzhi.kernel.text import lazy as _l

from .choices import Method
from .counting import AREA, CHAMBER, CHAMBERS, ENTITLED, NUMBER, PRESENT, VALID

CHAMBERS_ALL = ("resident", "enterprise", "ngo")
RESIDENTS = ("resident",)
HALF, TWO_THIRDS, THREE_QUARTERS = "1/2", "2/3", "3/4"


def quorum(share: str, *, measure: str = NUMBER, strict: bool = False) -> dict[str, Any]:
    """So many of those entitled must take part."""
    return {"measure": measure, "share": share, "strict": strict}


def threshold(
    share: str, *, of: str = VALID, measure: str = NUMBER, strict: bool = True, chamber: str = ""
) -> dict[str, Any]:
    """So many must be in favour."""
    found = {"measure": measure, "of": of, "share": share, "strict": strict}
    return found | ({"chamber": chamber} if chamber else {})


@dataclass(frozen=True)
class Template:
    """A prefilled ballot. `fixed` ones come from a law: their figures are set for the district, not for one ballot."""

    code: str
    name: Lazy
    about: Lazy
    method: Method
    chambers: tuple[str, ...] = CHAMBERS_ALL
    level: int = 2
    secret: bool = True
    binding: bool = True
    imported: bool = False
    fixed: bool = False
    paper: bool = False
    basis: str = ""
    quorum: tuple[dict[str, Any], ...] = ()
    thresholds: tuple[dict[str, Any], ...] = field(default=())
    in_use: bool = True


_SIMPLE = (threshold(HALF),)
_OWNERS_QUORUM = (quorum(TWO_THIRDS), quorum(TWO_THIRDS, measure=AREA))

STANDARD: tuple[Template, ...] = (
    Template(
        "simple", _l("Simple majority"), _l("More votes for than against."), Method.MOTION, thresholds=_SIMPLE,
    ),
    Template(
        "two_thirds", _l("Two thirds"), _l("At least two thirds of those for or against must be for."),
        Method.MOTION, thresholds=(threshold(TWO_THIRDS, strict=False),),
    ),
    Template(
        "chambers", _l("Residents and chambers"),
        _l("More than half of the residents, and more than half of the chambers, must be for."),
        Method.MOTION,
        thresholds=(
            threshold(HALF, measure=CHAMBER, chamber="resident"),
            {"measure": CHAMBERS, "share": HALF, "strict": True},
        ),
    ),
    Template(
        "resident_meeting", _l("Residents' meeting"),
        _l("More than half of the residents take part; more than half of those taking part must be for."),
        Method.MOTION, chambers=RESIDENTS, fixed=True, paper=True,
        basis="《城市居民委员会组织法》（2018年修正）关于居民会议的规定：过半数出席，出席人的过半数通过。"
        "2026年1月1日起施行新修订的法律，使用前须核对新法条文。",
        quorum=(quorum(HALF, strict=True),), thresholds=(threshold(HALF, of=PRESENT),),
    ),
    Template(
        "resident_delegates", _l("Residents' delegates"),
        _l("As the residents' meeting, with the delegates on an imported roll."),
        Method.MOTION, chambers=RESIDENTS, fixed=True, imported=True, paper=True,
        basis="《城市居民委员会组织法》关于居民代表会议的规定，比照居民会议：过半数出席，出席人的过半数通过。"
        "使用前须核对新法条文。",
        quorum=(quorum(HALF, strict=True),), thresholds=(threshold(HALF, of=PRESENT),),
    ),
    Template(
        "owners_general", _l("Owners' vote, ordinary matters"),
        _l("Two thirds of the owners by number and by area take part; more than half of both must be for."),
        Method.MOTION, chambers=RESIDENTS, secret=False, fixed=True, imported=True, paper=True,
        basis="《中华人民共和国民法典》第二百七十八条：专有部分面积占比三分之二以上且人数占比三分之二以上的业主参与表决，"
        "参与表决专有部分面积过半数且人数过半数同意。",
        quorum=_OWNERS_QUORUM,
        thresholds=(threshold(HALF, of=PRESENT), threshold(HALF, of=PRESENT, measure=AREA)),
    ),
    Template(
        "owners_special", _l("Owners' vote, special matters"),
        _l("Raising funds, rebuilding, lifts: two thirds take part; three quarters of both must be for."),
        Method.MOTION, chambers=RESIDENTS, secret=False, fixed=True, imported=True, paper=True,
        basis="《中华人民共和国民法典》第二百七十八条第二款：筹集维修资金、改建重建、改变共有部分用途等事项，"
        "应当经参与表决专有部分面积四分之三以上且人数四分之三以上的业主同意。",
        quorum=_OWNERS_QUORUM,
        thresholds=(
            threshold(THREE_QUARTERS, of=PRESENT, strict=False),
            threshold(THREE_QUARTERS, of=PRESENT, measure=AREA, strict=False),
        ),
    ),
    Template(
        "advisory", _l("Advisory vote"), _l("To hear what people think. It binds nobody."),
        Method.MOTION, level=1, binding=False, thresholds=_SIMPLE,
    ),
    Template(
        "approval", _l("Approval"), _l("Tick every option you can live with; the one with most ticks wins."),
        Method.APPROVAL,
    ),
    Template(
        "schulze", _l("Ranking (Schulze)"),
        _l("Put the options in order; each is compared with each other one."), Method.SCHULZE,
    ),
    Template(
        "irv", _l("Ranking (instant run-off)"),
        _l("Put the options in order; the last one drops out until one has more than half."), Method.IRV,
    ),
    Template("score", _l("Scores"), _l("Give each option a score; the highest sum wins."), Method.SCORE),
)  # fmt: skip
BY_CODE = {template.code: template for template in STANDARD}
CODES = tuple(BY_CODE)
MEASURES = (NUMBER, AREA, CHAMBER, CHAMBERS)
BASES = (VALID, PRESENT, ENTITLED)
