"""The version, which pyproject.toml and the commands read from here."""

__version__ = "0.1.0"
