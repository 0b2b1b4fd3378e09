"""A mail relay of tests: real SMTP on this machine, which keeps what it took and can misbehave on order."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import default


class MailRelay(socketserver.ThreadingTCPServer):
    """`taken` holds every message whose whole text has arrived, answered or not."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, before_answer=None, refuse=()):
        super().__init__(("127.0.0.1", 0), _Session)
        self.taken = []
        self.connections = 0
        self.before_answer = before_answer or (lambda _taken: "250 taken")
        self.refuse = set(refuse)

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.server_address[1]}?from=gongzhi%40mail.gongzhi"

    def recipients(self):
        return [message["To"] for message in self.taken]


class _Session(socketserver.StreamRequestHandler):
    def handle(self):
        self.server.connections += 1
        self.say("220 relay")
        while line := self.rfile.readline():
            verb = line[:4].decode().upper()
            if verb in ("EHLO", "HELO", "MAIL", "RSET", "NOOP"):
                self.say("250 ok")
            elif verb == "RCPT":
                refused = any(one.encode() in line for one in self.server.refuse)
                self.say("550 nobody here" if refused else "250 ok")
            elif verb == "DATA":
                self.say("354 go on")
                self.server.taken.append(message_from_bytes(self.text(), policy=default))
                answer = self.server.before_answer(self.server.taken)
                if answer is None:
                    return
                self.say(answer)
            else:
                self.say("221 bye")
                return

    def text(self):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        return b"".join(lines)

    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()


@contextmanager
def mail_relay(**manner):
    """The relay, listening."""
    server = MailRelay(**manner)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
