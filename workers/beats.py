"""What the clock asks for. Nothing of the product is imported: the clock need not load what its jobs work with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Beat:
    """A job that the clock asks for every `seconds`."""

    path: str
    seconds: int


SCHEDULE = (
    Beat("workers.jobs.maintenance.ask_about_open_requests", seconds=10),
    Beat("workers.jobs.maintenance.look_after_unpaid_orders", seconds=10),
    Beat("workers.jobs.maintenance.watch_channel_webhooks", seconds=30),
    Beat("workers.jobs.maintenance.drop_old_channel_keys", seconds=60),
    Beat("workers.jobs.maintenance.look_after_fees", seconds=60),
    Beat("workers.jobs.maintenance.seal_journal", seconds=60),
    Beat("workers.jobs.maintenance.watch_thresholds", seconds=300),
    Beat("workers.jobs.maintenance.look_after_refunds", seconds=5),
    Beat("workers.jobs.maintenance.ask_floors_for_orders", seconds=10),
    Beat("workers.jobs.maintenance.ask_floors_for_settlements", seconds=60),
    Beat("workers.jobs.maintenance.ask_floors_for_categories", seconds=300),
    Beat("workers.jobs.maintenance.read_floors_back", seconds=60),
    Beat("workers.jobs.maintenance.retire_papers", seconds=600),
    Beat("workers.jobs.maintenance.turn_prices", seconds=60),
    Beat("workers.jobs.maintenance.forget_old_traces", seconds=3_600),
)
