"""The command `gongzhi`: exit status 0, or a one-line reason."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from gongzhi.kernel.errors import DomainError
from gongzhi.kernel.settings import Settings, WrongSetting, load


class Refused(click.ClickException):
    """A reason on one line and exit status 1."""

    def show(self, file: Any = None) -> None:  # noqa: ARG002 - click's signature
        """Write the reason to stderr, nothing else."""
        click.echo(f"gongzhi: {self.format_message()}", err=True)


def settings() -> Settings:
    """The settings, or the one-line reason why they cannot be used."""
    try:
        return load()
    except WrongSetting as wrong:
        raise Refused(str(wrong)) from wrong


def application() -> Any:
    """The application, for commands that read or write through it; its context is entered by the caller."""
    from gongzhi.web.app import create_app

    return create_app(settings())


@click.group()
def cli() -> None:
    """Gongzhi 共治: a district governs together."""


@cli.command()
def serve() -> None:
    """Serve pages, live events and, embedded, jobs."""
    from gongzhi.web.server import serve as run

    run(settings())


@cli.command()
def worker() -> None:
    """Deliver events and run jobs, beside web processes."""
    from gongzhi.web.server import work

    work(settings())


@cli.group()
def db() -> None:
    """The database's tables."""


@db.command()
@click.option("--revision", default="head", show_default=True)
def upgrade(revision: str) -> None:
    """Bring the tables up to date."""
    from gongzhi.web.schema import upgrade as run

    run(settings(), revision)
    click.echo("database is up to date")


@db.command()
@click.argument("revision")
def downgrade(revision: str) -> None:
    """Take the tables back to REVISION."""
    from gongzhi.web.schema import downgrade as run

    run(settings(), revision)


@cli.command()
def demo() -> None:
    """Fill an empty installation with demo data."""
    app = application()
    with app.app_context():
        from gongzhi.web.demo import build

        made = build()
        app.extensions["relay"].drain()
    click.echo("demo data is there" if not made else "demo data was built")


@cli.group()
def admin() -> None:
    """Administrators."""


@admin.command()
@click.argument("login")
@click.option("--name", required=True, help="The name shown.")
@click.option("--district", default="500103", show_default=True, help="Code of the district.")
@click.password_option(help="At least ten characters.")
def create(login: str, name: str, district: str, password: str) -> None:
    """Make an administrator with LOGIN, an e-mail address or mobile number; a new district gets its categories."""
    app = application()
    with app.app_context():
        from gongzhi.domains.issues.actions import install_categories
        from gongzhi.domains.people.actions import create_admin
        from gongzhi.domains.places.actions import load_district
        from gongzhi.kernel.db import write
        from gongzhi.kernel.policy import SYSTEM

        with write() as session:
            place = load_district(session, district)
            create_admin(session, login=login, password=password, name=name, district_id=place.district_id)
            install_categories(session, SYSTEM, place.district_id)
    click.echo("administrator made")


@admin.command("reset-second-steps")
@click.argument("login")
def reset_second_steps(login: str) -> None:
    """Let LOGIN in again without the second steps it lost: for the last administrator; all its sessions end."""
    app = application()
    with app.app_context():
        from gongzhi.domains.people.actions import forget_second_steps
        from gongzhi.domains.people.queries import account_by_contact
        from gongzhi.domains.people.rules import parse_contact
        from gongzhi.kernel.db import write

        with write() as session:
            account = account_by_contact(session, parse_contact(login, "login"))
            if account is None:
                raise Refused("there is no account with this contact")
            forget_second_steps(session, account, by_id=None)
    click.echo("second steps forgotten")


@cli.command()
@click.option("--deep", is_flag=True, help="Check every invariant, not only that things answer.")
def doctor(*, deep: bool) -> None:
    """Say what is wrong, if anything is."""
    report(deep=deep)


def report(*, deep: bool) -> None:
    """Print every finding; a bad one is the reason to fail."""
    app = application()
    with app.app_context():
        from gongzhi.web.doctor import examine

        findings = examine(app, deep=deep)
    for finding in findings:
        click.echo(f"{'ok  ' if finding.good else 'FAIL'} {finding.what}: {finding.detail}")
    bad = [finding.what for finding in findings if not finding.good]
    if bad:
        raise Refused(f"not well: {', '.join(bad)}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
def backup(file: Path) -> None:
    """Database and uploads into FILE, while the platform serves; the secret key is not in it: keep it apart."""
    from gongzhi.web import backup as backups

    chosen = for_backups()
    try:
        manifest = backups.take(chosen, file)
    except backups.BadBackup as reason:
        raise Refused(str(reason)) from None
    rows = sum(manifest.rows.values())
    click.echo(
        f"{file}: {rows} rows at revision {manifest.revision}, {manifest.uploads} uploads, as of {manifest.made_at}"
    )
    click.echo("the secret key is not in it: keep it elsewhere, without it contacts and identities cannot be read")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="Also when the database holds something; it is kept beside.")
def restore(file: Path, *, replace: bool) -> None:
    """Put the backup FILE in place, the platform being stopped; then examine it as `doctor --deep` does."""
    from gongzhi.web import backup as backups

    chosen = for_backups()
    try:
        done = backups.restore(chosen, file, replace=replace)
    except backups.BadBackup as reason:
        raise Refused(str(reason)) from None
    click.echo(f"restored as of {done.manifest.made_at}: {sum(done.manifest.rows.values())} rows")
    if done.kept:
        click.echo(f"the former database is kept: {done.kept}")
    report(deep=True)


def for_backups() -> Settings:
    """The settings, with keys and storage ready and the database untouched."""
    from gongzhi.kernel import secrets, storage

    chosen = settings()
    secrets.configure(chosen.secret_key.encode())
    storage.configure(chosen.data_dir, chosen.storage_url)
    return chosen


@cli.command()
def policy() -> None:
    """Print the permission matrix."""
    application()
    from gongzhi.web.matrix import rows

    for line in rows():
        click.echo(line)


@cli.group(name="import")
def bring() -> None:
    """Bring in data from files."""


@bring.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--district", default="500103", show_default=True, help="Code of the district.")
@click.option("--place", default=None, help="Code of the place the messages belong to, else the district.")
def messages(file: Path, district: str, place: str | None) -> None:
    """Citizens' messages from an XLSX or CSV FILE into issues; safe to repeat."""
    app = application()
    with app.app_context():
        from gongzhi.web.importing import import_messages

        report = import_messages(file, district_code=district, place_code=place, progress=click.echo)
        app.extensions["relay"].drain()
    for line in report.lines():
        click.echo(line)


@cli.group()
def search() -> None:
    """The search index."""


@search.command()
def reindex() -> None:
    """Build the search index anew."""
    app = application()
    with app.app_context():
        from gongzhi.reactions.search import reindex as run

        click.echo(f"{run()} documents indexed")


@cli.group()
def export() -> None:
    """Write what is public into files others can check."""


@export.command(name="ledger")
@click.option("--district", default=None, help="Code of the district; may be left out where there is only one.")
@click.option("--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="A file, else stdout.")
def export_ledger(district: str | None, output: Path | None) -> None:
    """The whole public ledger as JSON lines, to be checked by `gongzhi verify`."""
    app = application()
    with app.app_context():
        from gongzhi.kernel.db import session
        from gongzhi.reactions.ledger.exporting import lines
        from gongzhi.web.ledgers import log_named

        written = lines(session(), log_named(session(), district))
        if output is None:
            for line in written:
                click.echo(line, nl=False)
            return
        with output.open("w", encoding="utf-8") as opened:
            opened.writelines(written)
    click.echo(f"written to {output}")


@cli.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--head",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A head of the ledger kept earlier, as /api/v1/ledger answered it.",
)
def verify(file: Path, head: Path | None) -> None:
    """Check an exported FILE; needs neither database nor settings."""
    from gongzhi.web.verifying import read_head, verify_file

    try:
        known = read_head(head) if head else None
    except (UnicodeDecodeError, ValueError) as error:
        raise Refused(f"{head} is no head: {error}") from error
    report = verify_file(file, known)
    for fault in report.faults:
        click.echo(f"FAIL {fault}")
    if report.faults:
        count = len(report.faults)
        raise Refused(f"{file} does not hold: {count} {'fault' if count == 1 else 'faults'}")
    click.echo(f"ok   {report.summary}")


@cli.group()
def ledger() -> None:
    """The public ledger: its keys, and the erasure of words."""


@ledger.command(name="rotate-key")
@click.option("--district", default=None, help="Code of the district; may be left out where there is only one.")
def rotate_ledger_key(district: str | None) -> None:
    """Sign with a new key from now on; the old key vouches for it and is destroyed."""
    app = application()
    with app.app_context():
        from gongzhi.kernel.db import write
        from gongzhi.reactions.ledger.keys import rotate_key
        from gongzhi.web.ledgers import log_named

        with write() as session:
            made = rotate_key(session, log_named(session, district)).key_id
        app.extensions["relay"].drain()
    click.echo(f"the ledger is signed with key {made}")


@ledger.command(name="forget-words")
@click.argument("object_id")
def forget_ledger_words(object_id: str) -> None:
    """Destroy the salts of entries about OBJECT_ID, an issue, answer or report whose words were erased."""
    app = application()
    with app.app_context():
        from gongzhi.kernel.db import write
        from gongzhi.reactions.ledger.erasing import forget_words

        with write() as session:
            count = forget_words(session, object_id)
    click.echo(f"{count} {'salt' if count == 1 else 'salts'} destroyed; every proof stays as it was")


def main() -> None:
    """Run the command; a refusal is one line, never a traceback."""
    try:
        cli(standalone_mode=False)
    except click.exceptions.Abort:
        sys.exit(130)
    except click.ClickException as refused:
        refused.show()
        sys.exit(refused.exit_code)
    except SQLAlchemyError as error:
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        click.echo(f"gongzhi: the database refused: {reason}", err=True)
        sys.exit(1)
    except DomainError as error:
        details = "; ".join(f"{name}: {text}" for name, texts in error.errors.items() for text in texts)
        click.echo(f"gongzhi: {error} {details}".strip(), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
