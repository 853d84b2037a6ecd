"""The verbs of the platform, one group a file, hung on one object."""

from __future__ import annotations

from dataclasses import dataclass

from host.services.account import Account
from host.services.admin import Admin
from host.services.announcements import Announcements
from host.services.app_identity import AppIdentity
from host.services.apps import Apps
from host.services.audit import Audit
from host.services.calls import Calls
from host.services.confirmation import Confirmation
from host.services.core import Background, Core
from host.services.deliverer import Deliverer
from host.services.door import Doors
from host.services.draws import Draws
from host.services.earlier import Earlier
from host.services.erasure import Erasure
from host.services.events import Events
from host.services.export import Export
from host.services.federation import Federation
from host.services.hot import Hot
from host.services.identity import Identity
from host.services.inbox import Inbox
from host.services.letters import Letters
from host.services.ownership import Ownership
from host.services.participants import Participants
from host.services.phones import Phones
from host.services.preferences import NotificationPreferences
from host.services.prizes import Prizes
from host.services.publishing import Publishing
from host.services.recovery import Recovery
from host.services.registration import Registration
from host.services.reviews import Reviews
from host.services.room_apps import RoomApps
from host.services.rooms import Rooms
from host.services.rotation import Rotation
from host.services.rush import Rush
from host.services.upgrading import Upgrading
from host.services.upkeep import Upkeep
from host.services.winners import Winners


@dataclass(frozen=True)
class Services:
    """Everything that can be asked of the host; each call takes the `Actor` first."""

    core: Core
    identity: Identity
    account: Account
    admin: Admin
    export: Export
    erasure: Erasure
    letters: Letters
    announcements: Announcements
    deliverer: Deliverer
    earlier: Earlier
    inbox: Inbox
    preferences: NotificationPreferences
    confirmation: Confirmation
    recovery: Recovery
    phones: Phones
    federation: Federation
    rooms: Rooms
    room_apps: RoomApps
    participants: Participants
    calls: Calls
    door: Doors
    ownership: Ownership
    audit: Audit
    prizes: Prizes
    winners: Winners
    draws: Draws
    apps: Apps
    app_identity: AppIdentity
    registration: Registration
    rotation: Rotation
    publishing: Publishing
    upgrading: Upgrading
    reviews: Reviews
    events: Events
    hot: Hot
    upkeep: Upkeep

    @classmethod
    def on(cls, core: Core) -> Services:
        """All services on one core."""
        rush = Rush(core)
        core.outbox.heed = core.hub.heed
        identity, apps, app_identity = Identity(core), Apps(core), AppIdentity(core)
        core.bulletin.on_look = app_identity.heed
        return cls(
            core=core,
            identity=identity,
            account=Account(core, identity.sessions),
            admin=Admin(core, identity.sessions),
            export=Export(core, identity),
            erasure=Erasure(core, identity),
            letters=Letters(core),
            announcements=Announcements(core),
            deliverer=Deliverer(core),
            earlier=Earlier(core),
            inbox=Inbox(core),
            preferences=NotificationPreferences(core),
            confirmation=Confirmation(core, identity.sessions),
            recovery=Recovery(core, identity.sessions),
            phones=Phones(core, identity.sessions),
            federation=Federation(core, identity.sessions),
            rooms=Rooms(core),
            room_apps=RoomApps(core),
            participants=Participants(core, rush),
            calls=Calls(core),
            door=Doors(core),
            ownership=Ownership(core),
            audit=Audit(core),
            prizes=Prizes(core),
            winners=Winners(core),
            draws=Draws(core, rush),
            apps=apps,
            app_identity=app_identity,
            registration=Registration(core, apps),
            rotation=Rotation(core),
            publishing=Publishing(core),
            upgrading=Upgrading(core),
            reviews=Reviews(core),
            events=Events(core),
            hot=Hot(core),
            upkeep=Upkeep(core, identity.sessions),
        )


__all__ = ["Background", "Core", "Services"]
