"""The hooks that an application may implement, each with the API version that added it.

Delegated hooks answer for a capability: in a room exactly one application is asked, and it
must answer. Observers are told after the fact and answer nothing. Boot hooks run when the
host starts. An implementation names only the arguments it uses; a new argument is therefore
a minor change. Delegated hooks and observers are `async def`; `routes` and `tasks` are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pluggy

from host.contract import (
    AppContext,
    BackgroundTask,
    Capability,
    ClientMessage,
    Delivery,
    Job,
    JsonObject,
    Notification,
    OnFailure,
    Panel,
    Participant,
    Person,
    Place,
    Prize,
    PrizeDraft,
    Refusal,
    Registration,
    Room,
    RoomStatus,
    Selection,
    SettingsPanel,
    Winner,
)

if TYPE_CHECKING:
    from starlette.routing import BaseRoute

PROJECT = "festoon"
API_VERSION = 1
"""The hook API of this host. It loads applications of this version and of the one before."""

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True)
class Delegated:
    """How one delegated hook is called: for which capability, how long, and what on failure."""

    hook: str
    capability: Capability
    seconds: float
    on_failure: OnFailure
    answers: tuple[type, ...]
    """The types an answer may have; `type(None)` where None is a decision."""


DELEGATED: dict[str, Delegated] = {
    d.hook: d
    for d in (
        Delegated(
            "registration_form",
            Capability.PARTICIPANT_REGISTRATION,
            1.0,
            OnFailure.DEFAULT,
            (dict,),
        ),
        Delegated(
            "register_participant",
            Capability.PARTICIPANT_REGISTRATION,
            3.0,
            OnFailure.FAIL,
            (Registration, Refusal),
        ),
        Delegated("prize_fund", Capability.PRIZE_FUND, 3.0, OnFailure.FAIL, (list, tuple)),
        Delegated("check_prize", Capability.PRIZE_FUND, 1.0, OnFailure.FAIL, (type(None), Refusal)),
        Delegated(
            "select_winner",
            Capability.WINNER_SELECTION,
            5.0,
            OnFailure.FAIL,
            (Selection, Refusal),
        ),
        Delegated("notify", Capability.NOTIFICATIONS, 10.0, OnFailure.DEFAULT, (Delivery,)),
        Delegated(
            "settings_panel", Capability.ROOM_SETTINGS, 1.0, OnFailure.DEFAULT, (SettingsPanel,)
        ),
        Delegated(
            "check_settings", Capability.ROOM_SETTINGS, 1.0, OnFailure.FAIL, (type(None), Refusal)
        ),
    )
}
"""Every delegated hook. The capability of an app binds to all hooks of that capability."""

OBSERVERS: frozenset[str] = frozenset(
    {
        "app_selected",
        "app_removed",
        "room_status_changed",
        "participant_joined",
        "participant_left",
        "winner_selected",
        "settings_changed",
        "client_message",
        "job_due",
        "panels",
        "export_person",
        "erase_person",
        "room_deleted",
    }
)
BOOT: frozenset[str] = frozenset({"routes", "tasks", "startup", "shutdown"})
SYNC: frozenset[str] = frozenset({"routes", "tasks"})
"""The only hooks that are plain functions; an `async def` there is refused, and the reverse."""


class HookSpecs:
    """The specifications, grouped by capability. All were added in API version 1."""

    # participantRegistration

    @hookspec
    async def registration_form(self, ctx: AppContext, room: Room) -> JsonObject:  # type: ignore[empty-body]
        """The JSON Schema of what a person is asked on joining, besides the name."""

    @hookspec
    async def register_participant(  # type: ignore[empty-body]
        self, ctx: AppContext, room: Room, person: Person, form: JsonObject
    ) -> Registration | Refusal:
        """Decides whether a person may join; `form` is the metadata that they sent."""

    # prizeFund

    @hookspec
    async def prize_fund(self, ctx: AppContext, room: Room) -> Sequence[PrizeDraft]:  # type: ignore[empty-body]
        """The prizes that a new room starts with."""

    @hookspec
    async def check_prize(self, ctx: AppContext, room: Room, prize: PrizeDraft) -> Refusal | None:
        """Refuses a prize about to be added or changed, or lets it pass with None."""

    # winnerSelection

    @hookspec
    async def select_winner(  # type: ignore[empty-body]
        self,
        ctx: AppContext,
        room: Room,
        prize: Prize,
        entrants: Sequence[Participant],
        count: int,
        seed: bytes,
    ) -> Selection | Refusal:
        """Chooses `count` of `entrants`, and nobody else.

        A `Refusal` (too few may still win, say) reaches the organizer as a 409 CONFLICT.

        `entrants` stand in the fixed order of joining; `seed` is 32 random bytes, recorded with
        the draw, so that the same seed and entrants must give the same selection.
        """

    # notifications

    @hookspec
    async def notify(  # type: ignore[empty-body]
        self, ctx: AppContext, room: Room | None, notification: Notification
    ) -> Delivery:
        """Delivers one notification, which stands in the person's inbox already.

        Called after the commit, by one process at a time, and again with the same id after a
        failure or a crash: what was handed over before must not be handed over twice. After the
        last try the platform's inbox is all there is, and the organizers are told. `room` is
        None for what concerns the account: a code to sign in, a new password.
        """

    # roomSettings

    @hookspec
    async def settings_panel(self, ctx: AppContext, room: Room) -> SettingsPanel:  # type: ignore[empty-body]
        """The page on which the organizer changes this application's settings."""

    @hookspec
    async def check_settings(
        self, ctx: AppContext, room: Room, settings: JsonObject
    ) -> Refusal | None:
        """Refuses settings that fit the schema and still make no sense, or passes with None."""

    # observers, told after the commit

    @hookspec
    async def app_selected(self, ctx: AppContext, room: Room) -> None:
        """The organizer switched this application on in the room."""

    @hookspec
    async def app_removed(self, ctx: AppContext, room: Room) -> None:
        """The organizer switched this application off in the room."""

    @hookspec
    async def room_status_changed(self, ctx: AppContext, room: Room, previous: RoomStatus) -> None:
        """The room moved from `previous` to `room.status`."""

    @hookspec
    async def participant_joined(
        self, ctx: AppContext, room: Room, participant: Participant
    ) -> None:
        """A person joined, or came back."""

    @hookspec
    async def participant_left(self, ctx: AppContext, room: Room, participant: Participant) -> None:
        """A person left, or was removed."""

    @hookspec
    async def winner_selected(self, ctx: AppContext, room: Room, winner: Winner) -> None:
        """A prize was won."""

    @hookspec
    async def settings_changed(self, ctx: AppContext, room: Room) -> None:
        """This application's settings in the room changed."""

    @hookspec
    async def client_message(
        self, ctx: AppContext, room: Room, message: ClientMessage
    ) -> JsonObject | None:
        """A client sent `<appId>:<what>`; only the named application hears it.

        What it returns is the acknowledgement's `data`; a `FestoonError` becomes its error.
        """

    @hookspec
    async def job_due(self, ctx: AppContext, room: Room, job: Job) -> None:
        """Something that this application has scheduled is due; only it hears of it.

        At least once, by one process at a time, and within 30 s. What it raises is the reason to
        be called again later, with a longer pause each time; see `ctx.schedule`.
        """

    @hookspec
    async def panels(self, ctx: AppContext, room: Room, place: Place) -> Sequence[Panel]:  # type: ignore[empty-body]
        """The application's pieces of interface at a place, for a room it is on in."""

    @hookspec
    async def export_person(self, ctx: AppContext, user_id: str) -> JsonObject:  # type: ignore[empty-body]
        """All that the application keeps about a person, as JSON."""

    @hookspec
    async def erase_person(self, ctx: AppContext, user_id: str) -> None:
        """Forget a person in the application's own tables; results stay provable."""

    @hookspec
    async def room_deleted(self, ctx: AppContext, room_id: str) -> None:
        """The organizer deleted a room that this application was on in: nobody comes there again.

        The application takes away what it keeps of it. It is called until it has worked, and
        `ctx` is of no room.
        """

    # boot

    @hookspec
    def routes(self) -> Sequence[BaseRoute]:  # type: ignore[empty-body]
        """Pages and sockets, mounted at `/apps/<id>/`; see `host.room_page`, `host.room_socket`."""

    @hookspec
    def tasks(self, ctx: AppContext) -> Sequence[BackgroundTask]:  # type: ignore[empty-body]
        """Coroutines that run as long as the host does."""

    @hookspec
    async def startup(self, ctx: AppContext) -> None:
        """Before the host takes requests, within 10 s."""

    @hookspec
    async def shutdown(self, ctx: AppContext) -> None:
        """After the last request."""


def specification(hook: str) -> Any:
    """The specification function of a hook, for its signature and docstring."""
    return getattr(HookSpecs, hook)
