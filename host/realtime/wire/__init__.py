"""WebSockets over uvicorn: ready frames straight to the transport, messages by callback.

`server` is what uvicorn is given. `link` is what an application sees of it, as an extension of
the ASGI scope; one that does not know the extension sees an ordinary ASGI server.
"""
