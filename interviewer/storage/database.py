"""The SQLite file: opened for its owner only, brought up to date, and written so that nothing acknowledged is ever lost.

A write-ahead log with synchronous=FULL: a commit returns when the data is on disk. The log needs memory that processes share,
which network and shared-folder file systems lack; there it is a rollback journal with synchronous=EXTRA, which promises the
same (https://sqlite.org/wal.html, https://sqlite.org/pragma.html#pragma_synchronous).
"""

import contextlib
import errno
import itertools
import os
import shlex
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from interviewer.debug_log import debug
from interviewer.errors import StoreError
from interviewer.text.atomic_write import OWNER_ONLY, replacing
from interviewer.text.clean import clean_line

SCHEMA_VERSION = 8
_BUSY_SECONDS = 5.0
_ROOM = 100_000
"""Bytes free on a disk that can take one more answer."""
_WITHOUT_SHARED_MEMORY = {
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_READONLY,
}
"""Errors that the shared memory of a write-ahead log leads to, and a few others, which then come again."""


class Database:
    """One connection, shared by the threads of a process: writes come from worker threads, so that no event loop waits."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection
        self._lock = threading.RLock()

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing; durable when the block ends, or that of the transaction around it.

        Raises:
            StoreError: it could not be written.
        """
        with self._lock, _wrap_sqlite_errors(self._path):
            within = self._connection.in_transaction  # one of this thread, which holds the lock
            if within:
                yield self._connection
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have rolled it back already
                    self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def write(self, sql: str, *values: object) -> None:
        """Run one statement as a transaction of its own.

        Raises:
            StoreError: it could not be written.
        """
        with self.transaction() as db:
            db.execute(sql, values)

    def rows(self, sql: str, *values: object) -> list[tuple[object, ...]]:
        """Return all rows of a query."""
        with self._lock, _wrap_sqlite_errors(self._path):
            return self._connection.execute(sql, values).fetchall()

    def records(self, sql: str, *values: object) -> list[dict[str, object]]:
        """Return all rows of a query, by the names of their columns."""
        with self._lock, _wrap_sqlite_errors(self._path):
            cursor = self._connection.execute(sql, values)
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]

    def check(self) -> None:
        """Read the whole file.

        Raises:
            StoreError: it is damaged.
        """
        ((found,),) = self.rows("PRAGMA quick_check(1)")
        if found != "ok":
            raise _useless(self._path, f"is damaged ({clean_line(str(found))})")


def open_database(path: Path, notify: Callable[[str], None] = lambda _: None) -> Database:
    """Open the file at `path`, creating it or bringing it up to date; `notify` is told of the latter.

    Raises:
        StoreError: the place cannot be written, or the file is damaged, in use, or from a newer version.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        # sqlite3 would create the file readable by everyone.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"cannot write to {error.filename}: {error.strerror}", next_step="make it writable, or set INTERVIEWER_HOME"
        ) from error
    with _wrap_sqlite_errors(path):
        try:
            connection = _connect(path, shared_memory=True)
        except sqlite3.OperationalError as error:
            if _code(error) not in _WITHOUT_SHARED_MEMORY or _is_full(path):
                raise
            debug(__name__, "%s: no write-ahead log here (%s)", path, error)
            connection = _connect(path, shared_memory=False)
        try:
            _migrate(connection, path, notify)
        except BaseException:
            connection.close()
            raise
    return Database(path, connection)


def _connect(path: Path, *, shared_memory: bool) -> sqlite3.Connection:
    """Open the file and prove that it can be written.

    A file with a rollback journal keeps it, since another process may be using it where a write-ahead log cannot work.
    """
    connection = sqlite3.connect(_name(path), uri=True, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    connection.text_factory = lambda text: text.decode(errors="replace")  # damaged text is found where it is read
    try:
        if not shared_memory:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # one process can read a write-ahead log on its own
        version = _version(connection)
        _refuse_newer(version, path)  # before anything is written to it
        if not shared_memory:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA locking_mode = NORMAL")
        elif version == 0:
            connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("ROLLBACK")
        ((journal,),) = connection.execute("PRAGMA journal_mode")
        connection.execute(f"PRAGMA synchronous = {'FULL' if journal == 'wal' else 'EXTRA'}")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    debug(__name__, "opened %s: schema %d, journal %s", path, version, journal)
    return connection


def _name(path: Path) -> str:
    """Return what SQLite opens: the file, or a URI that has it use lock folders where the file system has no locks."""
    return str(path) if _has_locks(path) else f"{path.absolute().as_uri()}?vfs=unix-dotfile"


def _has_locks(path: Path) -> bool:
    if os.name != "posix":
        return True
    import fcntl

    with path.open("rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)  # the first byte, which SQLite never locks
        except OSError as error:
            return error.errno in {errno.EACCES, errno.EAGAIN}  # another process tries it at this moment
    return True


def _refuse_newer(version: int, path: Path) -> None:
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{path} was written by a newer interviewer (schema {version}, not {SCHEMA_VERSION}); it was not changed",
            next_step="update your copy of the repository, then in it: pip install .",
        )


def _migrate(connection: sqlite3.Connection, path: Path, notify: Callable[[str], None]) -> None:
    """Run the migrations that this file lacks. A new file runs all of them."""
    if _version(connection) == SCHEMA_VERSION:
        return
    # One transaction, so that a power cut half-way leaves the database as it was. Another process may have been first.
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = _version(connection)
        _refuse_newer(version, path)
        if 0 < version < SCHEMA_VERSION:
            kept = _back_up(path, version)
            debug(__name__, "migrating from schema %d to %d; the copy is %s", version, SCHEMA_VERSION, kept)
            notify(f"Bringing {path.name} up to date. As it was, it is kept in {kept}")
        for step in range(version + 1, SCHEMA_VERSION + 1):
            script = Path(__file__).with_name("migrations") / f"{step}.sql"
            for statement in _statements(script.read_text(encoding="utf-8")):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _back_up(path: Path, version: int) -> Path:
    """Copy the file as it was last committed, to a name that is free, and return where to."""
    endings = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    names = (path.with_name(f"{path.name}.schema-{version}{ending}") for ending in endings)
    target = next(name for name in names if not name.exists())
    try:
        with (
            replacing(target, OWNER_ONLY) as fresh,
            # A reader of its own: SQLite does not copy through a connection that is about to write.
            contextlib.closing(sqlite3.connect(_name(path), uri=True)) as source,
            contextlib.closing(sqlite3.connect(fresh.name)) as copy,
        ):
            source.backup(copy)
    except OSError as error:
        raise StoreError(
            f"{path} has to be brought up to date, and there is no place for a copy of it: {error.strerror}",
            next_step="make room, then try again; nothing was changed",
        ) from error
    return target


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


@contextlib.contextmanager
def _wrap_sqlite_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _to_store_error(error, path) from error
    except UnicodeDecodeError as error:  # from the sqlite3 module: SQLite named a table whose damaged name is no UTF-8
        raise _useless(path, "is damaged") from error


def _to_store_error(error: sqlite3.DatabaseError, path: Path) -> StoreError:
    """Return an error of SQLite in plain words. Its code says what kind it is: the last byte, before any detail."""
    code, text = _code(error), clean_line(str(error))
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            lock = path.with_name(f"{path.name}.lock")  # left behind by a kill where the file system has no locks
            step = f"; if none is running: rmdir {shlex.quote(str(lock))}" if lock.exists() else ""
            return StoreError(f"{path} is in use by another interviewer", next_step=f"close it there, then try again{step}")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _useless(path, f"is damaged ({text})")
        case sqlite3.SQLITE_ERROR:  # a statement that does not fit the tables, so they are not ours
            return _useless(path, f"is no database of interviewer ({text})")
    # Where not even a log can be begun, SQLite says no more than that.
    if code == sqlite3.SQLITE_FULL or (code in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN} and _is_full(path)):
        return StoreError(f"the disk is full: {path} cannot grow", next_step="free some space")
    return StoreError(
        f"cannot write to {path}: {text}", next_step="make it and its folder writable, or set INTERVIEWER_HOME; then try again"
    )


def _code(error: sqlite3.Error) -> int:
    """Return what kind of error it is; an error of the module itself has no code."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF


def _is_full(path: Path) -> bool:
    return shutil.disk_usage(path.parent).free < _ROOM


def _useless(path: Path, what: str) -> StoreError:
    # All of its files, since SQLite would play an old log into a new database.
    away = shlex.quote(str(path.with_name("damaged")))
    return StoreError(
        f"{path} {what}; it was not changed",
        next_step=f"to start anew, move it away: mkdir {away} && mv {shlex.quote(str(path))}* {away}",
    )
