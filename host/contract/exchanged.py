"""What passes between the host and an application: events, decisions, panels, jobs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from host.contract.entities import JsonObject


class Audience(StrEnum):
    """Who receives an event. A single person is addressed as `user:<userId>` instead."""

    ALL = "all"
    ORGANIZERS = "organizers"


@dataclass(frozen=True)
class Event:
    """Something that happened in a room. `seq` is None for a passing event.

    `editor_data` is what those who may edit the room get instead of `data` (None: the same).
    `audience` is an `Audience` or `user:<userId>`.
    """

    room_id: str
    event: str
    data: JsonObject
    at: datetime
    seq: int | None = None
    editor_data: JsonObject | None = None
    audience: str = Audience.ALL


@dataclass(frozen=True)
class Registration:
    """Decision of `register_participant`: let the person in, with this metadata.

    What the person sent is kept beside it where `keeps_form`; everybody in the room can read all
    of it, so an application that asked for something private keeps that in a table of its own.
    """

    metadata: JsonObject = field(default_factory=dict)
    keeps_form: bool = True


@dataclass(frozen=True)
class Refusal:
    """Decision: no, for a reason that reaches the person."""

    reason: str


@dataclass(frozen=True)
class Pick:
    """One chosen entrant, by participant id, with what is kept beside the win."""

    participant_id: str
    metadata: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class Selection:
    """Decision of `select_winner`: exactly `count` different entrants, in the order drawn.

    `record` is kept with the draw, beside its seed and entrants: whatever else it takes to run
    the draw again, as plain JSON.
    """

    winners: tuple[Pick, ...]
    record: JsonObject = field(default_factory=dict)


@dataclass(frozen=True)
class PrizeDraft:
    """A prize that an application would put into a new room's fund."""

    name: str
    quantity: int
    description: str | None = None
    metadata: JsonObject = field(default_factory=dict)


class Place(StrEnum):
    """Where an application's panel stands."""

    ORGANIZER = "organizer"
    PARTICIPANT = "participant"
    SCREEN = "screen"


@dataclass(frozen=True)
class Panel:
    """A piece of an application's interface.

    For `Place.ORGANIZER` either `html` (a fragment rendered by the app's templates, shown in
    the organizer's room) or `url`; for the other places `url` is the page that takes the place
    of the platform's. `url` is a path below `/apps/<id>/`.
    """

    place: Place
    title: str
    url: str | None = None
    html: str | None = None


@dataclass(frozen=True)
class SettingsPanel:
    """Decision of `settings_panel`: a page of the application for its settings.

    `url` None means the form that the platform makes from the settings schema. A page that is
    for some of the settings only names them in `settings`, properties at the top of the schema:
    the platform's form has the others, and never touches these. None: it is for all of them.
    """

    title: str
    url: str | None = None
    settings: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Job:
    """Work that an application has scheduled in a room, now that it is due.

    `attempt` counts from 1; the same `id` may come again, after a failure or a crash.
    """

    id: str
    kind: str
    data: JsonObject
    due_at: datetime
    attempt: int


@dataclass(frozen=True)
class BackgroundTask:
    """A coroutine that the host keeps running, restarted with back-off when it raises."""

    name: str
    run: Callable[[], Awaitable[None]]
