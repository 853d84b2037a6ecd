"""Applications that run as services of their own: asked over HTTP by the same hooks as any other.

`service` is what dispatch calls. It reads the address and the time from the manifest that the
room is locked to (`where`), words the hook's arguments (`question`), signs them (`signing`), sends
them to an address that was checked (`address`, `client`), reads the answer into the contract's
values (`reply`), and keeps what came of it (`deliveries`). A service that keeps failing is left
out for a while (`breaker`).

Services are asked to decide, and told nothing: the wire contract names no calls for observers.
A service hears of what happens by the events of a room's socket.
"""
