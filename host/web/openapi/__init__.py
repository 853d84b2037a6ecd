"""The REST interface as an OpenAPI 3.1 document, made from the calls themselves."""

from __future__ import annotations

from host.web.openapi.document import document, openapi_routes

__all__ = ["document", "openapi_routes"]
