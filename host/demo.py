"""The demo evening: an organizer, a lottery with prizes and twenty guests, a draft quiz."""

from __future__ import annotations

import argparse
import asyncio
import socket
import sys
from pathlib import Path

import segno

from host.access import Actor
from host.apps.migrate import migrate_all
from host.apps.migrations import pending_of_host
from host.config import Config
from host.contract import RoomStatus, User
from host.errors import Conflict, FestoonError
from host.main import Host, serve
from host.secret import with_secret
from host.store import rooms, users
from host.store.engine import Database
from host.store.paging import PageRequest
from host.store.rooms import RoomFilter

EMAIL = "organizer@festoon.example"
PASSWORD = "an evening to remember"
ROOM = "New Year at Acme"
GUESTS = (
    "Masha K.",
    "Oleg P.",
    "Inna S.",
    "Timur A.",
    "Dana R.",
    "Pavel M.",
    "Zoya L.",
    "Igor V.",
    "Lena B.",
    "Artyom G.",
    "Nina F.",
    "Roman T.",
    "Vera D.",
    "Kirill N.",
    "Sonya E.",
    "Maxim O.",
    "Alla Z.",
    "Denis Y.",
    "Rita H.",
    "Gleb C.",
)
PRIZES = (
    ("Gift hamper", 2, "Cheese, honey, and something that sparkles."),
    ("Headphones", 1, "For those who hear the music."),
    ("A weekend in Suzdal", 1, "Two nights for two, snow included."),
    ("Main prize", 1, "Nobody knows. Not even the organizer."),
)
QUIZ = {
    "questions": [
        {
            "text": "Which city rings in the New Year first?",
            "options": ["Auckland", "Kiritimati", "Tokyo", "Sydney"],
            "right": ["Kiritimati"],
        }
    ]
}


def run_demo(config: Config, options: argparse.Namespace) -> int:
    """Migrates, seeds what is not there yet, prints where to go; serves when asked to."""
    if options.data is not None:
        config = config.with_values(
            database_url=f"sqlite+aiosqlite:///{Path(options.data).resolve() / 'festoon.db'}"
        )
        Path(options.data).mkdir(parents=True, exist_ok=True)
    port = options.port if options.port is not None else config.port
    address = lan_address()
    config = with_secret(
        config.with_values(port=port, host="0.0.0.0", public_url=f"http://{address}:{port}")
    )
    code = asyncio.run(_found(config))
    if code is None:
        if (status := asyncio.run(migrate_all(config))) != 0:
            return status
        code = asyncio.run(_seed(config))
    _print_addresses(config, code)
    if not options.serve:
        return 0
    return serve(config)


async def _found(config: Config) -> str | None:
    """The lottery room's join code where the whole evening is there already."""
    db = Database(config.database_url)
    try:
        if await pending_of_host(db):
            return None
        async with db.read() as conn:
            account = await users.by_email(conn, EMAIL)
            if account is None:
                return None
            mine = await rooms.find(
                conn, RoomFilter(), PageRequest(), viewer_id=account.user.id, only_mine=True
            )
    finally:
        await db.close()
    whole = [
        room
        for room in mine.items
        if room.name == ROOM
        and room.counts.prizes >= len(PRIZES)
        and room.counts.participants > len(GUESTS)
    ]
    quizzes = [room for room in mine.items if room.app_id == "quiz"]
    return whole[0].join_code if whole and quizzes else None


async def _seed(config: Config) -> str:
    """Seeds once; answers the lottery room's join code."""
    host = Host(config)
    await host.start()
    try:
        async with host.db.read() as conn:
            account = await users.by_email(conn, EMAIL)
        user = (
            account.user
            if account is not None
            else await host.services.identity.create_account(EMAIL, PASSWORD, name="Olga")
        )
        return await _rooms(host, user)
    finally:
        await host.stop()


async def _rooms(host: Host, user: User) -> str:
    services, organizer = host.services, Actor(user=user)
    mine = await services.rooms.mine(organizer, PageRequest(limit=100))
    by_name = {room.name: room for room in mine.items}
    if ROOM in by_name:
        room = by_name[ROOM]
    else:
        fields = {
            "name": ROOM,
            "appId": "lottery",
            "description": "Everyone with a phone is in the draw.",
        }
        room = (await services.rooms.create(organizer, fields)).room
    # Each step is looked at for itself: an interrupted seeding goes on where it stopped.
    prizes = await services.prizes.list(organizer, room.id, PageRequest(limit=100))
    there = {prize.name for prize in prizes.items}
    for name, quantity, description in PRIZES:
        if name not in there:
            fund = {"name": name, "quantity": quantity, "description": description}
            await services.prizes.create(organizer, room.id, fund)
    if room.status is RoomStatus.DRAFT:
        await services.rooms.change(organizer, room.id, {"status": "ACTIVE"})
    people = await services.participants.list(organizer, room.id, PageRequest(limit=100))
    known = {person.user.name for person in people.items}
    for name in GUESTS:
        if name not in known:
            guest = await services.identity.guest(Actor(), name)
            try:
                await services.participants.join(
                    Actor(user=guest.user, is_guest=True), room.id, join_code=room.join_code
                )
            except Conflict:
                continue
    if not any(other.app_id == "quiz" for other in mine.items):
        await _quiz(host, organizer)
    return room.join_code


async def _quiz(host: Host, organizer: Actor) -> None:
    fields = {"name": "Who's First? The office edition", "appId": "quiz", "appSettings": QUIZ}
    try:
        await host.services.rooms.create(organizer, fields)
    except FestoonError as error:
        print(f"festoon: the draft quiz was left out: {error.message}", file=sys.stderr)


def lan_address() -> str:
    """This machine's address in the local network, or loopback where there is none."""
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # No packet is sent: this only asks the system which of its addresses it would use.
        probe.connect(("192.0.2.1", 9))
        address: str = probe.getsockname()[0]
    except OSError:
        return "127.0.0.1"
    finally:
        probe.close()
    return address


def _print_addresses(config: Config, code: str) -> None:
    here = f"http://127.0.0.1:{config.port}"
    join = f"{config.public_url}/j/{code}"
    print()
    if "127.0.0.1" not in join:
        segno.make(join, error="m").terminal(out=sys.stdout, compact=True)
    print(f"  Guests join at   {join}   (code {code})")
    print(f"  Organizer        {here}/sign-in")
    print(f"                   {EMAIL}   {PASSWORD}")
    print(f"  On this machine  {here}")
    if config.mail is None:
        print("  Letters          none are sent: FESTOON_SMTP_URL says by which server")
    print(flush=True)
