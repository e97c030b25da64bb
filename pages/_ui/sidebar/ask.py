"""The dialog in which a person lists prompts, which become the classes of an OpenCLIP model."""

from __future__ import annotations

import streamlit as st

import xai_core as xai
from xai_core.escaping import in_markdown
from xai_core.models import add_prompts, new_keeper

from .. import state
from ..state import brought, visitors
from ..state.shared import AUTO

HELP = "One a line, two or more: a photo of a cat, a photo of a dog."


def form() -> bool:
    """The part "Prompts" of the dialog; whether a list was added, which is then the chosen model."""
    name = st.text_input("Name", key="ask.name", placeholder="pets")
    written = st.text_area("Prompts", key="ask.prompts", help=HELP, placeholder=HELP, height=140)
    left, right = st.columns(2)
    architecture = left.text_input("OpenCLIP model", "ViT-B-16", key="ask.architecture")
    tag = right.text_input(
        "Its weights", "openai", key="ask.tag", help="As open_clip.list_pretrained() says."
    )
    prompts = [line.strip() for line in written.splitlines() if line.strip()]
    st.caption("The list stays on the machine that runs this app. The network itself is shared by all lists.")
    if not st.button("Add", type="primary", key="ask.add", disabled=not (name and prompts)):
        return False
    try:
        brought.check_share()
        keeper = None if visitors.models_are_shared() else new_keeper()
        key = add_prompts(name, prompts, architecture.strip(), tag.strip(), keeper=keeper)
    except xai.InputError as error:
        st.error(in_markdown(error))
        return False
    brought.know(key, keeper or "")
    state.put(model=key, layer="", layers=(), target=AUTO, versus=AUTO)
    return True
