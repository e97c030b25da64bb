"""Pictures and words in one space by CLIP itself: the reference back end, an optional requirement.

    P = cos(image encoder(x), text encoder(word))

Needs the packages of requirements-clip.txt. Weights are looked for like those of classifiers: the folder
XAI_WEIGHTS_DIR, torch's cache, then a download. Words are given to the text encoder as they are, as in
CLIP-Dissect's published code.

Radford et al., Learning Transferable Visual Models From Natural Language Supervision, ICML 2021; Ilharco et
al., OpenCLIP, 2021."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
import torch

from ..inputs.views import InputGrid, view_pixels
from ..models.clip_files import check_clip, clip_network, open_clip
from ..models.clip_files import clip_file as weights_file
from ..models.spec import ModelSpec
from ..models.weights import fetch_weights
from ..network.batches import Progress, onto, run_batches
from ..network.handle import ModelHandle
from ..types import ImageInput, OnProgress
from . import store
from .words import concepts


class OpenClip:
    """The back end over one of open_clip's models; `tag` names the weights, as open_clip.list_pretrained
    does.

    Raises InputError without the package or for an unknown model, WeightsMissing without the weights."""

    name = "openclip"

    def __init__(
        self,
        architecture: str = "ViT-B-16",
        tag: str = "openai",
        device: str = "cpu",
        progress: OnProgress | None = None,
    ):
        library = open_clip()
        check_clip(architecture)
        self.device = torch.device(device)
        self._stated = library.get_pretrained_cfg(architecture, tag)
        file = weights_file(architecture, tag)
        spec = ModelSpec(f"OpenCLIP {architecture} ({tag})", "OpenCLIP", "openclip", architecture, tag)
        path = fetch_weights(spec, file, progress)
        self._key = [architecture, tag, path.name, path.stat().st_size, path.stat().st_mtime_ns]
        self._net = clip_network(architecture, tag, path, spec.key)
        self._net.requires_grad_(False).to(self.device)
        self._tokenizer = library.get_tokenizer(architecture)

    @cached_property
    def grid(self) -> InputGrid:
        """How the model wants its pictures."""
        size = self._net.visual.image_size
        height, width = (size, size) if isinstance(size, int) else size
        constants = open_clip().constants
        mean = self._stated.get("mean", constants.OPENAI_DATASET_MEAN)
        std = self._stated.get("std", constants.OPENAI_DATASET_STD)
        return InputGrid((height, width), min(height, width), "bicubic", mean, std)

    def words(self) -> list[str]:
        """The words that it names units with unless others are given."""
        return list(concepts())

    def shares(self, handle: ModelHandle) -> bool:
        """It has an image encoder of its own."""
        return False

    def taker(self) -> _Encoder:
        """What has to see the pictures."""
        return _Encoder(["openclip", *self._key, repr(self.grid)], self._encode)

    def images(self, arrays: Mapping[str, np.ndarray]) -> np.ndarray:
        """float32 (N, D), rows of length 1."""
        return arrays["embeddings"]

    def texts(self, words: Sequence[str]) -> np.ndarray:
        """float32 (M, D), rows of length 1, kept on disk."""
        name = store.digest("texts", *self._key, list(words))
        known = store.read("texts", name)
        if known is None:
            known = {"embeddings": self._embed_texts(list(words))}
            store.write("texts", name, known)
        return known["embeddings"]

    def _embed_texts(self, words: list[str]) -> np.ndarray:
        tokens = self._tokenizer(words).to(self.device)
        with torch.no_grad():
            found = run_batches(
                lambda i, j: self._net.encode_text(tokens[i:j], normalize=True),
                len(words),
                self.device,
                Progress(),
                64,
            )
        return found.float().cpu().numpy()

    def _encode(self, images: list[ImageInput]) -> np.ndarray:
        views = np.stack([view_pixels(image, self.grid) for image in images])
        pixels = onto(torch.from_numpy(views), self.device)
        x = self.grid.normalise(pixels.permute(0, 3, 1, 2).float())
        with torch.no_grad():
            found = run_batches(
                lambda i, j: self._net.encode_image(x[i:j], normalize=True), len(x), self.device, Progress()
            )
        return found.float().cpu().numpy()


class _Encoder:
    """Takes a set batch by batch and keeps the embeddings."""

    def __init__(self, name: list[object], encode: Callable[[list[ImageInput]], np.ndarray]):
        self.name, self._encode = name, encode
        self._rows: list[np.ndarray] = []

    def take(self, images: list[ImageInput]) -> None:
        self._rows.append(self._encode(images))

    def arrays(self) -> dict[str, np.ndarray]:
        return {"embeddings": np.concatenate(self._rows)}
