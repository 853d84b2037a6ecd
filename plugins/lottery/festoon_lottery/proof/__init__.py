"""A draw that anyone can check: what is hashed, in which order places fall, and the document.

`docs/reference/lottery-proof.md` specifies all of it. Nothing here knows of rooms, tables or the
host: the whole package stands on the standard library.
"""
