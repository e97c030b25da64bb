"""What a visitor can choose on the Pinboard."""

from __future__ import annotations

from ..state.fields import Field, choice, whole

FIELDS = (Field("showing", "arrange", choice("arrange", "present")), Field("presented", 0, whole(0, 999)))
