"""The values that the host and its applications exchange: frozen, typed, without behaviour.

`wire(value)` turns any of them into the JSON of the wire contract. Nothing here touches the
database.
"""

from __future__ import annotations

from host.contract.context import AppContext, AsyncDatabase
from host.contract.entities import (
    AppRef,
    JsonObject,
    Participant,
    Person,
    Prize,
    PrizeRef,
    ReviewState,
    Role,
    Room,
    RoomApp,
    RoomCounts,
    RoomStatus,
    User,
    Winner,
)
from host.contract.exchanged import (
    Audience,
    BackgroundTask,
    Event,
    Job,
    Panel,
    Pick,
    Place,
    PrizeDraft,
    Refusal,
    Registration,
    Selection,
    SettingsPanel,
)
from host.contract.messages import ClientMessage, Path
from host.contract.notifications import Category, Delivery, Notification, Recipient
from host.contract.people import PersonDraft
from host.contract.reach import Reach
from host.contract.wire import camel, iso, wire
from host.permissions import Capability, OnFailure, Permission

__all__ = [
    "AppContext",
    "AppRef",
    "AsyncDatabase",
    "Audience",
    "BackgroundTask",
    "Capability",
    "Category",
    "ClientMessage",
    "Delivery",
    "Event",
    "Job",
    "JsonObject",
    "Notification",
    "OnFailure",
    "Panel",
    "Participant",
    "Path",
    "Permission",
    "Person",
    "PersonDraft",
    "Pick",
    "Place",
    "Prize",
    "PrizeDraft",
    "PrizeRef",
    "Reach",
    "Recipient",
    "Refusal",
    "Registration",
    "ReviewState",
    "Role",
    "Room",
    "RoomApp",
    "RoomCounts",
    "RoomStatus",
    "Selection",
    "SettingsPanel",
    "User",
    "Winner",
    "camel",
    "iso",
    "wire",
]
