"""How much may be asked of one process: the figures of `FESTOON_LIMITS`."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields, replace
from typing import Any

from host.errors import ConfigurationError

EXAMPLE = "sockets_per_address=4000,messages_per_second=20"


def _figure(default: float, what: str, *, least: float = 0, most: float, off: bool = True) -> Any:
    """A figure with its bounds; with `off` it is 0, any number, where limits are switched off."""
    about = {"what": what, "least": least, "most": most, "off": off}
    return field(default=default, metadata=about)


# A hall of 2,000 behind one address joins within a minute: some thirty pages each, three signs of
# who they are, and then each is a person of their own.
_A_MINUTE: Any = {"most": 1_000_000_000}


@dataclass(frozen=True)
class Limits:
    """The figures, 0 meaning any number where 0 is allowed. Each counts in one process,
    or in all of one database where it says so.
    """

    sockets: int = _figure(20_000, "open sockets", most=1_000_000)
    sockets_per_address: int = _figure(8_000, "open sockets from one address", most=1_000_000)
    unsigned_per_address: int = _figure(
        4_000, "of these, sockets on which nobody has signed in yet", most=1_000_000
    )
    sockets_per_user: int = _figure(64, "open sockets of one person", most=100_000)
    rooms_per_socket: int = _figure(
        32, "rooms that one socket may listen to", least=1, most=10_000, off=False
    )
    messages_per_second: float = _figure(20.0, "messages a second on one socket", most=100_000)
    messages_at_once: int = _figure(
        60, "messages at once before that rate counts", least=1, most=1_000_000, off=False
    )
    reads_per_user: int = _figure(1_200, "calls and pages that one person reads", **_A_MINUTE)
    reads_per_app: int = _figure(60_000, "… that one application reads by itself", **_A_MINUTE)
    reads_per_address: int = _figure(
        60_000, "… that all who are not signed in read, behind one address", **_A_MINUTE
    )
    writes_per_user: int = _figure(600, "calls and forms by which one person writes", **_A_MINUTE)
    writes_per_app: int = _figure(
        30_000, "… by which one application writes by itself", **_A_MINUTE
    )
    writes_per_address: int = _figure(
        12_000, "… of all who are not signed in, behind one address", **_A_MINUTE
    )
    sign_ins_per_user: int = _figure(
        60,
        "calls that hash passwords, send letters or gather all there is, of one person",
        **_A_MINUTE,
    )
    sign_ins_per_address: int = _figure(
        8_000,
        "… of all who are not signed in, guests and refreshes too, behind one address",
        **_A_MINUTE,
    )
    events_per_app: int = _figure(30_000, "events that one application publishes", **_A_MINUTE)
    notices_per_app: int = _figure(
        600, "times that one application tells people something in one room", **_A_MINUTE
    )
    brought_per_second: int = _figure(
        20,
        "notifications a second that applications bring, fewer where the process is busy",
        least=1,
        most=100_000,
        off=False,
    )
    events_per_room: int = _figure(
        100, "of these, events in one room in five seconds", most=1_000_000
    )
    sign_in_tries: int = _figure(
        10, "tries to sign in to one account from one address at once, by all", most=100_000
    )
    sign_in_seconds: float = _figure(
        6.0, "seconds until one more try", least=0.1, most=86_400, off=False
    )
    wrong_per_network: int = _figure(
        200, "wrong passwords from one network address at once, over all accounts", most=1_000_000
    )
    wrong_seconds: float = _figure(
        2.0, "seconds until one more of these", least=0.1, most=86_400, off=False
    )
    codes_per_hour: int = _figure(
        5, "codes and letters to one number or address in an hour, by all processes", most=10_000
    )
    codes_per_network: int = _figure(
        300, "codes by text message for one network address in an hour, by all", most=1_000_000
    )
    code_seconds: int = _figure(
        60, "seconds until a code or a letter is sent to the same once more", most=3_600
    )
    letters_at_once: int = _figure(
        20, "lost passwords that one network address may report at once, by all", most=100_000
    )
    unread_megabytes: int = _figure(
        128,
        "megabytes that wait for all who read too slowly, before a megabyte each is too much",
        least=1,
        most=1_000_000,
        off=False,
    )
    half_open: int = _figure(
        4_000,
        "connections whose request has not come in; the oldest makes way for one more",
        least=1,
        most=1_000_000,
        off=False,
    )
    unfinished: int = _figure(
        500,
        "requests whose body has not come in, of a megabyte at most; the oldest makes way",
        least=1,
        most=1_000_000,
        off=False,
    )
    head_seconds: float = _figure(
        10.0, "seconds that the head of a request may take", least=0.1, most=600, off=False
    )
    body_seconds: float = _figure(
        30.0, "seconds that the body of a request may take", least=0.1, most=3_600, off=False
    )

    @classmethod
    def off(cls) -> Limits:
        """Any rate and any number, for load tests; what protects the process itself stays."""
        return cls(**{f.name: 0 for f in fields(cls) if f.metadata["off"]})

    @classmethod
    def read(cls, text: str) -> Limits:
        """From `on`, `off` or `name=figure,…`, which may begin with one of the two words.

        Raises `ConfigurationError` with one line that says what is wrong.
        """
        parts = [part.strip() for part in text.split(",")]
        limits = cls()
        if parts[0] in ("on", "off"):
            limits = cls.off() if parts.pop(0) == "off" else limits
        known = {f.name: f for f in fields(cls)}
        found: dict[str, float] = {}
        for part in parts:
            name, sign, figure = (piece.strip() for piece in part.partition("="))
            if not sign:
                raise ConfigurationError(
                    f"FESTOON_LIMITS must be on, off or figures like {EXAMPLE}, not {part!r}"
                )
            if name not in known:
                raise ConfigurationError(
                    f"FESTOON_LIMITS knows no {name!r}; known: {', '.join(known)}"
                )
            if name in found:
                raise ConfigurationError(f"FESTOON_LIMITS says {name} twice")
            found[name] = _read(known[name], figure)
        return replace(limits, **found)  # type: ignore[arg-type]


def _read(about: Field[Any], text: str) -> float:
    least, most = about.metadata["least"], about.metadata["most"]
    kind = int if isinstance(about.default, int) else float
    try:
        value: float = kind(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        wanted = "a whole number" if kind is int else "a number"
        raise ConfigurationError(
            f"FESTOON_LIMITS: {about.name} must be {wanted} from {least:g} to {most:,}, "
            f"not {text!r}"
        )
    return value
