"""Kept pictures: reached by their key alone, limited, removed by their keeper, and gone after 30 days."""

import hashlib
import threading

import pytest
from sqlalchemy import func, select

import xai_core as xai
from xai_core.trust_study import KeptPictures, StudyStore, kept, schema
from xai_core.trust_study.design import DAY

FILE = b"the file of a picture"
INSERT = kept.insert
SHA = hashlib.sha256(FILE).hexdigest()


@pytest.fixture
def clock(monkeypatch):
    """The time as `kept` sees it; a test moves it on."""

    class Clock:
        now = 1e9

        def time(self):
            return self.now

    found = Clock()
    monkeypatch.setattr(kept, "time", found)
    return found


@pytest.fixture
def pictures(store):
    return KeptPictures(store.engine)


def counts(pictures):
    """How many files and how many links the database holds."""
    with pictures.engine.connect() as connection:
        return tuple(
            connection.scalar(select(func.count()).select_from(table))
            for table in (schema.KEPT_FILES, schema.KEPT_LINKS)
        )


def test_a_picture_is_kept_for_thirty_days(pictures, clock):
    link = pictures.keep(FILE, "hen.jpg", "hen to vulture")
    found = pictures.find(link.key)
    assert (found.sha256, found.name, found.made) == (SHA, "hen.jpg", "hen to vulture")
    assert found.expires == link.expires == clock.now + 30 * DAY
    assert pictures.file(link.key) == FILE
    clock.now = link.expires - 1
    assert pictures.find(link.key) is not None
    clock.now = link.expires
    assert pictures.find(link.key) is None
    with pytest.raises(xai.InputError, match="no kept picture"):
        pictures.file(link.key)
    pictures.sweep()
    assert counts(pictures) == (0, 0)


def test_the_sha256_and_the_keepers_key_open_nothing(pictures):
    link = pictures.keep(FILE, "hen.jpg")
    for wrong in (SHA, link.keeper_key, "", hashlib.sha256(link.key.encode()).hexdigest()):
        assert pictures.find(wrong) is None
        with pytest.raises(xai.InputError):
            pictures.file(wrong)
    assert pictures.for_keeper(link.key) is None
    assert pictures.for_keeper(link.keeper_key) == pictures.find(link.key)


def test_no_key_stands_in_the_database(pictures, tmp_path, url):
    if not url.startswith("sqlite"):
        pytest.skip("looks into the database's file")
    link = pictures.keep(FILE, "hen.jpg")
    assert len(link.key) == 22
    pictures.engine.dispose()
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert FILE in held
    assert link.key.encode() not in held
    assert link.keeper_key.encode() not in held


def test_only_the_keeper_removes(pictures):
    link = pictures.keep(FILE, "hen.jpg")
    assert not pictures.remove(link.key)
    assert pictures.find(link.key) is not None
    assert pictures.remove(link.keeper_key)
    assert not pictures.remove(link.keeper_key)
    assert pictures.find(link.key) is None
    assert counts(pictures) == (0, 0)


def test_a_picture_that_two_keep_is_stored_once_and_goes_with_the_last(pictures):
    first, second = pictures.keep(FILE, "hen.jpg"), pictures.keep(FILE, "my hen.jpg")
    assert counts(pictures) == (1, 2)
    pictures.remove(first.keeper_key)
    assert pictures.file(second.key) == FILE
    pictures.remove(second.keeper_key)
    assert counts(pictures) == (0, 0)


def test_a_large_file_is_refused_and_nothing_stays(pictures, monkeypatch):
    monkeypatch.setattr(kept, "MAX_MB", 1)
    with pytest.raises(xai.InputError, match=r"2\.0 MB; up to 1 MB are kept"):
        pictures.keep(bytes(2_000_000), "hen.jpg")
    assert counts(pictures) == (0, 0)


def test_the_room_for_all_is_limited_and_expired_ones_make_room(pictures, clock, monkeypatch):
    monkeypatch.setattr(kept, "MAX_ALL_MB", 1)
    pictures.keep(bytes(700_000), "first.jpg")
    with pytest.raises(xai.InputError, match="the room for them is full"):
        pictures.keep(bytes([1]) * 700_000, "second.jpg")
    assert counts(pictures) == (1, 1)
    again = pictures.keep(bytes(700_000), "the first again.jpg")  # it is there already
    assert counts(pictures) == (1, 2)
    clock.now = again.expires
    pictures.keep(bytes([1]) * 700_000, "second.jpg")
    assert counts(pictures) == (1, 1)


def test_an_error_in_the_middle_leaves_nothing(pictures, monkeypatch):
    def breaks(*_):
        raise OSError("the disk is full")

    monkeypatch.setattr(
        kept, "insert", lambda table: breaks() if table is schema.KEPT_LINKS else INSERT(table)
    )
    with pytest.raises(OSError, match="the disk is full"):
        pictures.keep(FILE, "hen.jpg")
    assert counts(pictures) == (0, 0)


def test_a_damaged_file_is_not_shown(pictures):
    link = pictures.keep(FILE, "hen.jpg")
    with pictures.engine.begin() as connection:
        connection.execute(schema.KEPT_FILES.update().values(file=b"another"))
    with pytest.raises(xai.InputError, match="damaged"):
        pictures.file(link.key)


def test_many_keep_and_remove_one_picture_at_once(pictures):
    failed = []

    def visitor():
        try:
            for _ in range(5):
                link = pictures.keep(FILE, "hen.jpg")
                assert pictures.file(link.key) == FILE
                assert pictures.remove(link.keeper_key)
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=visitor) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert counts(pictures) == (0, 0)


def test_another_server_sees_the_same(pictures, url):
    link = pictures.keep(FILE, "hen.jpg")
    other = StudyStore(url)
    assert KeptPictures(other.engine).file(link.key) == FILE
    other.close()
