"""Making photos ready to be shown. Pixels are counted here, never while somebody waits for a page."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core.errors import text
from core.images import Rendition, UnreadablePhoto, renditions
from gateways.errors import GatewayRejected, Problem
from services import photos
from workers.deliveries import StoredEvent
from workers.runtime import run_call


@dataclass(frozen=True)
class PhotoTask:
    photo_id: UUID
    content: bytes = field(repr=False)


def make_photo_ready(event_id: int) -> None:
    """Turn a photo upright, shrink it, and keep only its pixels."""
    run_call("make_photo_ready", event_id, MakePhotoReady())


class MakePhotoReady:
    def prepare(self, session: Session, event: StoredEvent) -> PhotoTask | None:
        photo_id = UUID(event.payload["photo_id"])
        content = photos.photo_to_make_ready(session, photo_id)
        return PhotoTask(photo_id, content) if content else None

    def call(self, task: PhotoTask) -> list[Rendition]:
        try:
            return renditions(task.content)
        except UnreadablePhoto as problem:
            raise GatewayRejected(
                "unreadable photo", (Problem("file", "unreadable", problem.reason),)
            ) from None

    def finish(self, session: Session, task: PhotoTask, result: list[Rendition] | None) -> None:
        photos.finish_photo(session, task.photo_id, result or [])

    def reject(self, session: Session, task: PhotoTask, problems: Sequence[Problem]) -> None:
        photos.refuse_photo(session, task.photo_id, problems[0].text)

    def postpone(self, session: Session, task: PhotoTask, problem: Problem, until: datetime | None) -> None:
        if until is None:
            photos.refuse_photo(session, task.photo_id, text("Không làm được ảnh này; hãy chụp lại"))
