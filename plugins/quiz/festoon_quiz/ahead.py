"""Pictures and sounds that are sent ahead, closed, as their question is.

The phone has the bytes before the question opens, and can show nothing of them: the key that opens
the question opens them too. So a slow network costs nobody a look at the picture. Only what was
uploaded to the room can go ahead; what stands elsewhere loads when its address is told. That
there is a picture or a sound, and how many bytes it has, is no secret.

The bytes are hidden by ChaCha20 (RFC 8439) with counter and nonce zero, under a key that closes
nothing else: HMAC-SHA-256 of the round's key over `festoon-quiz media`. The twin is
`static/ahead.js`.
"""

from __future__ import annotations

import hashlib
import hmac

from festoon_quiz.games import Game, Round
from festoon_quiz.rules.questions import Question
from festoon_quiz.rules.seal import key_bytes

_NONCE = bytes(16)


def address(game: Game, at: Round, question: Question) -> str | None:
    """Where the closed bytes of a round are; None where there is nothing to send ahead."""
    base, _, medium = _parts(game, question)
    return f"{base}/ahead/{game.id}/{at.round}" if medium else None


def medium_of(game: Game, question: Question) -> str:
    """The id of the uploaded file of a question, or ""."""
    return _parts(game, question)[2]


def hidden(content: bytes, key: str) -> bytes:
    """Closes a file by the key of its round, and opens it again."""
    from cryptography.hazmat.primitives.ciphers import Cipher  # with the first picture
    from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20

    own = hmac.digest(key_bytes(key), b"festoon-quiz media", hashlib.sha256)
    return Cipher(ChaCha20(own, _NONCE), mode=None).encryptor().update(content)


def _parts(game: Game, question: Question) -> tuple[str, str, str]:
    url = str((question.media or {}).get("url", ""))
    base, sign, medium = url.partition("/media/")
    own = base.startswith("/apps/") and base.endswith(f"/rooms/{game.room_id}")
    return (base, sign, medium) if own else ("", "", "")
