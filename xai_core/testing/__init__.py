"""Explanation tests: does a network look at the right thing? A verdict with statistics, for a test or for CI.

The public names stand in `__init__.pyi`. Each is imported when it is first used, so that pytest, which loads
`plugin` wherever this package is installed, needs neither torch nor pandas for it."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
