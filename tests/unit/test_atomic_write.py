"""A file is the old one or the new one, keeps its mode, and stays where a link leads."""

import stat
from pathlib import Path

import pytest

from interviewer.errors import InputError
from interviewer.text.atomic_write import OWNER_ONLY, refuse_overwrite, replacing, write_atomically


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_gets_its_mode_and_an_older_one_keeps_its_own(tmp_path: Path) -> None:
    key, notes = tmp_path / "key", tmp_path / "notes"
    write_atomically(key, "secret", OWNER_ONLY)
    assert (key.read_text(), mode(key)) == ("secret", 0o600)
    notes.write_bytes(b"old")
    notes.chmod(0o640)
    write_atomically(notes, b"\xffnew")
    assert (notes.read_bytes(), mode(notes)) == (b"\xffnew", 0o640)
    key.chmod(0o644)
    write_atomically(key, "other", OWNER_ONLY)
    assert mode(key) == 0o600


def test_an_error_in_the_middle_leaves_the_old_file_and_nothing_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "graded.jsonl"
    file.write_text("old")

    def half() -> None:
        with replacing(file) as stream:
            stream.write(b"ne")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomically(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


def test_a_name_as_long_as_a_name_may_be_is_written(tmp_path: Path) -> None:
    file = tmp_path / ("問" * 85)  # 255 bytes
    write_atomically(file, "text")
    assert file.read_text() == "text"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot write"):
        write_atomically(tmp_path, "text")


def test_a_table_takes_the_place_of_one_without_a_mark(tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_text("attempt,session,created,question_id\n")
    refuse_overwrite(table, "\ufeffattempt,session,created,question_id\n", force=False, interactive=False)
    with pytest.raises(InputError, match="holds something else"):
        refuse_overwrite(table, "\ufeffquestion_id,question,grader\n", force=False, interactive=False)


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("<!doctype html><!-- saved from another site -->", "<!doctype html><!-- interviewer -->\n<html"),
        ('<!doctype html>\n<html lang="en">', "<!doctype html><!-- interviewer -->\n<html"),
        ("# Interview practice\n\nMy own notes", "# Interview practice\n\nSession 1 · 2026-11-26"),
        ('{\n  "version": 1,\n  "dependencies": {}', '{\n  "version": 1,\n  "created": "2026-11-26T04:17:46Z"'),
    ],
)
def test_another_programs_file_that_begins_alike_is_not_replaced(tmp_path: Path, there: str, new: str) -> None:
    file = tmp_path / "file"
    file.write_text(there)
    with pytest.raises(InputError, match="holds something else"):
        refuse_overwrite(file, new, force=False, interactive=False)


@pytest.mark.parametrize(
    ("there", "new"),
    [
        ("# Interview practice\n\nSession 12 · 2026-11-26", "# Interview practice\n\nSessions: 2, 2026-11-26"),
        ('{\n  "version": 1,\n  "created": "2026-11-26T04', '{\n  "version": 1,\n  "created": "2027-01-02T03'),
        ("", "# Interview practice"),
    ],
)
def test_a_report_takes_the_place_of_a_report(tmp_path: Path, there: str, new: str) -> None:
    (tmp_path / "file").write_text(there)
    refuse_overwrite(tmp_path / "file", new, force=False, interactive=False)
