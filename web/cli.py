"""`flask --app wsgi …`: what an operator does from a shell. Each command is one transaction."""

import getpass
from pathlib import Path

import click
from alembic import command
from alembic.config import Config as AlembicConfig
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from core.errors import BusinessError
from core.money import MAX_DONG
from core.phones import normalise
from gateways.ports import UNKNOWN_END, Tokens
from models import Role
from services import accounts, close_chain, demo, floor_accounts, journal_seals, reference_data, resolutions
from services.marketplaces import BY_WORKERS
from services.queries import operations
from services.redelivery import replay_dead
from web.database import transaction

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"

db_commands = AppGroup("db", help="The database's schema.")


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


@db_commands.command("upgrade")
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the schema to REVISION (head)."""
    command.upgrade(_alembic(), revision)


@db_commands.command("downgrade")
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the schema back to REVISION."""
    command.downgrade(_alembic(), revision)


@db_commands.command("current")
def current() -> None:
    """Show at which revision the database is."""
    command.current(_alembic(), verbose=True)


@click.command("import-units")
@click.option("--folder", type=click.Path(exists=True, path_type=Path), default=reference_data.DATA)
@with_appcontext
def import_units(folder: Path) -> None:
    """Load today's provinces and communes and the names from before the 2025 merger."""
    with transaction() as session:
        units, former = reference_data.import_units(session, folder)
    click.echo(f"{units} units, {former} former communes")


@click.command("import-banks")
@click.option("--folder", type=click.Path(exists=True, path_type=Path), default=reference_data.DATA)
@with_appcontext
def import_banks(folder: Path) -> None:
    """Load the banks and wallets that VietQR can pay."""
    with transaction() as session:
        click.echo(f"{reference_data.import_banks(session, folder)} banks")


@click.command("import-tax-rules")
@click.option("--folder", type=click.Path(exists=True, path_type=Path), default=reference_data.DATA)
@with_appcontext
def import_tax_rules(folder: Path) -> None:
    """Load the thresholds, percentages and forms of household business tax, with their dates."""
    with transaction() as session:
        click.echo(f"{reference_data.import_tax_rules(session, folder)} tax rules")


@click.command("create-admin")
@click.option("--phone", prompt=True, help="A Vietnamese phone number; it is the sign-in name.")
@click.option("--name", prompt=True)
@click.option("--password", help="Asked for where it is not given.")
@with_appcontext
def create_admin(phone: str, name: str, password: str | None) -> None:
    """Take on an administrator."""
    e164 = normalise(phone)
    if e164 is None:
        raise click.BadParameter("not a Vietnamese phone number", param_hint="--phone")
    try:
        with transaction() as session:
            user = accounts.create_user(
                session, phone=e164, name=name, password=password or getpass.getpass()
            )
            accounts.grant_role(session, user, Role.ADMINISTRATOR, "VN")
    except BusinessError as error:
        raise click.ClickException(_explain(error)) from error
    click.echo("created")


def _explain(error: BusinessError) -> str:
    errors = getattr(error, "errors", {})
    return "; ".join(str(text) for texts in errors.values() for text in texts) or str(error.detail)


@click.command("seed-demo")
@click.option("--if-empty", is_flag=True, help="Do nothing where anybody has an account already.")
@click.option("--password", envvar="DEMO_PASSWORD", default="chophien-demo", show_default=True)
@with_appcontext
def seed_demo(if_empty: bool, password: str) -> None:
    """Load the demo: three markets, invented people, three months of payments."""
    with transaction() as session:
        if demo.is_seeded(session) or (if_empty and demo.has_users(session)):
            click.echo("nothing to do")
            return
        demo.seed(session, password)
    click.echo("seeded")


@click.command("set-second-person-limit")
@click.argument("market_code")
@click.argument("amount", type=click.IntRange(0, MAX_DONG))
@with_appcontext
def set_limit(market_code: str, amount: int) -> None:
    """Have decisions of MARKET_CODE about more than AMOUNT đồng agreed to by a second person."""
    try:
        with transaction() as session:
            resolutions.set_second_person_limit(session, market_code, amount)
    except BusinessError as error:
        raise click.ClickException(_explain(error)) from error
    click.echo("set")


@click.command("connect-floor")
@click.argument("marketplace", type=click.Choice(BY_WORKERS))
@click.option("--access-token")
@click.option("--refresh-token")
@with_appcontext
def connect_floor(marketplace: str, access_token: str | None, refresh_token: str | None) -> None:
    """Keep the tokens that the shop's owner has given on MARKETPLACE: its first ones, or new ones after it took its
    leave back. A floor with a key or password has new ones in its settings. What waited for it goes on at once."""
    tokens = None
    if marketplace in floor_accounts.WITH_TOKENS:
        access = access_token or click.prompt("Access token", hide_input=True)
        tokens = Tokens(access, refresh_token or click.prompt("Refresh token", hide_input=True), UNKNOWN_END)
    with transaction() as session:
        floor_accounts.connect(session, marketplace, tokens)
    click.echo("stored" if tokens else "connected")


dead_letters = AppGroup("dead-letters", help="Jobs that were given up.")


@dead_letters.command("list")
@with_appcontext
def list_dead_letters() -> None:
    """Show what was given up, with the last error."""
    with transaction() as session:
        for letter in operations.list_dead_letters(session):
            click.echo(f"{letter.event_id}\t{letter.job}\t{letter.event_type}\t{letter.error}")


@dead_letters.command("replay")
@click.argument("event_id", type=int, required=False)
@with_appcontext
def replay_dead_letters(event_id: int | None) -> None:
    """Put EVENT_ID's jobs (or all) back on the road."""
    with transaction() as session:
        click.echo(f"{replay_dead(session, event_id)} replayed")


journal_commands = AppGroup("journal", help="The double-entry journal.")


@journal_commands.command("verify")
@click.option("--kept", help="A head that was kept: of an earlier run, or from the log (`journal_sealed`).")
@with_appcontext
def verify_journal(kept: str | None) -> None:
    """Walk the journal's chain of seals, and that of signed days, and say where the past was changed (exit code 1).

    Keep both heads outside this system: only by them is seen that the newest seals or signatures were cut off.
    """
    with transaction() as session:
        chain, closes = journal_seals.verify_journal(session), close_chain.verify_closes(session)
        cut = kept is not None and not journal_seals.was_head(session, kept)
    for damage in chain.damages:
        click.echo(f"seal {damage.number} (entries {damage.first} to {damage.last}): {damage.problem}")
    for close in closes.damages:
        place = f"day {close.day} of {close.market_code}, version {close.version}"
        click.echo(f"act {close.number} ({place}): {close.problem}")
    click.echo(f"{chain.seals} seals over {chain.entries} entries; {chain.unsealed} entries not sealed yet")
    click.echo(f"head {chain.head}")
    click.echo(f"{closes.acts} acts upon days")
    click.echo(f"head of days {closes.head}")
    if cut:
        raise click.ClickException(
            "The kept head is no seal any more: seals were changed, or cut off the end."
        )
    if chain.damages:
        raise click.ClickException("The journal is not as it was sealed.")
    if closes.damages:
        raise click.ClickException("A day is not as it was signed.")


def register(app: Flask) -> None:
    for group in (
        db_commands,
        import_units,
        import_banks,
        import_tax_rules,
        create_admin,
        seed_demo,
        set_limit,
        connect_floor,
        dead_letters,
        journal_commands,
    ):
        app.cli.add_command(group)
