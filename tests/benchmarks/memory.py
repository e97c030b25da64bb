"""Peak resident memory of the app after ten mixed gallery views.   python -m tests.benchmarks.memory

The dashboard runs in this process under Streamlit's AppTest: the same script, caches and network as when
served. Ends with status 1 if the peak is not below the 1 GB that Streamlit Community Cloud gives an app."""

from __future__ import annotations

import sys

from tests.app import new_app

from .report import peak_mb

LIMIT_MB = 1000
EVERY_GRADIENT = "grad_cam,grad_cam_plus_plus,xgrad_cam,layer_cam,hires_cam,eigen_grad_cam,eigen_cam"
VIEWS = (
    {},
    {"image": "coffee", "layers": "blocks.0,blocks.1,blocks.2,blocks.4,blocks.6", "methods": EVERY_GRADIENT},
    {
        "image": "motorcycle",
        "columns": "variant",
        "both": "on",
        "methods": "grad_cam",
        "layers": "blocks.4,blocks.6",
    },
    {"image": "chelsea+coffee", "columns": "class", "methods": "full_grad,cam"},
    {"image": "rocket+flower+china+coins", "fit": "squash", "relu": "off"},
    {"image": "camera", "methods": "ablation_cam,grad_cam", "layers": "blocks.6"},
    {"image": "hubble", "layers": "conv_stem,bn1,blocks.0", "methods": EVERY_GRADIENT, "relu": "off"},
    {"image": "astronaut", "fit": "pad", "counterfactual": "on"},
    {"image": "flower", "methods": "score_cam", "layers": "blocks.4"},
    {"image": "china", "rows": "method", "columns": "layer", "shared": "on", "methods": EVERY_GRADIENT},
)


def main() -> int:
    for number, view in enumerate(VIEWS):
        app = new_app("gallery", timeout=300)
        for key, value in view.items():
            app.query_params[key] = value
        app.run()
        for button in [button for button in app.button if button.label == "Compute"]:
            button.click().run()
        if app.exception:
            print(f"view {number + 1} failed: {app.exception[0].message}")
            return 1
        maps = sum(button.label.startswith("Open ") for button in app.button)
        print(f"view {number + 1:2d}: {maps:2d} maps, peak {peak_mb():5.0f} MB so far")
    print(f"peak resident size after {len(VIEWS)} gallery views: {peak_mb():.0f} MB (limit {LIMIT_MB} MB)")
    return int(peak_mb() >= LIMIT_MB)


if __name__ == "__main__":
    sys.exit(main())
