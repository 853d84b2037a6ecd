"""The administration at `/admin`: pages of starlette-admin over the services of the host."""

from __future__ import annotations

from host.web.admin.mount import mount_admin

__all__ = ["mount_admin"]
