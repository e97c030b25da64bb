"""Evaluations on the disk: what nobody can use any more is deleted."""

import os

from pages._ui.results.evaluations import KEPT_DAYS, prune

DAY = 86_400


def test_old_folders_and_old_tables_go(tmp_path):
    own, other, recent = (tmp_path / name for name in ("own", "other", "recent"))
    now = 1_000 * DAY
    for folder in (own, other, recent):
        folder.mkdir()
        (folder / "t.parquet").write_text("x")
    (own / "new.parquet").write_text("x")
    parts = own / "t.parquet.parts"
    parts.mkdir()
    for path, days in (
        (own / "t.parquet", KEPT_DAYS + 1),
        (own / "new.parquet", 1),
        (parts, KEPT_DAYS + 1),
        (other, KEPT_DAYS + 1),
        (recent, KEPT_DAYS - 1),
    ):
        os.utime(path, (now - days * DAY,) * 2)
    prune(tmp_path, own, now)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["own", "recent"]
    assert [path.name for path in own.iterdir()] == ["new.parquet"]
