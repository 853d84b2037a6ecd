"""What an application is given with every hook."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from host.contract.entities import JsonObject, Participant, Prize, Role, Winner
from host.contract.exchanged import Audience, Refusal
from host.contract.notifications import Category, Notification
from host.contract.people import PersonDraft
from host.contract.reach import Reach
from host.mail import MailSettings

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from logging import Logger

    from sqlalchemy.ext.asyncio import AsyncConnection


class AppContext(Protocol):
    """What an application is given with every hook: the platform, behind its permissions.

    Every call raises `AppPermissionDenied` when the manifest lacks the permission it names.
    `room_id` is None at start-up; calls about a room then raise `Conflict`.
    """

    @property
    def app_id(self) -> str:
        """The application's own id."""
        ...

    @property
    def room_id(self) -> str | None:
        """The room that the hook is about."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """The application's settings in this room, checked, defaults filled in."""
        ...

    @property
    def log(self) -> Logger:
        """A logger that names the application."""
        ...

    def now(self) -> datetime:
        """The host's clock, aware UTC."""
        ...

    def clock(self) -> float:
        """Seconds that only ever pass, for what lies between: that of `ClientMessage.arrived`.

        Processes of one machine share it; it says nothing across machines.
        """
        ...

    @property
    def public_url(self) -> str:
        """Where browsers reach this host, without a slash at the end."""
        ...

    @property
    def brand(self) -> str:
        """What this host is called."""
        ...

    @property
    def reach(self) -> Reach:
        """Which addresses the application may call; ask it of every address that people type."""
        ...

    def configured(self, name: str) -> str | None:
        """What whoever runs the host says to this application; None where they say nothing.

        For `BEACON_URL` of the application `lottery` it is `FESTOON_APPS_LOTTERY_BEACON_URL`.
        """
        ...

    @property
    def mail(self) -> MailSettings | None:
        """The host's own mail server, secrets included; None where there is none (users:read)."""
        ...

    async def participants(self, role: Role | None = None) -> Sequence[Participant]:
        """Everyone in the room, by joining order (participants:read)."""
        ...

    async def add_participants(
        self, people: Sequence[PersonDraft]
    ) -> Sequence[Participant | Refusal]:
        """Enters people who have no account and no phone (participants:write), at most 5,000.

        Answers one for each, in their order: the participant they are, new or as entered before
        under the same key, or why they are not (the room's rules for names, a ban). In a room
        that is DRAFT or ACTIVE, else `Conflict`; so it is where the door is locked, unless whoever
        caused the hook may open it. Nobody asks `register_participant` about them.
        """
        ...

    async def take_out_participants(self, keys: Sequence[str]) -> int:
        """Takes people out whom this application entered, by key; how many (participants:write).

        What they won stays theirs. They can be entered again.
        """
        ...

    async def prizes(self) -> Sequence[Prize]:
        """The prize fund, oldest first (prizes:read)."""
        ...

    async def winners(self, *, revoked: bool = False) -> Sequence[Winner]:
        """Winners, oldest first (winners:read); `revoked` brings those that were revoked too."""
        ...

    async def draw(self, prize_id: str, count: int = 1) -> Sequence[Winner]:
        """Draws `count` winners of a prize, as the organizer's button does (winners:write).

        Whoever answers for `winnerSelection` is asked: for that reason not from `select_winner`
        itself. All are drawn or nobody. Raises `Conflict` where too few can win, the units are
        gone, the room is not ACTIVE, or it changed meanwhile.
        """
        ...

    async def take_back(self, winner_id: str, *, reason: str) -> None:
        """Takes a win back, so that its unit can be won again (winners:write).

        The record stays with its `deleted_at`, and the `reason` (1 to 500 characters) in the
        room's log. Raises `NotFound` where there is no such win, or it was taken back already.
        """
        ...

    async def publish(
        self,
        event: str,
        data: JsonObject,
        *,
        durable: bool = True,
        audience: str = Audience.ALL,
    ) -> int | None:
        """Sends `<appId>:<what>` to the room, answers its seq (realtime:publish)."""
        ...

    async def notify(self, notification: Notification) -> bool:
        """Tells one person in the room something: in their inbox, live, and by their channels.

        Needs realtime:publish. The same id tells it once, however often it is called. False where
        the organizer does not let this application tell people anything. Raises `RateLimited`
        past the application's rate in the room, `NotFound` for somebody who is not in it.
        """
        ...

    async def notify_all(
        self,
        to: Collection[str] | Role | Literal["all", "winners"],
        title: str,
        body: str,
        *,
        kind: str,
        data: JsonObject | None = None,
        category: Category = Category.ANNOUNCEMENT,
        urgent: bool = False,
        at: datetime | None = None,
        key: str | None = None,
    ) -> str | None:
        """As `notify` for many: by user id, by role, all of the room, or whoever won.

        They are chosen at `at` (now). With the same `key` it is told once in this room. Answers
        the id by which its figures are found; None where the organizer does not let it.
        """
        ...

    async def schedule(
        self,
        kind: str,
        data: JsonObject,
        *,
        at: datetime,
        key: str | None = None,
        connection: AsyncConnection | None = None,
    ) -> str:
        """Has `job_due` called at `at`, by one process, whatever happens to this one; the job's id.

        A job takes the place of the one with the same `key` in this room. With the `connection`
        of `database().write()` it is written in that transaction, and is no job if that fails.
        """
        ...

    async def unschedule(self, key: str, *, connection: AsyncConnection | None = None) -> bool:
        """Takes back the job with this key; False where there is none (any more)."""
        ...

    def database(self) -> AsyncDatabase:
        """The application's own tables, prefixed `<id>_`."""
        ...


class AsyncDatabase(Protocol):
    """Transactions on the host's database, for an application's own tables."""

    def read(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """`async with db.read() as connection`: reads, without a write lock."""
        ...

    def write(self) -> AbstractAsyncContextManager[AsyncConnection]:
        """`async with db.write() as connection`: committed at the end, rolled back on error."""
        ...
