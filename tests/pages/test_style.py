"""The style sheet uses no name that nobody defines: such a rule does nothing, and nothing says so."""

from __future__ import annotations

import re
import tomllib

from pages._ui.assets import STYLE
from pages._ui.widgets import look
from tests.test_architecture import ROOT

CSS = STYLE.read_text()


def test_every_variable_is_defined_or_has_a_value_in_its_absence():
    used = set(re.findall(r"var\((--[\w-]+)\)", CSS))
    assert used == set(re.findall(r"(--[\w-]+):", CSS))


def test_the_accent_is_the_themes():
    theme = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    colours = tuple(theme[kind]["primaryColor"] for kind in ("light", "dark"))
    assert colours == look.ACCENT
    assert f"--accent: light-dark({', '.join(colours)})" in CSS
