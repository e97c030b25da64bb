"""Saliency Lab's compute layer: ask an image classifier why, and get numbers back.

    import xai_core as xai
    handle = xai.load_model("efficientnet_lite0")
    image = xai.load_image("cat.jpg")
    e = xai.explain(handle, image, "grad_cam", target=282, layer="blocks.6")
    e.heatmap, e.upsampled()

No Streamlit here. `xai_core.figures` draws what these functions return.

The public names stand in `__init__.pyi`. Each is imported when it is first used, so that importing the
package, and the help of its commands, need neither torch nor Plotly.
"""

import importlib

import lazy_loader

from ._torchvision_operators import declare_before_torchvision
from ._version import __version__  # noqa: F401
from .arrow_memory import take_from_the_system
from .display import draw_with
from .spinning import wait_briefly

take_from_the_system()
wait_briefly()
declare_before_torchvision()
draw_with(lambda: importlib.import_module(".figures.notebook", __name__))

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
