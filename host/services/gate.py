"""What the sockets ask: who somebody is, what they may hear, and where a message goes."""

from __future__ import annotations

from datetime import datetime

from host.access import Act, Actor, role_of
from host.apps.standing import StandingCall
from host.contract import ClientMessage, JsonObject, Participant
from host.errors import NotFound
from host.realtime.connection import SignIn, Source
from host.realtime.gate import Answer, Standing
from host.realtime.subscription import Subscriber
from host.services.app_identity import AppIdentity
from host.services.core import Core
from host.services.identity import Identity
from host.services.known import enter_anew, enter_known, remembered


class SocketGate:
    """The `Gate` of the realtime layer, on the same rules as every other call."""

    def __init__(self, core: Core, identity: Identity, apps: AppIdentity) -> None:
        self._core = core
        self._identity = identity
        self._apps = apps

    async def authenticate(self, token: str) -> SignIn:
        """Whose access token this is, a person's or an application's, and until when.

        Raises `Unauthorized`.
        """
        if self._apps.speaks(token):
            return self.sign_in(*await self._apps.authenticate_socket(token))
        return self.sign_in(*await self._identity.authenticate_socket(token))

    def sign_in(self, actor: Actor, expires_at: datetime | None = None) -> SignIn:
        """The sign-in of an actor who is known already, by a cookie say."""
        return SignIn(
            actor=actor,
            person=actor.user.person if actor.user else None,
            session_id=actor.session_id,
            expires_at=expires_at,
            app_id=actor.app_id,
        )

    async def may_subscribe(self, actor: object, room_id: str) -> Subscriber:
        """What the actor is in the room; raises `NotFound` where they may not know of it."""
        assert isinstance(actor, Actor)
        entry = await enter_anew(self._core, actor, room_id, Act.LISTEN)
        return Subscriber(
            view="editor" if entry.may(Act.SEE_SECRETS) else "public",
            person=actor.user.person if actor.user else None,
            role=role_of(actor, entry.participant),
            participant_id=entry.participant.id if entry.participant else None,
        )

    def client_message(
        self,
        actor: object,
        room_id: str,
        app_id: str,
        action: str,
        data: JsonObject,
        source: Source,
        arrived: float,
    ) -> Answer:
        """Hands an action to the one application it names, if that is on in the room."""
        assert isinstance(actor, Actor)
        core = self._core
        memory = core.hub.memory(room_id)
        found = remembered(memory, actor, Act.LISTEN) if memory is not None else None
        if found is None:
            return self._look_up_and_ask(actor, room_id, app_id, action, data, source, arrived)
        entry, known = found
        call: StandingCall | None = known.calls.get(app_id)
        if call is None or actor.user is None or not core.dispatch.stands(call):
            return self._look_up_and_ask(actor, room_id, app_id, action, data, source, arrived)
        return call.ask(_said(action, data, actor.user.id, entry.participant, source, arrived))

    def standing(self, actor: object, room_id: str, app_id: str, action: str) -> Standing | None:
        """A shorter way for more messages like one that was answered at once."""
        assert isinstance(actor, Actor)
        memory = self._core.hub.memory(room_id)
        found = remembered(memory, actor, Act.LISTEN) if memory is not None else None
        if found is None or memory is None or actor.user is None:
            return None
        entry, known = found
        call: StandingCall | None = known.calls.get(app_id)
        if call is None:
            return None
        user_id = actor.user.id
        part = entry.participant
        dispatch = self._core.dispatch

        def ask(data: JsonObject, source: Source, arrived: float) -> Answer | None:
            if not memory.holds(known, user_id, part) or not dispatch.stands(call):
                return None
            return call.ask(_said(action, data, user_id, part, source, arrived))

        return ask

    async def _look_up_and_ask(
        self,
        actor: Actor,
        room_id: str,
        app_id: str,
        action: str,
        data: JsonObject,
        source: Source,
        arrived: float,
    ) -> JsonObject | None:
        entry, known = await enter_known(self._core, actor, room_id, Act.LISTEN)
        on = known.apps.get(app_id)
        if on is None or not on.enabled:
            raise NotFound("This application is not on in this room.")
        message = _said(action, data, actor.need_user().id, entry.participant, source, arrived)
        dispatch = self._core.dispatch
        call = await dispatch.standing("client_message", app_id, entry.room, "message")
        if call is not None:
            known.calls[app_id] = call
            answer: Answer = call.ask(message)
            return answer[0] if isinstance(answer, tuple) else await answer
        told: JsonObject | None = await dispatch.call(
            "client_message", app_id, entry.room, message=message
        )
        return told


def _said(
    action: str,
    data: JsonObject,
    user_id: str,
    part: Participant | None,
    source: Source,
    arrived: float,
) -> ClientMessage:
    return ClientMessage(
        action, data, user_id, part, arrived, source.name, source.path, source.heard
    )
