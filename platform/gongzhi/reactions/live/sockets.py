"""The doors of `/live`: connect, watch, unwatch, resync. Clients publish nothing and choose no rooms.

Flask-SocketIO keeps the user it saw at the handshake for ever, and a disabled account in its rooms
(hard-won.md, 1): who is behind a socket is therefore asked again at every call and every two seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlsplit

import flask
import structlog
from flask_socketio import ConnectionRefusedError as Refused
from flask_socketio import SocketIO
from sqlalchemy.orm import Session

from gongzhi.domains.people.queries import Identified, identify_sessions, identify_token
from gongzhi.kernel import db
from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.events import stream_versions
from gongzhi.kernel.policy import Actor

from .connections import MOST_TOPICS, Connection, Connections
from .topics import Watched, resolve, state_of

NAMESPACE = "/live"
MOST_BYTES = 16 * 1024
BATCH = 500

Answer = dict[str, Any]

log = structlog.get_logger(__name__)


class Sockets:
    """The sockets of this process, and what they may hear."""

    def __init__(self, io: SocketIO, visited_district: Callable[[], str]) -> None:
        self._io = io
        self._visited_district = visited_district
        self.connections = Connections()
        self.on_watched: Callable[[], None] = lambda: None
        io.on_event("connect", self._connect, namespace=NAMESPACE)
        io.on_event("disconnect", self._disconnect, namespace=NAMESPACE)
        io.on_event("watch", self._watch, namespace=NAMESPACE)
        io.on_event("unwatch", self._unwatch, namespace=NAMESPACE)
        io.on_event("resync", self._resync, namespace=NAMESPACE)

    # -- what clients call

    def _connect(self, auth: object = None) -> None:
        sid = _sid()
        if self.connections.get(sid) is not None:
            return  # a client may send an event of this name
        with db.isolated():
            self.connections.add(self._identify(sid, auth))

    def _identify(self, sid: str, auth: object) -> Connection:
        given = auth if isinstance(auth, dict) else {}
        token, acting_for = given.get("token"), given.get("acting_for")
        if token is None:
            scheme, _, value = flask.request.headers.get("Authorization", "").partition(" ")
            token = value.strip() if scheme.lower() == "bearer" else None
        if token is not None:
            found = identify_token(db.session(), token) if isinstance(token, str) else None
            acting = found and (found.acting_for(acting_for) if isinstance(acting_for, str) else found)
            if acting is None:
                raise Refused("not signed in")
            return Connection(sid, acting.actor, acting_for if isinstance(acting_for, str) else None)
        cookie = flask.session.get("_user_id")
        if cookie is not None and "Origin" not in flask.request.headers:
            # Browsers always name the origin of a socket; what sends our cookie without one is no page of ours.
            raise Refused("origin missing")
        found = identify_token(db.session(), cookie) if isinstance(cookie, str) else None
        if found is not None and found.session.kind == "browser":
            return Connection(sid, found.actor)
        return Connection(sid, Actor(district_id=self._visited_district()))

    def _disconnect(self, _reason: object = None) -> None:
        sid = _sid()
        self.connections.remove(sid)
        if self._io.server.manager.is_connected(sid, NAMESPACE):
            # An event of this name, not the end of the connection: make it one, or the socket would listen unseen.
            self._io.server.disconnect(sid, namespace=NAMESPACE)

    def _watch(self, given: object = None, *_more: object) -> Answer:
        connection = self._present()
        if connection is None:
            return _refusal("connection")
        topics = given.get("topics") if isinstance(given, dict) else None
        if not isinstance(topics, list) or len(topics) > MOST_TOPICS:
            return _refusal("topics")
        refused: list[Any] = []
        granted: list[Watched] = []
        with db.isolated():
            current = db.session()
            room_left = MOST_TOPICS - len(connection.topics)
            for wire in dict.fromkeys(topic if isinstance(topic, str) else str(topic) for topic in topics):
                held = connection.topics.get(wire)
                watched = held or (resolve(current, connection.actor, wire) if room_left > 0 else None)
                if watched is None:
                    refused.append(wire[:100])
                    continue
                room_left -= held is None
                granted.append(watched)
            # In the room first, then the version: what happens between the two arrives and is not missed.
            for watched in granted:
                self._io.server.enter_room(connection.sid, watched.room, namespace=NAMESPACE)
            versions = stream_versions(current, {watched.inner for watched in granted})
        for watched in granted:
            self.connections.watch(connection, watched, versions[watched.inner])
        self.on_watched()
        return {
            "ok": True,
            "refused": refused,
            "versions": {watched.wire: versions[watched.inner] for watched in granted},
        }

    def _unwatch(self, given: object = None, *_more: object) -> Answer:
        connection = self.connections.get(_sid())
        topics = given.get("topics") if isinstance(given, dict) else None
        if connection is None or not isinstance(topics, list):
            return _refusal("topics")
        for wire in topics[:MOST_TOPICS]:
            self._leave(connection, wire)
        return {"ok": True}

    def _resync(self, given: object = None, *_more: object) -> Answer:
        connection = self._present()
        if connection is None:
            return _refusal("connection")
        wire = given.get("topic") if isinstance(given, dict) else None
        with db.isolated():
            current = db.session()
            watched = resolve(current, connection.actor, wire)
            if watched is None:
                return _refusal("topic")
            version = stream_versions(current, [watched.inner])[watched.inner]
            state = _state(current, connection.actor, watched)
        return {"ok": True, "topic": watched.wire, "version": version, "state": state}

    # -- what we ask of them

    def _present(self) -> Connection | None:
        """The calling socket, if whoever is behind it is still signed in and does not call too often."""
        connection = self.connections.get(_sid())
        if connection is None or not connection.may_call():
            return None
        if connection.actor.session_id is not None:
            self.recheck([connection])
        return self.connections.get(_sid())

    def recheck(self, connections: Collection[Connection]) -> None:
        """Ask again who is behind these sockets: drop those signed out, leave topics no longer allowed."""
        asked = list(connections)
        for start in range(0, len(asked), BATCH):
            batch = asked[start : start + BATCH]
            ids = {one.actor.session_id for one in batch if one.actor.session_id is not None}
            with db.isolated():
                found = identify_sessions(db.session(), sorted(ids))
                for one in batch:
                    self._apply(one, found.get(one.actor.session_id or ""))

    def _apply(self, connection: Connection, identified: Identified | None) -> None:
        acting = identified
        if identified is not None and connection.acting_for is not None:
            acting = identified.acting_for(connection.acting_for)
        if acting is None:
            self.drop(connection)
            return
        if acting.actor == connection.actor:
            return
        connection.actor = acting.actor
        for wire in list(connection.topics):
            if resolve(db.session(), connection.actor, wire) != connection.topics.get(wire):
                self._leave(connection, wire)

    def _leave(self, connection: Connection, wire: object) -> None:
        watched = self.connections.unwatch(connection, wire) if isinstance(wire, str) else None
        if watched is not None and self._io.server.manager.is_connected(connection.sid, NAMESPACE):
            self._io.server.leave_room(connection.sid, watched.room, namespace=NAMESPACE)

    def drop(self, connection: Connection) -> None:
        """End this connection now."""
        self.connections.remove(connection.sid)
        self._io.server.disconnect(connection.sid, namespace=NAMESPACE)

    def drop_all(self) -> None:
        """End every connection, as the process ends."""
        for connection in self.connections.all():
            self.drop(connection)
        for sid in list(self._io.server.eio.sockets):
            self._io.server.eio.disconnect(sid)


def may_come_from(public_url: str) -> Callable[[str, dict[str, Any]], bool]:
    """The check of a handshake's `Origin`: ours, by the host the request came to or by the public address."""
    ours = urlsplit(public_url).netloc

    def allowed(origin: str, environ: dict[str, Any]) -> bool:
        host = urlsplit(origin or "").netloc
        return bool(host) and host in (ours, environ.get("HTTP_HOST"))

    return allowed


def _state(current: Session, actor: Actor, watched: Watched) -> dict[str, Any]:
    try:
        return state_of(current, actor, watched)
    except DomainError:
        return {}


def _sid() -> str:
    sid: str = flask.request.sid  # type: ignore[attr-defined] # set by Flask-SocketIO
    return sid


def _refusal(what: str) -> Answer:
    return {"ok": False, "error": what, "refused": [], "versions": {}}
