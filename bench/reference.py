"""The reference: what the same server can do at best. A page of the same size, an empty POST, a bare broadcast."""

from gevent import monkey

monkey.patch_all()

import time  # noqa: E402

from flask import Flask, request  # noqa: E402
from flask_socketio import SocketIO, join_room  # noqa: E402

app = Flask(__name__)
io = SocketIO(app, async_mode="gevent", transports=["websocket"], cors_allowed_origins="*")
LINE = "<li class='item'><a href='/issues/{{ n }}'>{{ title }}</a> <span>{{ n }}</span></li>\n"
PAGE = "<!doctype html><html><body><ol>{% for n in rows %}" + LINE + "{% endfor %}</ol>{{ filler|safe }}</body></html>"
ROWS = 20
TEMPLATE = app.jinja_env.from_string(PAGE)


@app.get("/healthz")
def alive():
    return "ok"


@app.get("/page/<int:size>")
def page(size):
    return TEMPLATE.render(rows=range(ROWS), title="路灯不亮", filler="x" * max(size - 2_000, 0))


@app.post("/empty")
@app.put("/empty")
def empty():
    return "", 204


@io.on("watch", namespace="/live")
def watch(_given):
    join_room("all")
    return {"ok": True}


@app.post("/broadcast")
def broadcast():
    io.emit("tally", {"at": time.time(), "data": request.get_json()}, room="all", namespace="/live")
    return "", 204
