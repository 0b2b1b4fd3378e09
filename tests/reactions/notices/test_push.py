"""Web push: only to public addresses, readable by the device alone, and gone when the device is gone."""

from __future__ import annotations

import base64
import http.server
import json
import os
import ssl
import threading
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID
from py_vapid import Vapid02

from gongzhi.kernel import outward
from gongzhi.reactions.notices import push
from gongzhi.reactions.notices.models import PushKey, PushSubscription
from tests import factories as f
from tests.reactions.notices.channels import NEXT_MORNING, NOON, answered, at, commented, deliveries, run

pytestmark = pytest.mark.usefixtures("app")


def text(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class Browser:
    """A device's side of a subscription."""

    def __init__(self, name="one"):
        self.pair = ec.generate_private_key(ec.SECP256R1())
        self.secret = os.urandom(16)
        point = self.pair.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.subscription = {
            "endpoint": f"https://push.gongzhi.example/{name}",
            "keys": {"p256dh": text(point), "auth": text(self.secret)},
            "device": "Firefox · Android",
        }

    def read(self, body):
        return json.loads(http_ece.decrypt(body, private_key=self.pair, auth_secret=self.secret, version="aes128gcm"))


@pytest.fixture
def service(monkeypatch):
    """Takes what is pushed, in place of the network; `answers` by the end of the address."""
    posted = []
    answers = {}

    def post(url, body, headers):
        outward.check(url)
        posted.append((url, body, headers))
        answer = answers.get(url.rpartition("/")[2], 201)
        if isinstance(answer, Exception):
            raise answer
        return outward.Answer(answer, b"")

    monkeypatch.setattr(outward, "post", post)
    post.posted, post.answers = posted, answers
    return post


def subscribe(client, person, browser, status=201):
    answer = client().post("/api/v1/me/push-subscriptions", json=browser.subscription, headers=f.bearer(person))
    assert answer.status_code == status, answer.text
    return answer.json


def test_an_urgent_notice_reaches_the_device_which_alone_can_read_it(app, client, service):
    author, device = f.a_resident(), Browser()
    subscribe(client, author, device)
    with at(NOON):
        issue = f.an_issue(author)
        answered(issue)
        run(app)
        run(app)
    ((url, body, headers),) = service.posted
    assert url == device.subscription["endpoint"]
    assert "石阶".encode() not in body
    shown = device.read(body)
    assert shown["title"] == "石阶里路灯不亮"
    assert set(shown) == {"title", "body", "url", "tag"}
    assert author.name not in json.dumps(shown, ensure_ascii=False)
    assert headers["Urgency"] == "high"
    key = client().get("/api/v1/me/notice-settings", headers=f.bearer(author)).json["push_key"]
    token = headers["Authorization"].partition("t=")[2].partition(",")[0]
    assert headers["Authorization"].endswith(f"k={key}")
    assert Vapid02.verify(f"vapid t={token},k={key}")
    with f.reading() as session:
        kept = session.get_one(PushKey, 1)
        assert kept.private.startswith(b"v1.a256gcm."), "the private half is kept encrypted"


def test_the_rest_comes_as_one_line_a_day(app, client, service):
    author, device = f.a_resident(), Browser()
    subscribe(client, author, device)
    with at(NOON):
        issue = f.an_issue(author)
        comment = f.a_comment(author, issue)
        f.a_comment(f.a_resident(), issue, reply_to=comment)
        commented(issue)
        run(app)
        assert service.posted == []
    with at(NEXT_MORNING):
        run(app)
    ((_url, body, headers),) = service.posted
    assert device.read(body)["body"] == "您关注的 1 件事有新进展"
    assert headers["Urgency"] == "low"


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten(app, client, service, status):
    author = f.a_resident()
    subscribe(client, author, Browser("gone"))
    subscribe(client, author, Browser("here"))
    service.answers["gone"] = status
    with at(NOON):
        answered(f.an_issue(author))
        run(app)
    assert [one.state for one in deliveries(author, channel="push")] == ["sent"]
    with f.reading() as session:
        (left,) = session.query(PushSubscription).all()
        assert push.unseal(left.id, left.sealed).endpoint.endswith("/here")


@pytest.mark.parametrize(
    ("answer", "state", "posts"),
    [
        (503, "pending", 2),
        (outward.Unreached("away"), "pending", 2),
        (outward.Unanswered("timeout"), "dropped", 1),
        (500, "dropped", 1),
        (400, "failed", 1),
    ],
)
def test_a_push_is_tried_again_only_when_it_was_certainly_not_taken(app, client, service, answer, state, posts):
    author = f.a_resident()
    subscribe(client, author, Browser())
    service.answers["one"] = answer
    with at(NOON):
        answered(f.an_issue(author))
        run(app)
        assert [one.state for one in deliveries(author, channel="push")] == [state]
    with at(NOON + timedelta(minutes=2)):
        run(app)
    assert len(service.posted) == posts


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.gongzhi.example/x",
        "https://127.0.0.1/x",
        "https://10.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[fe80::1]/x",
        "https://user@push.gongzhi.example/x",
        "https://push.gongzhi.example:8443/x",
        "https://push.gongzhi.example/a b",
        "ftp://push.gongzhi.example/x",
        "https:///x",
        "x",
    ],
)
def test_an_address_inside_is_no_push_service(client, endpoint):
    device = Browser()
    device.subscription["endpoint"] = endpoint
    subscribe(client, f.a_resident(), device, status=422)


@pytest.mark.parametrize("inside", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "100.64.0.1", "::1"])
def test_a_name_that_leads_inside_is_not_followed(monkeypatch, inside):
    monkeypatch.setattr(outward, "look_up", lambda _host, _port: ["8.8.8.8", inside])
    with pytest.raises(outward.Forbidden):
        outward.post("https://rebinding.gongzhi.example/x", b"", {})


def test_keys_that_are_none_are_refused_and_devices_are_limited(client):
    person = f.a_resident()
    for keys in ({"p256dh": "AAAA", "auth": "AAAA"}, {"p256dh": "!", "auth": "é"}):
        bad = Browser()
        bad.subscription["keys"] = keys
        subscribe(client, person, bad, status=422)
    first = subscribe(client, person, Browser("0"))["id"]
    for number in range(1, 11):
        subscribe(client, person, Browser(str(number)))
    with f.reading() as session:
        left = [one.id for one in session.query(PushSubscription).all()]
    assert len(left) == 10
    assert first not in left


def test_a_device_belongs_to_whoever_subscribed_it_last_and_ends_with_its_session(app, client, service):
    before, now, stranger = f.a_resident(), f.a_resident(), f.a_resident()
    device = Browser()
    subscribe(client, before, device)
    browser = client(now)
    made = browser.post("/api/v1/me/push-subscriptions", json=device.subscription)
    assert made.status_code == 201
    assert client(stranger).post(f"/notices/devices/{made.json['id']}/remove").status_code == 404
    assert "Firefox · Android" in browser.get("/notices/devices").text
    assert "Firefox · Android" not in client(before).get("/notices/devices").text
    browser.post("/sign-out")
    with at(NOON):
        for person in (before, now):
            answered(f.an_issue(person))
        run(app)
    assert service.posted == []


def test_a_device_can_forget_itself(client):
    person, device = f.a_resident(), Browser()
    subscribe(client, person, device)
    gone = {"endpoint": device.subscription["endpoint"]}
    for who in (f.a_resident(), person, person):
        answer = client().post("/api/v1/me/push-subscriptions/forget", json=gone, headers=f.bearer(who))
        assert answer.status_code == 204
    with f.reading() as session:
        assert session.query(PushSubscription).count() == 0


@pytest.fixture
def https(tmp_path, monkeypatch):
    """A server of ours with a certificate that is believed, in place of a push service."""
    pair = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "push.gongzhi.example")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(pair.public_key())
        .serial_number(1)
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("push.gongzhi.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(pair, SHA256())
    )
    chain = tmp_path / "chain.pem"
    key = pair.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    chain.write_bytes(made.public_bytes(Encoding.PEM) + key)

    class Service(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(302 if self.path == "/elsewhere" else 201)
            self.send_header("Location", "https://127.0.0.1/inside")
            self.end_headers()
            self.wfile.write(b"x" * (outward.LARGEST_ANSWER * 3))

        def log_message(self, *_words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Service)
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(chain)
    server.socket = ours.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    theirs = ssl.create_default_context(cafile=str(chain))
    monkeypatch.setattr(outward, "tls", lambda: theirs)
    monkeypatch.setattr(outward, "public_address", lambda _host, _port: "127.0.0.1")
    monkeypatch.setattr(outward, "HTTPS_PORT", server.server_address[1])
    yield server
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("https")
def test_the_answer_is_cut_off_redirects_are_not_followed_and_the_name_must_be_the_certificates():
    answer = outward.post("https://push.gongzhi.example/x", b"secret", {})
    assert answer.status == 201
    assert len(answer.body) == outward.LARGEST_ANSWER
    assert outward.post("https://push.gongzhi.example/elsewhere", b"", {}).status == 302
    with pytest.raises(outward.Unreached):
        outward.post("https://another.gongzhi.example/x", b"", {})
