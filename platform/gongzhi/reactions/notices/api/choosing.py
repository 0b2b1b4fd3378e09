"""What one is told, where and when, over the JSON API."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from gongzhi.kernel.api import ApiIn, ApiOut, operation
from gongzhi.kernel.db import session, write
from gongzhi.kernel.errors import Invalid, NotFound
from gongzhi.kernel.guard import actor
from gongzhi.kernel.secrets import token_hash
from gongzhi.kernel.text import lazy as _l
from gongzhi.reactions.notices import channels, choices, own
from gongzhi.reactions.notices import inbox as box
from gongzhi.reactions.notices.hours import Schedule
from gongzhi.reactions.notices.models import DIGEST, INBOX, Channel, NoticeKind
from gongzhi.reactions.notices.permissions import CHOOSE_CHANNELS
from gongzhi.reactions.notices.things import THINGS
from gongzhi.reactions.notices.views.choosing import public_key

Text = Annotated[str, Field(max_length=1000)]
TAG = "me"


class HoursOut(ApiOut):
    """Minutes since midnight of the district's clock; equal ones mean no quiet hours."""

    quiet_from: int
    quiet_until: int
    digest_hour: int


class AreaOut(ApiOut):
    """An area one is told of: a place, or a centre with a radius in metres."""

    id: str
    name: str
    place_id: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    radius_m: int | None = None


class SettingsOut(ApiOut):
    """Everything chosen: by kind (and `digest`), which channels carry it."""

    kinds: dict[str, dict[str, bool]]
    offered: list[str]
    hours: HoursOut
    areas: list[AreaOut]
    push_key: str


class HoursIn(ApiIn):
    """Quiet hours in minutes since midnight, and the hour of the digest."""

    quiet_from: int = Field(ge=0, lt=24 * 60)
    quiet_until: int = Field(ge=0, lt=24 * 60)
    digest_hour: int = Field(ge=0, lt=24)


class SettingsIn(ApiIn):
    """Only what is given changes: `{"kinds": {"comment": {"mail": false}}}`."""

    kinds: dict[str, dict[str, bool]] = Field(default_factory=dict, max_length=20)
    hours: HoursIn | None = None


class AreaIn(ApiIn):
    """A place, or a centre with a radius of 100 to 5000 metres."""

    name: str = Field("", max_length=choices.LONGEST_NAME)
    place_id: str | None = Field(None, max_length=13)
    latitude: float | None = Field(None, ge=-90, le=90)
    longitude: float | None = Field(None, ge=-180, le=180)
    radius_m: int | None = Field(None, ge=choices.NEAREST_M, le=choices.FARTHEST_M)


class ThingIn(ApiIn):
    """What comes of one thing, by channel; `inbox` false mutes it, null goes back to its kinds."""

    channels: dict[str, bool | None] = Field(max_length=4)


class KeysIn(ApiIn):
    """The keys a browser gives with its subscription."""

    p256dh: str = Field(max_length=200)
    auth: str = Field(max_length=100)


class DeviceIn(ApiIn):
    """What `PushSubscription.toJSON()` gives, and a name for the list."""

    endpoint: Text
    keys: KeysIn
    device: str = Field("", max_length=120)


class EndpointIn(ApiIn):
    """The address of a subscription."""

    endpoint: Text


class DeviceOut(ApiOut):
    """A browser that takes push; its address is never given out again."""

    id: str
    device: str
    created_at: datetime


@operation("GET", "/me/notice-settings", CHOOSE_CHANNELS, answer=SettingsOut, tag=TAG)
def get_notice_settings() -> SettingsOut:
    """What one is told, where and when."""
    return _settings()


def _settings() -> SettingsOut:
    table = own.table(session(), actor())
    kinds = {
        line.kind.value: {INBOX: line.inbox}
        | {channel.value: on for channel, on in line.channels.items() if on is not None}
        for line in table.lines
    }
    kinds[DIGEST] = {channel.value: on for channel, on in table.digest.items()}
    hours = own.schedule(session(), actor())
    return SettingsOut(
        kinds=kinds,
        offered=[channel.value for channel in table.offered],
        hours=HoursOut.model_validate(hours),
        areas=[AreaOut.model_validate(area) for area in own.areas(session(), actor())],
        push_key=public_key(),
    )


@operation("PATCH", "/me/notice-settings", CHOOSE_CHANNELS, body=SettingsIn, answer=SettingsOut, tag=TAG)
def change_notice_settings(body: SettingsIn) -> SettingsOut:
    """Choose kinds by channel, and hours; what is not given stays."""
    inbox: dict[NoticeKind, bool] = {}
    wanted: dict[tuple[str, str], bool] = {}
    for kind, by_channel in body.kinds.items():
        for channel, on in by_channel.items():
            if channel == INBOX and kind in tuple(NoticeKind):
                inbox[NoticeKind(kind)] = on
            elif _choosable(kind, channel):
                wanted[(kind, channel)] = on
            else:
                raise Invalid.of("kinds", _l("This is not one of the choices."))
    with write() as current:
        box.prefer(current, actor(), inbox)
        choices.choose_own(current, actor(), wanted)
        if body.hours is not None:
            hours = Schedule(body.hours.quiet_from, body.hours.quiet_until, body.hours.digest_hour)
            choices.set_hours(current, actor(), hours)
    return _settings()


def _choosable(kind: str, channel: str) -> bool:
    if channel not in tuple(Channel) or kind not in (*NoticeKind, DIGEST):
        return False
    return channels.carries(Channel(channel), kind)


@operation("POST", "/me/area-alerts", CHOOSE_CHANNELS, body=AreaIn, answer=AreaOut, status=201, tag=TAG)
def add_area_alert(body: AreaIn) -> AreaOut:
    """Be told of what is new in a place or around a point."""
    centre = None
    if body.latitude is not None and body.longitude is not None:
        centre = (body.latitude, body.longitude)
    with write() as current:
        made = choices.add_area(
            current, actor(), name=body.name, place_id=body.place_id, centre=centre, radius_m=body.radius_m
        )
        return AreaOut.model_validate(made)


@operation("DELETE", "/me/area-alerts/<area_id>", CHOOSE_CHANNELS, tag=TAG)
def remove_area_alert(area_id: str) -> None:
    """Be told no more of an area."""
    with write() as current:
        choices.remove_area(current, actor(), area_id)


@operation("PUT", "/me/things/<kind>/<subject_id>", CHOOSE_CHANNELS, body=ThingIn, tag=TAG)
def choose_for_thing(kind: str, subject_id: str, body: ThingIn) -> None:
    """What comes of one issue, decision or initiative."""
    if kind not in THINGS:
        raise NotFound
    with write() as current:
        choices.choose_for_thing(current, actor(), kind, subject_id, body.channels)


@operation("POST", "/me/push-subscriptions", CHOOSE_CHANNELS, body=DeviceIn, answer=DeviceOut, status=201, tag=TAG)
def add_push_subscription(body: DeviceIn) -> DeviceOut:
    """Push to this browser from now on."""
    with write() as current:
        made = choices.subscribe_device(
            current,
            actor(),
            endpoint=body.endpoint,
            p256dh=body.keys.p256dh,
            auth=body.keys.auth,
            device=body.device,
        )
        return DeviceOut.model_validate(made)


@operation("DELETE", "/me/push-subscriptions/<subscription_id>", CHOOSE_CHANNELS, tag=TAG)
def remove_push_subscription(subscription_id: str) -> None:
    """Push to a browser no more."""
    with write() as current:
        choices.remove_device(current, actor(), subscription_id)


@operation("POST", "/me/push-subscriptions/forget", CHOOSE_CHANNELS, body=EndpointIn, tag=TAG)
def forget_push_subscription(body: EndpointIn) -> None:
    """The same, by the address, which is all a browser knows of its own subscription."""
    wanted = token_hash(body.endpoint)
    found = next((one.id for one in own.devices(session(), actor()) if one.endpoint_hash == wanted), None)
    if found is not None:
        with write() as current:
            choices.remove_device(current, actor(), found)
