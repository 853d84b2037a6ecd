"""What is fetched and sent beside the pages: questions, results, media, certificates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps

import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from festoon_quiz import ahead, games, media
from festoon_quiz.asking import question_of
from festoon_quiz.exchange import files
from festoon_quiz.exchange.rows import BadFile
from festoon_quiz.exchange.tables import CSV, XLSX, write_csv, write_xlsx
from festoon_quiz.games import TOLD, Game
from festoon_quiz.results import sheets
from festoon_quiz.rules.questions import problems
from festoon_quiz.tables import games as games_table
from festoon_quiz.tables import rounds
from host import (
    FestoonError,
    JsonObject,
    NotFound,
    Role,
    RoomRequest,
    ValidationFailed,
    room_page,
)

MOST_FILE = 2 * 1024 * 1024
"""Bytes of a file of questions: 200 of them with room to spare."""

Endpoint = Callable[[Request, RoomRequest], Awaitable[Response]]


def _in_json(endpoint: Endpoint) -> Endpoint:
    """Refusals as the wire contract has them: these calls are made by scripts."""

    @wraps(endpoint)
    async def answer(request: Request, here: RoomRequest) -> Response:
        try:
            return await endpoint(request, here)
        except FestoonError as refusal:
            return JSONResponse({"error": refusal.as_json()}, refusal.status)

    return answer


async def _body(request: Request, most: int) -> bytes:
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > most:
            text = f"At most {most // 1024} kB."
            raise ValidationFailed("This file is too large.", {"file": [text]})
    if not content:
        raise ValidationFailed("There is no file.", {"file": ["Send its bytes as the body."]})
    return bytes(content)


def _file(content: bytes, media_type: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(content, media_type=media_type, headers=headers)


def _export(form: str) -> Endpoint:
    async def export(request: Request, here: RoomRequest) -> Response:
        """The questions as they are now, right answers included."""
        content = files.write(here.ctx.settings.get("questions", ()), form)
        return _file(content, files.TYPES[form], f"questions.{form}")

    return _in_json(export)


@_in_json
async def _import(request: Request, here: RoomRequest) -> Response:
    """A file's questions, with what is wrong with them; nothing is saved."""
    content = await _body(request, MOST_FILE)
    try:
        found = files.read(content, request.headers.get("content-type", ""))
    except BadFile as error:
        raise ValidationFailed(str(error), {"file": [str(error)]}) from None
    data: JsonObject = {"questions": found, "problems": problems({"questions": found})}
    return JSONResponse({"data": data})


async def _game(here: RoomRequest, wanted: str | None) -> Game:
    async with here.ctx.database().read() as connection:
        game = await games.current(connection, here.room.id)
        if wanted and (game is None or game.id != wanted):
            game = await games.find(connection, here.room.id, wanted)
    if game is None:
        raise NotFound("No game was played here yet.")
    return game


def _results(form: str) -> Endpoint:
    async def results(request: Request, here: RoomRequest) -> Response:
        """Players, answers and questions of a game; in CSV the players alone, or `?table=`."""
        game = await _game(here, request.query_params.get("game"))
        async with here.ctx.database().read() as connection:
            found = await sheets(connection, game)
        if form == "xlsx":
            return _file(write_xlsx(found), XLSX, "results.xlsx")
        wanted = request.query_params.get("table", "players")
        table = next((rows for name, rows in found if name.lower() == wanted), None)
        if table is None:
            raise NotFound("There are the tables players, answers and questions.")
        return _file(write_csv(table), CSV, f"{wanted}.csv")

    return _in_json(results)


@_in_json
async def _certificate(request: Request, here: RoomRequest) -> Response:
    """A round's certificate, once it was revealed, also after it was undone."""
    game = await _game(here, request.query_params.get("game"))
    number = request.path_params["question"]
    if not (number.isascii() and number.isdigit() and len(number) < 9):
        raise NotFound("There is no such round.")
    asked = int(number)
    # What was skipped or undone before it was revealed is asked again, so it stays closed.
    open_now = asked == game.round and game.phase in TOLD
    async with here.ctx.database().read() as connection:
        query = (
            sa.select(rounds.c.certificate)
            .join(games_table, games_table.c.id == rounds.c.game_id)
            .where(games_table.c.room_id == here.room.id, games_table.c.id == game.id)
            .where(rounds.c.round == asked)
        )
        if not open_now:
            query = query.where(rounds.c.round < game.round, rounds.c.void.is_(False))
        found = await connection.scalar(query)
    if found is None:
        raise NotFound("There is no certificate of this round, or not yet.")
    return JSONResponse(found, headers={"Cache-Control": "no-store"})


@_in_json
async def _upload(request: Request, here: RoomRequest) -> Response:
    content = await _body(request, media.MOST_BYTES)
    now = int(here.ctx.now().timestamp() * 1000)
    async with here.ctx.database().write() as connection:
        made = await media.keep(connection, here.room.id, content, now)
    kind = "sound" if (media.type_of(content) or "").startswith("audio/") else "picture"
    data = {"id": made, "url": here.url(f"media/{made}"), "type": kind}
    return JSONResponse({"data": data}, 201)


@_in_json
async def _medium(request: Request, here: RoomRequest) -> Response:
    async with here.ctx.database().read() as connection:
        found = await media.find(connection, here.room.id, request.path_params["media_id"])
    if found is None:
        raise NotFound("There is no such file here.")
    # The id cannot be guessed, and stands in the sealed question alone.
    headers = {
        "Cache-Control": "private, max-age=86400, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(found.content, media_type=found.type, headers=headers)


@_in_json
async def _ahead(request: Request, here: RoomRequest) -> Response:
    """The picture or sound of a round, closed: see `festoon_quiz.ahead`."""
    number = request.path_params["round"]
    found = at = None
    async with here.ctx.database().read() as connection:
        game = await games.find(connection, here.room.id, request.path_params["game"])
        if game is not None and number.isascii() and number.isdigit() and len(number) < 9:
            at = await games.round_of(connection, game.id, int(number))
        if game is not None and at is not None:
            medium = ahead.medium_of(game, question_of(game, at))
            found = await media.find(connection, here.room.id, medium)
    if at is None or found is None:
        raise NotFound("There is nothing that comes ahead of this round.")
    headers = {
        "Cache-Control": "private, max-age=3600, immutable",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(ahead.hidden(found.content, at.key), media_type=found.type, headers=headers)


def exchanges() -> Sequence[BaseRoute]:
    """The routes, each for those with the role that it needs."""
    post = ("POST",)
    return [
        *(room_page(f"export.{form}", _export(form), role=Role.ORGANIZER) for form in files.TYPES),
        room_page("import", _import, methods=post, role=Role.ORGANIZER),
        *(room_page(f"results.{f}", _results(f), role=Role.MODERATOR) for f in ("csv", "xlsx")),
        room_page("certificates/{question}.json", _certificate, role=Role.VIEWER),
        room_page("media", _upload, methods=post, role=Role.ORGANIZER),
        room_page("media/{media_id}", _medium, role=None),
        room_page("ahead/{game}/{round}", _ahead, role=None),
    ]
