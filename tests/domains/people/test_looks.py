"""Who looked at my data: every read of personal data by somebody else leaves a row its owner can read."""

import ast
import io

from gongzhi.domains.people.models import Organisation, PersonalDataAccess
from tests.factories import (
    a_credit_code,
    a_grid_worker,
    a_person,
    an_admin,
    an_office,
    an_official,
    reading,
)
from tests.house.tree import PACKAGE, under
from tests.kernel.test_storage import an_image

from .test_verification import IDENTITY, ask, request_of

OPENED_HERE = {
    "kernel/secrets.py": "the tool itself",
    "web/backup/archive.py": "a word of its own, to see whether the key fits the backup",
    "domains/people/actions/verification.py": "the check against a second voice, and the read that is noted",
    "domains/people/actions/codes.py": "what waits for its own code",
    "domains/people/actions/second_steps.py": "the secret of one's own app",
    "domains/people/actions/providers.py": "one's own way to a provider",
    "domains/people/actions/erasing.py": "the keyed hash made when an account goes",
    "domains/people/actions/own_data.py": "one's own copy",
    "domains/people/queries/own_data.py": "one's own copy",
    "domains/people/queries/accounts.py": "to write to a person, masked, or of the demo",
    "domains/people/queries/verification.py": "masked in the queue",
    "domains/people/queries/organisations.py": "masked in the list of invitations",
    "domains/people/delivery.py": "to hand a message over",
    "kernel/carriers.py": "to hand a message over",
    "domains/ballots/actions/voting.py": "a key of the ballot, nobody's data",
    "domains/ballots/actions/closing.py": "a key of the ballot, nobody's data",
    "domains/ballots/rules/sealing.py": "a sealed vote, opened at the count without a name",
    "domains/ballots/views/papers.py": "the roll, at the table where papers are handed out",
    "reactions/ledger/keys.py": "a key of the ledger",
    "reactions/notices/push.py": "where one's own device is reached",
}


def looks_of(person):
    with reading() as session:
        return session.query(PersonalDataAccess).filter_by(account_id=person.id).order_by(PersonalDataAccess.id).all()


def apply(browser):
    """Apply for an organisation with a certificate; its id."""
    answer = browser.post(
        "/organisations/apply",
        data={
            "kind": "ngo", "name_zh": "江岸志愿服务队", "registration_number": a_credit_code(91234),
            "about": "", "place_id": "", "proof": (io.BytesIO(an_image()), "证书.jpg"),
        },
        content_type="multipart/form-data",
    )  # fmt: skip
    assert answer.status_code == 302, answer.text
    with reading() as session:
        return session.query(Organisation).filter_by(name_zh="江岸志愿服务队").one().id


def test_each_view_that_shows_personal_data_of_somebody_else_leaves_a_row_for_each_read(client):
    person = a_person(level=1)
    owner = client(person)
    ask(owner)
    organisation = apply(owner)
    worker, official, admin = a_grid_worker(), an_official(an_office()), an_admin()
    request = f"/desk/residents/{request_of(person).id}"
    reads = [
        (worker, "POST", f"{request}/reveal", {"reason": "入户核对身份证"}, {"real_name", "identity"}, "grid_worker"),
        (official, "POST", f"{request}/reveal", {"reason": "复核"}, {"real_name", "identity"}, "office"),
        (official, "GET", f"/organisations/{organisation}/proof", None, {"proof"}, "office"),
        (admin, "GET", f"/organisations/{organisation}/proof", None, {"proof"}, "admin"),
    ]
    for count, (who, method, address, data, fields, capacity) in enumerate(reads, start=1):
        answer = client(who).open(address, method=method, data=data)
        assert answer.status_code == 200, address
        kept = looks_of(person)
        assert len(kept) == count, address
        assert (set(kept[-1].fields), kept[-1].capacity, kept[-1].reader_id) == (fields, capacity, who.id)
        assert kept[-1].reason
    page = owner.get("/account/looks").text
    assert "入户核对身份证" in page and "网格员" in page and "管理员" in page
    assert "江岸志愿服务队" in page
    assert page.count('class="item"') == len(reads)


def test_what_was_refused_is_no_read_and_one_owns_look_is_none(client):
    person = a_person(level=1)
    owner = client(person)
    ask(owner)
    organisation = apply(owner)
    request = f"/desk/residents/{request_of(person).id}"
    assert client(a_grid_worker()).post(f"{request}/reveal", data={"reason": ""}).status_code == 422
    assert client(a_person()).post(f"{request}/reveal", data={"reason": "好奇"}).status_code == 404
    assert client(a_person()).get(f"/organisations/{organisation}/proof").status_code == 404
    owner.get("/account")
    owner.get("/account/verification")
    assert looks_of(person) == []


def test_pages_that_only_list_show_no_more_than_a_mask(client):
    person = a_person(level=1)
    ask(client(person))
    worker, admin = client(a_grid_worker()), client(an_admin())
    pages = [
        worker.get("/desk/residents").text,
        worker.get(f"/desk/residents/{request_of(person).id}").text,
        admin.get("/admin/accounts").text,
        admin.get(f"/admin/accounts/{person.id}").text,
    ]
    for page in pages:
        assert IDENTITY not in page and "欧阳示例" not in page and person.login not in page
    assert looks_of(person) == []


def test_personal_data_is_opened_in_places_that_are_known():
    """A new place that decrypts must say here why it may; one that shows it to others calls `note_access`."""
    found = set()
    for path in under("platform/gongzhi/", suffixes=(".py",)):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = node.func if isinstance(node, ast.Call) else None
            name = (
                called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
            )
            if name in ("decrypt", "decrypt_file"):
                found.add(str(path.relative_to(PACKAGE)))
    assert found - set(OPENED_HERE) == set()
