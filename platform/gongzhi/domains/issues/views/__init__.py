"""The pages of this room, by meaning: list, one issue, writing, handling, the work desk, administration."""

from flask import Blueprint

from . import administration, compose, desk, handling, listing, own, page, shown
from .page import register_panel

blueprint = Blueprint("issues", __name__)
shown.install(blueprint)
for part in (listing, compose, page, own, handling):
    part.install(blueprint)

blueprints = (blueprint, desk.blueprint, administration.blueprint)

__all__ = ["blueprint", "blueprints", "register_panel"]
