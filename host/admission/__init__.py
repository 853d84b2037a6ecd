"""How many calls somebody may make in a minute, counted so that counting costs next to nothing."""

from __future__ import annotations

from host.admission.admission import Admission, Kind, Tier
from host.admission.buckets import Buckets, Standing

__all__ = ["Admission", "Buckets", "Kind", "Standing", "Tier"]
