"""Secret Santa: everybody gives to one and gets from one, and nobody chose who.

`matching` says whether it can be done and `drawing` does it, by a seed alone; `document` makes
what can be checked. `book` keeps rounds in rooms, `pages` is what people see.
"""

from __future__ import annotations
