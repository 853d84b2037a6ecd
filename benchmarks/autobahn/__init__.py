"""The Autobahn test suite against Festoon's WebSockets and uvicorn's own, side by side."""
