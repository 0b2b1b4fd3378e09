"""The site as an app: manifest, service worker, offline page, and where photos shared from other apps arrive."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request, send_from_directory
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from gongzhi.kernel.guard import guard
from gongzhi.kernel.policy import PUBLIC
from gongzhi.kernel.settings import Settings
from gongzhi.kernel.text import speaking

blueprint = Blueprint("pwa", __name__)

COLOUR, GROUND = "#9c2f1f", "#faf8f5"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}


@blueprint.get("/manifest.webmanifest")
@guard(PUBLIC)
def manifest() -> Response:
    """What an installed app is called and looks like. Browsers ask without a cookie: the query tells the language."""
    settings: Settings = current_app.config["SETTINGS"]
    locale = LANGUAGES.get(request.args.get("lang", ""), settings.locale)
    with force_locale(locale), speaking(locale):
        made = jsonify(
            id="/",
            name=_("Gongzhi – our district together"),
            short_name=_("Gongzhi"),
            description=_("Raise what matters where you live, discuss it, vote on it, and follow it to the result."),
            lang="en" if locale == "en" else "zh-Hans",
            start_url="/?app=1",
            scope="/",
            display="standalone",
            theme_color=COLOUR,
            background_color=GROUND,
            icons=[
                {"src": "/static/app192.png", "sizes": "192x192", "type": "image/png", "purpose": "any"},
                {"src": "/static/app512.png", "sizes": "512x512", "type": "image/png", "purpose": "any"},
                {"src": "/static/appmaskable.png", "sizes": "512x512", "type": "image/png", "purpose": "maskable"},
            ],
            shortcuts=[
                {"name": _("Raise an issue"), "url": "/issues/new"},
                {"name": _("Notices"), "url": "/notices"},
            ],
            share_target={
                "action": "/share",
                "method": "POST",
                "enctype": "multipart/form-data",
                "params": {"files": [{"name": "photos", "accept": ["image/*"]}]},
            },
        )
    made.mimetype = "application/manifest+json"
    made.headers["Cache-Control"] = "public, max-age=3600"
    return made


@blueprint.get("/sw.js")
@guard(PUBLIC)
def worker() -> Response:
    """The service worker, at the root because it may only look after what is below its own address."""
    answer = send_from_directory(current_app.static_folder or "", "sw.js", mimetype="text/javascript")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.get("/offline")
@guard(PUBLIC)
def offline() -> Response:
    """What the service worker shows without a line. It is kept on devices, so it is the same for everybody."""
    answer = Response(render_template("site/offline.html"))
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@blueprint.post("/share")
@guard(PUBLIC)
def share() -> AnyResponse:
    """Where another app's photos go. The service worker takes them before they get here; without one they are lost."""
    return redirect("/issues/new", 303)
