"""What goes out, in the recipient's language: mail as text and HTML without pictures or tracking, SMS, push."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from gongzhi.kernel.carriers import Letter
from gongzhi.kernel.clock import to_local
from gongzhi.kernel.masks import DELETED, mask_name
from gongzhi.kernel.text import Lazy, lazy_plural, shorten
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices import channels
from gongzhi.reactions.notices.models import DIGEST, Channel, Notice, NoticeKind
from gongzhi.reactions.notices.stopping import stop_url
from gongzhi.reactions.notices.texts import KIND_LABELS, TEXTS

MOST_THINGS = 30
MOST_LINES = 5
LONGEST_SMS = 120


@dataclass(frozen=True)
class Group:
    """What happened to one thing, newest first; `more` is what is left out."""

    title: str
    url: str
    lines: tuple[str, ...]
    more: int


def sentence(notice: Notice) -> str:
    """A notice in the language being spoken."""
    known = TEXTS.get(notice.text)
    details = {"title": "", "who": "", **notice.details}
    if details["who"] == DELETED:
        details["who"] = mask_name(DELETED)
    return str(Lazy(known.msgid, tuple(details.items()))) if known else notice.text


def grouped(notices: Sequence[Notice]) -> list[Group]:
    """The notices by thing: the thing with the newest first, and so within each."""
    things: dict[tuple[str, str], list[Notice]] = {}
    for notice in sorted(notices, key=lambda one: (one.at, one.id), reverse=True):
        things.setdefault((notice.subject_kind, notice.subject_id), []).append(notice)
    return [
        Group(
            title=str(found[0].details.get("title") or KIND_LABELS[found[0].kind]),
            url=_link(found[0]),
            lines=tuple(f"{_moment(one)} {sentence(one)}" for one in found[:MOST_LINES]),
            more=len(found) - MOST_LINES,
        )
        for found in list(things.values())[:MOST_THINGS]
    ]


def urgent_mail(recipient: str, key: str, notice: Notice) -> Letter:
    """One notice at once."""
    said = sentence(notice)
    group = Group(str(notice.details.get("title") or said), _link(notice), (said,), 0)
    return _mail(recipient, key, said, [group], notice.account_id, notice.kind)


def digest_mail(recipient: str, key: str, account_id: str, notices: Sequence[Notice]) -> Letter:
    """The digest of a day."""
    subject = str(_moved(len({(one.subject_kind, one.subject_id) for one in notices})))
    return _mail(recipient, key, subject, grouped(notices), account_id, DIGEST)


def sms(recipient: str, key: str, notice: Notice) -> Letter:
    """One notice as a short text: the sentence, the page, how to stop."""
    text = str(
        _l(
            "[Gongzhi] %(sentence)s %(link)s Stop: %(stop)s",
            sentence=shorten(sentence(notice), LONGEST_SMS),
            link=_link(notice),
            stop=stop_url(notice.account_id, notice.kind, Channel.SMS),
        )
    )
    return Letter(recipient, "", text, key=key)


def push_payload(notice: Notice) -> dict[str, str]:
    """What a device shows of one notice: title and link, nothing about persons; it lies on a lock screen."""
    return {
        "title": str(notice.details.get("title") or KIND_LABELS[notice.kind]),
        "body": str(KIND_LABELS[notice.kind]),
        "url": f"{channels.site().public_url}/notices/{notice.id}",
        "tag": notice.id,
    }


def push_digest(day: str, notices: Sequence[Notice]) -> dict[str, str]:
    """One line a day."""
    said = str(_moved(len({(one.subject_kind, one.subject_id) for one in notices})))
    return {"title": str(_l("Gongzhi")), "body": said, "url": f"{channels.site().public_url}/notices", "tag": day}


def _moved(count: int) -> Lazy:
    return lazy_plural("%(num)s thing you follow has moved on", "%(num)s things you follow have moved on", count)


def _mail(recipient: str, key: str, subject: str, groups: Sequence[Group], account_id: str, kind: str) -> Letter:
    stop = stop_url(account_id, kind, Channel.MAIL)
    settings = f"{channels.site().public_url}/notices/preferences"
    what = _l("the daily digest") if kind == DIGEST else KIND_LABELS[NoticeKind(kind)]
    why = str(_l("You get this mail because of your choices at Gongzhi."))
    ending = str(_l("No more mail of this kind (%(what)s)", what=str(what)))
    choose = str(_l("Choose what comes and when"))
    text = [f"■ {group.title}\n{_lines(group)}\n{group.url}\n" for group in groups]
    text += ["-- ", why, f"{ending}: {stop}", f"{choose}: {settings}"]
    html = "".join(_as_html(group) for group in groups)
    html += f"<hr><p><small>{escape(why)}<br>{_anchor(stop, ending)}<br>{_anchor(settings, choose)}</small></p>"
    return Letter(
        recipient,
        shorten(subject, 120),
        "\n".join(text),
        html=f'<!doctype html><html><head><meta charset="utf-8"></head><body>{html}</body></html>',
        key=key,
        headers={
            # RFC 8058: the mail program's own button posts to the same address, without a page.
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )


def _lines(group: Group) -> str:
    return "\n".join(f"  · {line}" for line in (*group.lines, *_more(group)))


def _as_html(group: Group) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in (*group.lines, *_more(group)))
    return f"<h2>{_anchor(group.url, group.title)}</h2><ul>{items}</ul>"


def _more(group: Group) -> tuple[str, ...]:
    return (str(_l("… and %(num)s more", num=group.more)),) if group.more > 0 else ()


def _anchor(url: str, text: str) -> str:
    return f'<a href="{escape(url)}">{escape(text)}</a>'


def _link(notice: Notice) -> str:
    return f"{channels.site().public_url}{channels.site().path_of(notice)}"


def _moment(notice: Notice) -> str:
    return f"{to_local(notice.at):%m-%d %H:%M}"
