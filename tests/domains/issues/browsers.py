"""Browsers for the people of `World`: pages as they see them, forms as they send them, without script."""

import html
import re
from html.parser import HTMLParser

from gongzhi.domains.people.actions import open_session
from gongzhi.domains.people.models import Account
from gongzhi.kernel import db
from tests.conftest import Browser


class _Forms(HTMLParser):
    """The forms of a page, each with its address and what it would send as it stands."""

    def __init__(self):
        super().__init__()
        self.forms = []
        self._open = None
        self._select = self._text = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self._open = {"action": given.get("action"), "method": given.get("method", "get"), "fields": {}}
            self.forms.append(self._open)
        if self._open is None:
            return
        fields, name = self._open["fields"], given.get("name")
        if tag == "input" and name and given.get("type") not in ("file", "submit"):
            if given.get("type") in ("radio", "checkbox") and "checked" not in given:
                return
            fields.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select" and name:
            self._select = name
            fields.setdefault(name, [])
        elif tag == "option" and self._select and "selected" in given:
            fields[self._select].append(given.get("value", ""))
        elif tag == "textarea" and name:
            self._text = name
            fields[name] = [""]

    def handle_data(self, data):
        if self._text:
            self._open["fields"][self._text][0] += data.removeprefix("\r\n").removeprefix("\n")

    def handle_endtag(self, tag):
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None


def forms_of(answer):
    """All forms of a page."""
    parser = _Forms()
    parser.feed(answer.get_data(as_text=True))
    return parser.forms


def form_to(answer, ending):
    """The fields of the form that posts to an address with this ending, as they stand on the page."""
    for form in forms_of(answer):
        if form["method"].lower() == "post" and (form["action"] or "").endswith(ending):
            return form
    raise AssertionError(f"no form posts to …{ending}")


def words(answer):
    """What a page says, without its tags."""
    bare = re.sub(r"<(script|style).*?</\1>|<[^>]+>", " ", answer.get_data(as_text=True), flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(bare))


def browser(world, person=None, language="zh_Hans_CN"):
    """A browser of this person, or of a visitor, in this world's district."""
    world.app.test_client_class = Browser
    client = world.app.test_client()
    client.set_cookie("district", world.district_id)
    client.set_cookie("language", language)
    if person is None:
        return client
    with db.isolated(), db.write() as session:
        token, opened = open_session(session, session.get_one(Account, person.account_id), kind="browser")
        opened.acting_for_id = person.organisation.id if person.organisation else None
    with client.session_transaction() as kept:
        kept["_user_id"] = token
    return client


def send(client, answer, ending, files=None, **changed):
    """Fill in the form of the page that posts to this address, and send it as a browser does."""
    form = form_to(answer, ending)
    fields = dict(form["fields"])
    step = ending.strip("/")
    prefix = f"{step}-" if any(known.startswith(f"{step}-") for known in fields) else ""
    for name, value in changed.items():
        key = name if name in fields else f"{prefix}{name}"
        fields[key] = value if isinstance(value, list) else [value]
    data = [(name, value) for name, values in fields.items() for value in values]
    sent = {}
    for name, value in data:
        sent.setdefault(name, []).append(value)
    sent.update(files or {})
    return client.post(form["action"], data=sent, content_type="multipart/form-data")
