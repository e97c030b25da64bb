"""What a visitor can choose on Studies."""

from __future__ import annotations

from xai_core.studies import STUDIES

from ..state import forms
from ..state.fields import Field, choice, flag, on_off

FIELDS = (
    Field("study_name", next(iter(STUDIES)), choice(*STUDIES)),
    Field("study_task", "", str),
    Field("instructor", False, flag, on_off),
    Field("workbook", "", forms.board),
)
