"""The quiz's own tables: games, rounds, answers, and the seats of those who play.

Times are whole milliseconds since 1970 UTC, alike on both databases. Whoever changes a table
writes a migration beside it.
"""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

games = sa.Table(
    "quiz_games",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False),
    # The first game of a room is 1; "once more" makes the next.
    sa.Column("number", sa.Integer, nullable=False),
    # Counts every change: who changes a game names the step that they saw.
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("phase", sa.String(16), nullable=False),
    sa.Column("paused", sa.Boolean, nullable=False),
    sa.Column("auto", sa.Boolean, nullable=False),
    sa.Column("locked", sa.Boolean, nullable=False),
    # How often something was asked, 0 before the first question; asked again counts anew.
    sa.Column("round", sa.Integer, nullable=False),
    # Questions and settings as they were when the game was started.
    sa.Column("content", sa.JSON, nullable=False),
    # What is to happen by itself, and when; None while people decide.
    sa.Column("due", sa.String(16)),
    sa.Column("due_at", sa.BigInteger),
    # Of a paused game: what was left until it was due, and until the question closes.
    sa.Column("left_ms", sa.BigInteger),
    # The last step that the room was told of.
    sa.Column("told", sa.Integer, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.UniqueConstraint("room_id", "number", name="uq_quiz_games_number"),
)

rounds = sa.Table(
    "quiz_rounds",
    metadata,
    sa.Column("game_id", sa.String(64), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    # The place of the question in the game's list, from 0.
    sa.Column("position", sa.Integer, nullable=False),
    # The question as it is sent ahead, and the key that opens it.
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("key", sa.String(128), nullable=False),
    sa.Column("opens_at", sa.BigInteger),
    sa.Column("closes_at", sa.BigInteger),
    sa.Column("closed_at", sa.BigInteger),
    # How long it was paused in all.
    sa.Column("paused_ms", sa.BigInteger, nullable=False),
    # The seq of the event that told the key.
    sa.Column("open_seq", sa.BigInteger),
    # Undone or skipped: it brings nobody points.
    sa.Column("void", sa.Boolean, nullable=False),
    # What the host said of raised hands, by player, in the order in which it was said.
    sa.Column("judged", sa.JSON, nullable=False),
    # What came of it, made at the close: see `festoon_quiz.outcome`.
    sa.Column("outcome", sa.JSON),
    sa.Column("totals", sa.JSON),
    sa.Column("certificate", sa.JSON),
    sa.Column("hash", sa.String(128)),
)

answers = sa.Table(
    "quiz_answers",
    metadata,
    # One answer a player and question: the database's own promise.
    sa.Column("game_id", sa.String(64), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("player_id", sa.String(64), primary_key=True),
    sa.Column("answer", sa.JSON, nullable=False),
    # All that was measured and claimed: `rules.timing.Receipt`.
    sa.Column("receipt", sa.JSON, nullable=False),
    sa.Column("at", sa.BigInteger, nullable=False),
)

ready = sa.Table(
    "quiz_ready",
    metadata,
    # Whose phone holds the sealed question.
    sa.Column("game_id", sa.String(64), primary_key=True),
    sa.Column("round", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("player_id", sa.String(64), primary_key=True),
)

players = sa.Table(
    "quiz_players",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False),
    # Who sits there now; None for a seat whose phone is gone, or whose person was forgotten.
    sa.Column("user_id", sa.String(64)),
    sa.Column("name", sa.String(80), nullable=False),
    # The name as it is compared: nobody can tell two alike ones apart on the screen.
    sa.Column("folded", sa.String(160), nullable=False),
    sa.Column("team", sa.String(80)),
    # With it another phone takes the seat.
    sa.Column("code", sa.String(16), nullable=False),
    sa.Column("removed", sa.Boolean, nullable=False),
    # Has left the room and may come back: nobody waits for them.
    sa.Column("away", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.UniqueConstraint("room_id", "user_id", name="uq_quiz_players_user"),
    sa.UniqueConstraint("room_id", "folded", name="uq_quiz_players_name"),
    sa.UniqueConstraint("room_id", "code", name="uq_quiz_players_code"),
    sa.Index("ix_quiz_players_user_id", "user_id"),
)

sat = sa.Table(
    "quiz_sat",
    metadata,
    # Who sat on a seat before another took it over.
    sa.Column("player_id", sa.String(64), primary_key=True),
    sa.Column("user_id", sa.String(64), primary_key=True),
    sa.Column("until", sa.BigInteger, nullable=False),
    sa.Index("ix_quiz_sat_user_id", "user_id"),
)

counts = sa.Table(
    "quiz_counts",
    metadata,
    # When the room was last told how many have answered: one process at a time tells.
    sa.Column("game_id", sa.String(64), primary_key=True),
    sa.Column("told_at", sa.BigInteger, nullable=False),
)

media = sa.Table(
    "quiz_media",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("room_id", sa.String(64), nullable=False, index=True),
    sa.Column("type", sa.String(40), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("created_at", sa.BigInteger, nullable=False),
)
