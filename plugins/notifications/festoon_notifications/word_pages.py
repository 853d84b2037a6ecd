"""Where organizers write what messages say: tried out, looked at, and sent to themselves first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from festoon_notifications.catalog import LOCALES, Template, catalog, nearest
from festoon_notifications.channels.base import Asked
from festoon_notifications.letter import html_of
from festoon_notifications.sandbox import VARIABLES
from festoon_notifications.wording import Text
from festoon_notifications.writing import TEST, composed
from host import (
    Category,
    NotFound,
    Notification,
    Recipient,
    RoomRequest,
    ValidationFailed,
)

if TYPE_CHECKING:
    from festoon_notifications.desk import Desks

CATEGORIES = {
    Category.RESULT: "What somebody won",
    Category.REMINDER: "Reminders",
    Category.ANNOUNCEMENT: "Announcements",
    Category.ROOM: "For organizers",
}
EXAMPLES = {
    Category.RESULT: ("winner:selected", "You won!", "“A weekend in Suzdal” is yours."),
    Category.REMINDER: ("reminder", "It begins in an hour", "The draw is at nine."),
    Category.ANNOUNCEMENT: ("announcement", "The bus leaves at ten", "From the main gate."),
    Category.ROOM: ("app:failed", "The application 'quiz' failed", "The platform did it instead."),
}
# A letter's styles stand in it; nothing is fetched and nothing runs.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@dataclass(frozen=True)
class Draft:
    """What stands in the form."""

    category: Category
    locale: str
    template: Template


class WordPages:
    """The page, and the frame in it."""

    def __init__(self, desks: Desks) -> None:
        self._desks = desks

    async def show(self, request: Request, here: RoomRequest) -> Response:
        """The form; a POST saves, sends a test, or goes back to the catalog's words."""
        writing = self._desks.of(here.ctx).writing
        if request.method == "GET":
            category, locale = _chosen(request.query_params, here)
            kept = await writing.kept(here.room.id, category, locale)
            template = kept or catalog(locale).template(category)
            done = request.query_params.get("done", "")
            draft = Draft(category, locale, template)
            return self._page(here, draft, own=kept is not None, done=done)
        form = await request.form()
        category, locale = _chosen(form, here)
        if form.get("act") == "reset":
            await writing.give_back(here.room.id, category, locale)
            return _back(here, category, locale, "reset")
        draft = _draft(form, category, locale)
        try:
            asked = example(here, draft)
            if form.get("act") == "test":
                await writing.text(asked, draft.template)
                await self._send_test(here, draft)
                return self._page(here, draft, own=True, done="test")
            await writing.keep(asked, category, locale, draft.template)
        except ValidationFailed as wrong:
            return self._page(here, draft, own=True, wrong=wrong.fields, status=422)
        return _back(here, category, locale, "saved")

    async def preview(self, request: Request, here: RoomRequest) -> Response:
        """The letter itself, for the frame: of what is kept, or of what was posted."""
        if request.method == "GET":
            category, locale = _chosen(request.query_params, here)
            kept = await self._desks.of(here.ctx).writing.kept(here.room.id, category, locale)
            draft = Draft(category, locale, kept or catalog(locale).template(category))
        else:
            form = await request.form()
            draft = _draft(form, *_chosen(form, here))
        try:
            text = await self._text(here, draft)
        except ValidationFailed as wrong:
            said = html_of(_problem(draft.locale, wrong), here.ctx.brand)
            return HTMLResponse(said, 422, headers={"Content-Security-Policy": POLICY})
        return HTMLResponse(
            html_of(text, here.ctx.brand), headers={"Content-Security-Policy": POLICY}
        )

    async def _text(self, here: RoomRequest, draft: Draft) -> Text:
        asked = example(here, draft)
        return await self._desks.of(here.ctx).writing.text(asked, draft.template)

    async def _send_test(self, here: RoomRequest, draft: Draft) -> None:
        """By the host, the way all messages go; only to who asks for it."""
        if here.participant is None:
            raise ValidationFailed(
                "Join the room first: a test goes to you.", {"body": ["You are not in this room."]}
            )
        kind, title, body = EXAMPLES[draft.category]
        data = {
            "example": kind,
            "locale": draft.locale,
            "subject": draft.template.subject,
            "text": draft.template.body,
        }
        await here.ctx.notify(
            Notification(
                uuid4().hex, here.participant.user_id, TEST, title, body, data, draft.category
            )
        )

    def _page(
        self,
        here: RoomRequest,
        draft: Draft,
        *,
        own: bool,
        done: str = "",
        wrong: Any = None,
        status: int = 200,
    ) -> Response:
        words = {
            "draft": draft,
            "own": own,
            "done": done,
            "wrong": wrong or {},
            "categories": [(one.value, title) for one, title in CATEGORIES.items()],
            "locales": [(one, catalog(one).title) for one in LOCALES],
            "variables": VARIABLES,
        }
        words["text"] = None if wrong else _example_text(here, draft)
        return here.render("notifications/words.html", words, status=status)


def example(here: RoomRequest, draft: Draft) -> Asked:
    """A message of this kind to whoever looks at the page."""
    kind, title, body = EXAMPLES[draft.category]
    name = here.participant.user.name if here.participant else "Masha"
    told = Notification(
        "example",
        "",
        kind,
        title,
        body,
        {"prize": "A weekend in Suzdal", "appId": "quiz"},
        draft.category,
        locale=draft.locale,
        recipient=Recipient(name),
        unsubscribe=f"{here.ctx.public_url}/preferences",
    )
    return Asked(here.ctx, here.room, told, here.ctx.settings)


def _example_text(here: RoomRequest, draft: Draft) -> Text | None:
    try:
        return composed(example(here, draft), catalog(draft.locale), draft.template)
    except ValidationFailed:
        return None


def _chosen(given: Any, here: RoomRequest) -> tuple[Category, str]:
    try:
        category = Category(str(given.get("category", Category.ANNOUNCEMENT)))
    except ValueError:
        raise NotFound("There are no messages of that kind.") from None
    if category not in CATEGORIES:
        raise NotFound("There are no messages of that kind.")
    return category, nearest(str(given.get("locale", here.ctx.settings.get("language", "en"))))


def _draft(form: Any, category: Category, locale: str) -> Draft:
    subject = " ".join(str(form.get("subject", "")).split())
    body = str(form.get("body", "")).replace("\r\n", "\n").strip()
    return Draft(category, locale, Template(subject, body))


def _problem(locale: str, wrong: ValidationFailed) -> Text:
    lines = [text for texts in wrong.fields.values() for text in texts]
    return Text(locale, "", "This cannot be shown", tuple(lines), "", None, "", "")


def _back(here: RoomRequest, category: Category, locale: str, done: str) -> Response:
    address = here.url(f"words?category={category.value}&locale={locale}&done={done}")
    return RedirectResponse(address, 303)
