"""The job that asks floors what they paid out."""

import structlog
from sqlalchemy.orm import Session

from gateways.settlements import SettlementPage
from models import PollSubject
from services import settlements
from workers.floors import settling
from workers.jobs.polling import READ_SECONDS, FloorPoll
from workers.runtime import run_steps

log = structlog.get_logger()


def poll_floor_settlements(event_id: int) -> None:
    """Take over what a floor has paid out, page by page."""
    run_steps("poll_floor_settlements", event_id, PollSettlements(), READ_SECONDS)


class PollSettlements(FloorPoll[SettlementPage]):
    subject = PollSubject.SETTLEMENTS

    def read(self) -> SettlementPage:
        with settling(self.marketplace) as desk:
            return desk.list_settlements(self.cursor)

    def take(self, session: Session, page: SettlementPage) -> None:
        if new := settlements.take_settlements(session, self.marketplace, page):
            log.info("settlements_taken", marketplace=self.marketplace, new=new)

    def goes_on(self, page: SettlementPage) -> bool:
        return page.more
