"""The job that asks floors for their categories."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from gateways.categories import CategoryDesk, FloorAttribute, FloorCategory
from gateways.errors import GatewayRejected
from models import PollSubject
from services import category_choices, floor_catalogue
from workers.deliveries import StoredEvent
from workers.floors import classing
from workers.jobs.polling import READ_SECONDS, FloorPoll
from workers.runtime import run_steps

log = structlog.get_logger()


def poll_floor_categories(event_id: int) -> None:
    """Take over a floor's categories, and what the chosen ones want to know."""
    run_steps("poll_floor_categories", event_id, PollCategories(), READ_SECONDS)


@dataclass(frozen=True)
class Catalogue:
    """All of it at once: floors tell the tree in one answer, and few leaves are chosen."""

    categories: Sequence[FloorCategory]
    attributes: Mapping[str, Sequence[FloorAttribute]]
    cursor: str = ""


class PollCategories(FloorPoll[Catalogue]):
    subject = PollSubject.CATEGORIES

    def begin(self, session: Session, event: StoredEvent) -> bool:
        self.chosen = floor_catalogue.chosen_categories(session, event.payload["marketplace"])
        return super().begin(session, event)

    def read(self) -> Catalogue:
        with classing(self.marketplace) as desk:
            categories = desk.list_categories()
            told = {number: self._attributes(desk, number) for number in self.chosen}
        return Catalogue(
            categories, {number: wanted for number, wanted in told.items() if wanted is not None}
        )

    def _attributes(self, desk: CategoryDesk, category: str) -> Sequence[FloorAttribute] | None:
        """None where the floor has no such category any more."""
        try:
            return desk.list_attributes(category)
        except GatewayRejected as error:
            log.warning("category_refused", marketplace=self.marketplace, category=category, error=str(error))
            return None

    def take(self, session: Session, page: Catalogue) -> None:
        closed = floor_catalogue.take_catalogue(session, self.marketplace, page.categories, page.attributes)
        if closed:
            log.info("categories_closed", marketplace=self.marketplace, categories=closed)
        category_choices.ask_listings(session, self.marketplace)

    def goes_on(self, page: Catalogue) -> bool:
        return False
