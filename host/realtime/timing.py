"""How often and how much: the figures of the realtime layer, injectable for tests."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Times in seconds, the rest in pieces."""

    grace: float = 3.0
    """How long a person stays online after their last socket closed."""
    window: float = 1.0
    """The least time between two `presence:changed`, and between two `room:counts`."""
    singles: int = 50
    """Up to this many people online each coming and going is told singly."""
    names: int = 100
    """The most names in one presence event or list."""
    idle: float = 10.0
    """How long a room without subscriptions is kept ready for the next one."""
    heartbeat: float = 1.0
    """How often a process tells the others that it lives."""
    silence: float = 5.0
    """After so long without a sign of life a process is gone, and its people with it."""
    page: int = 500
    """How many missed events are read at a time."""
    recent: int = 256
    """How many of a room's newest events are kept in memory for those who come back."""
