"""Where the app's own files lie: logo, icon, style."""

from pathlib import Path

ASSETS = Path(__file__).resolve().parents[2] / "assets"
ICON, LOGO = str(ASSETS / "icon.svg"), str(ASSETS / "logo.svg")
STYLE = ASSETS / "style.css"
