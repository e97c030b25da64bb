"""The key of a step names its pictures; those of corrupted samples are drawn once."""

import dataclasses

from xai_core.datasets import Example
from xai_core.datasets import example as examples
from xai_core.parameters import Params
from xai_core.studies import store
from xai_core.studies._recipe import Bench


def test_a_corrupted_sample_is_drawn_once(lite0, monkeypatch):
    one = Example("a corrupted cat", "chelsea", "tiger cat", (282,), corruption="noise", strength=3)
    drawn = []
    corrupt = examples.corruptions.corrupt
    monkeypatch.setattr(examples.corruptions, "corrupt", lambda *given: drawn.append(1) or corrupt(*given))
    store._sample.cache_clear()
    first, second = (store._picture(Bench(lite0, (one,), Params()), 0) for _ in range(2))
    assert drawn == [1]
    image = one.image()
    assert first == second == (image.sha256, one.targets, repr(image.boxes))
    plain = dataclasses.replace(one, corruption="", strength=0)
    assert store._picture(Bench(lite0, (plain,), Params()), 0) != first
