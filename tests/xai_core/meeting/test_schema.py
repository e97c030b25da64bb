import pytest

from xai_core.meeting import Meetings, schema
from xai_core.types import InputError


def test_a_second_start_changes_nothing(meetings, keys, number):
    assert Meetings(meetings.engine, meetings.clock).find(keys.code) == number


def test_the_tables_of_studies_keep_their_own_version(meetings):
    with meetings.engine.connect() as connection:
        assert connection.exec_driver_sql("select max(version) from meeting_version").scalar() == 1
        assert connection.exec_driver_sql("select max(version) from schema_version").scalar() == 3


def test_a_newer_database_is_refused(meetings):
    with meetings.engine.begin() as connection:
        connection.execute(schema.VERSIONS.insert().values(version=len(schema.MIGRATIONS) + 1))
    with pytest.raises(InputError, match="has version 2; up to 1 is accepted"):
        Meetings(meetings.engine)
