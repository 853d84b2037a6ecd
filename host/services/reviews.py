"""The review of applications: who may take over the capabilities that this host protects."""

from __future__ import annotations

from collections.abc import Sequence

from host.access import Actor, need_person
from host.apps.names import PLATFORM
from host.contract import Capability, ReviewState
from host.errors import ConfigurationError, Forbidden, NotFound
from host.services.core import Core
from host.services.notices import tell_organizers
from host.services.writer import RoomTransaction
from host.store import apps as store
from host.store import audit, room_apps
from host.store.jobs import Job

JOB = "app:review"


class Reviews:
    """Decides about applications, and tells the rooms that one of them answers in."""

    def __init__(self, core: Core) -> None:
        """Raises `ConfigurationError` where something is protected that there is not."""
        known = frozenset(Capability)
        if unknown := sorted(core.config.protected_capabilities - known):
            raise ConfigurationError(
                f"FESTOON_PROTECTED_CAPABILITIES names {', '.join(unknown)}; "
                f"known: {', '.join(Capability)}"
            )
        self._core = core
        core.jobs.handle(JOB, self._tell)

    @property
    def protected(self) -> frozenset[str]:
        """The capabilities that only a reviewed application may have on this host."""
        return self._core.config.protected_capabilities

    async def review(self, actor: Actor, app_id: str, state: ReviewState) -> None:
        """Says how the review of an application stands.

        It holds for decisions from the commit on, in every process. Where an application has
        answered for a protected capability and may not any more, the rooms' organizers are told.
        """
        need_reviewer(actor)
        now = self._core.sources.now()
        async with self._core.db.write() as conn:
            known = await store.get(conn, app_id)
            if known is None or app_id == PLATFORM:
                raise NotFound("There is no such application.")
            before = known.review_state
            if before is state:
                return
            await store.review(conn, app_id, state, now)
            await audit.append(
                conn,
                entry_id=self._core.sources.new_id(),
                act="app:review",
                now=now,
                actor_id=actor.need_user().id,
                subject_id=app_id,
                before={"reviewState": before.value},
                after={"reviewState": state.value},
                request_id=actor.request_id or None,
            )
            if before is ReviewState.APPROVED and self.protected:
                await self._core.jobs.enqueue(conn, JOB, {"appId": app_id, "state": state.value})
        await self._core.bulletin.changed(app_id)

    async def _tell(self, job: Job) -> None:
        app_id, state = job.payload["appId"], job.payload["state"]
        among = [Capability(name) for name in sorted(self.protected)]
        async with self._core.db.read() as conn:
            known = await store.get(conn, app_id)
            if known is None or known.review_state is ReviewState.APPROVED:
                return
            concerned = await room_apps.answered_by(conn, app_id, among)
        for room_id, capabilities in concerned.items():
            await self._tell_room(room_id, job.id, app_id, state, capabilities)

    async def _tell_room(
        self,
        room_id: str,
        notification_id: str,
        app_id: str,
        state: str,
        capabilities: Sequence[Capability],
    ) -> None:
        named = " and ".join(capabilities)

        async def write(tx: RoomTransaction) -> None:
            await tell_organizers(
                self._core,
                tx,
                "app:unreviewed",
                f"The application '{app_id}' may not answer for {named} any more",
                "Its review was withdrawn. Where you allowed it, the platform steps "
                "in; elsewhere choose who answers: see Applications.",
                {
                    "appId": app_id,
                    "reviewState": state,
                    "capabilities": [one.value for one in capabilities],
                },
                notice_id=f"{notification_id}.{tx.room.id}",
                brought=Capability.NOTIFICATIONS not in capabilities,
            )

        try:
            await self._core.writer.write(room_id, write, answers_call=False)
        except NotFound:
            # Deleted since: there is nobody to tell.
            return


def need_reviewer(actor: Actor) -> None:
    """Raises `Unauthorized` for nobody, `Forbidden` for whoever is no admin of the platform."""
    need_person(actor)
    if not actor.is_admin:
        raise Forbidden("Only those who run the platform review applications.")
