"""Bringing an application of a room to a newer version: what changes, what is asked, the button."""

from __future__ import annotations

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from host.access import Act
from host.errors import DelegationConflict, FestoonError, MigrationRequired, NotFound
from host.services.migrating import AT, Step
from host.services.rooms import RoomView
from host.services.versions import entity_tag, named_tags
from host.web.forms import Errors, describe, parse
from host.web.pages.acting import (
    act_once,
    actor_of,
    posted,
    sentences,
    services_of,
    text_of,
)
from host.web.pages.apps import apps_page
from host.web.pages.frame import enter, show
from host.web.pages.upgrade_words import Plan, named, plan_of

PREFIX = "new"
"""Begins the names of the fields that are asked."""


async def upgrade(request: Request) -> Response:
    """The page, and its form."""
    view = await enter(request, Act.MANAGE_APPS)
    app_id = request.path_params["app_id"]
    form = await posted(request) if request.method == "POST" else None
    target = text_of(form, "to") if form else await _newest(request, view, app_id)
    try:
        step = await services_of(request).upgrading.step(
            actor_of(request), view.room.id, app_id, target
        )
    except NotFound:
        raise
    except FestoonError as refused:
        # The room is over, somebody was faster, it does not run: there is nothing to fill in.
        return await apps_page(request, view, refused)
    plan = plan_of(step)
    if form is None:
        return await _page(request, view, plan)
    return await _upgrade(request, view, plan, form)


async def _newest(request: Request, view: RoomView, app_id: str) -> str:
    services, actor = services_of(request), actor_of(request)
    held = await services.room_apps.get(actor, view.room.id, app_id)
    offers = await services.upgrading.offers(actor, view.room.id)
    return offers.get(app_id, held.manifest_version)


async def _upgrade(request: Request, view: RoomView, plan: Plan, form: FormData) -> Response:
    step: Step = plan.step
    # Fields that were refused in an earlier try are on the page, and so they are asked again.
    asked = [name.removeprefix(f"{PREFIX}/") for name in form if name.startswith(f"{PREFIX}/")]
    plan = plan_of(step, [name.partition("/")[0].partition("@")[0] for name in asked])
    said = parse(plan.schema, form, kept=step.app.settings, prefix=PREFIX)
    if said.errors:
        return await _page(request, view, plan, form, said.errors)
    services, actor, app_id = services_of(request), actor_of(request), step.app.app_id

    async def run() -> str:
        await services.upgrading.upgrade(
            actor,
            view.room.id,
            app_id,
            step.new.version,
            plan.patch(said.value),
            named_tags(text_of(form, "tag")),
        )
        return f"/rooms/{view.room.id}/apps?done=upgraded"

    try:
        return await act_once(request, form, run, f"/rooms/{view.room.id}/apps")
    except MigrationRequired as refused:
        wider = plan_of(step, list(named(refused.fields)))
        errors = {
            pointer.removeprefix(AT): messages
            for pointer, messages in sentences(refused.fields).items()
        }
        return await _page(request, view, wider, form, errors, refused)
    except DelegationConflict:
        words = f"{step.new.name} still does {plan.blocked} in this room, and nothing was changed."
        return await _page(request, view, plan, form, refused=DelegationConflict(words))
    except FestoonError as refused:
        return await _page(request, view, plan, form, refused=refused)


async def _page(
    request: Request,
    view: RoomView,
    plan: Plan,
    form: FormData | None = None,
    errors: Errors | None = None,
    refused: FestoonError | None = None,
) -> Response:
    step = plan.step
    context = {
        "plan": plan,
        "name": step.new.name,
        "app_id": step.app.app_id,
        "version": step.app.manifest_version,
        "target": step.new.version,
        "tag": entity_tag(view.room.updated_at),
        "form": describe(plan.schema, plan.filled, errors, posted=form, prefix=PREFIX),
    }
    placed = isinstance(refused, MigrationRequired) and any(errors or {})
    return await show(
        request,
        view,
        "apps",
        "pages/room/upgrade.html",
        context,
        refused=None if placed else refused,
        status=422 if errors else 200,
    )


def upgrade_routes() -> list[Route]:
    """`/rooms/{room_id}/apps/{app_id}/upgrade`."""
    return [
        Route(
            "/rooms/{room_id}/apps/{app_id}/upgrade",
            upgrade,
            methods=["GET", "POST"],
            name="upgrade-app",
        )
    ]
