"""A small OpenID provider, a process of its own speaking real HTTP on loopback: `python -m tests.provider`.

It approves whoever comes, checks client, redirect address, PKCE and that a code is used once, and signs with
RS256. `POST /behave` makes it misbehave: a wrong nonce, another audience, a past expiry, another issuer, a foreign key.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import subprocess
import sys
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT, SECRET = "gongzhi", "a secret between the two"
ROOT = Path(__file__).resolve().parents[1]


class Provider:
    """What the provider knows and how it behaves."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.codes: dict[str, dict] = {}
        self.behaviour: dict = {}

    def description(self) -> dict:
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "authorization_response_iss_parameter_supported": True,
        }
        return {**said, **self.behaviour.get("description", {})}

    def approve(self, asked: dict) -> str:
        code = secrets.token_urlsafe(16)
        self.codes[code] = asked
        answer = {"code": code, "state": asked["state"], "iss": self.issuer, **self.behaviour.get("answer", {})}
        return f"{asked['redirect_uri']}?{urlencode({key: value for key, value in answer.items() if value})}"

    def token(self, form: dict, authorization: str) -> tuple[int, dict]:
        expected = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self.codes.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if authorization not in (f"Basic {expected}", f"Basic {plain}"):
            return 401, {"error": "invalid_client"}
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        if asked.get("code_challenge_method") != "S256" or asked.get("code_challenge") != challenge:
            return 400, {"error": "invalid_grant", "error_description": "PKCE"}
        now = int(time.time())
        claims = {
            "iss": self.issuer, "sub": "person-1", "aud": CLIENT, "iat": now, "exp": now + 300,
            "nonce": asked["nonce"], "email": "somebody@mail.gongzhi", "email_verified": True, "name": "欧阳示例",
            **self.behaviour.get("claims", {}),
        }  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        key = RSAKey.generate_key(2048) if self.behaviour.get("foreign_key") else self.key
        signed = jwt.encode({"alg": "RS256", "kid": "one"}, claims, key)
        return 200, {"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": signed}


def serve() -> None:
    """Serve on a free port, whose number is the first line of the output."""
    provider = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            parts = urlsplit(self.path)
            if parts.path == "/.well-known/openid-configuration":
                return self.say(200, provider.description())
            if parts.path == "/jwks":
                return self.say(200, {"keys": [provider.key.as_dict(private=False)]})
            if parts.path == "/authorize":
                asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
                self.send_response(302)
                self.send_header("Location", provider.approve(asked))
                self.end_headers()
                return None
            return self.say(404, {})

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if self.path == "/behave":
                provider.behaviour = json.loads(body)
                return self.say(200, {})
            form = {name: values[0] for name, values in parse_qs(body).items()}
            return self.say(*provider.token(form, self.headers.get("Authorization", "")))

        def say(self, status, body):
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    sys.stdout.write(f"{provider.issuer}\n")
    sys.stdout.flush()
    server.serve_forever()


class Running:
    """A provider that runs, and how to speak to it."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def behave(self, **how) -> None:
        requests.post(f"{self.issuer}/behave", json=how, timeout=10)

    def visit(self, address: str) -> str:
        """Go where the site sends the person; the path and query the provider sends them back to."""
        answer = requests.get(address, allow_redirects=False, timeout=10)
        parts = urlsplit(answer.headers["Location"])
        return f"{parts.path}?{parts.query}"


@contextmanager
def running():
    """The provider as a process."""
    process = subprocess.Popen([sys.executable, "-m", "tests.provider"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        yield Running(process.stdout.readline().strip())
    finally:
        process.terminate()
        process.wait(10)
        process.stdout.close()


if __name__ == "__main__":
    serve()
