"""The built-in sets are labelled with classes of ImageNet; a network of other classes is told so."""

import pandas as pd
import pytest

import xai_core as xai
from xai_core.datasets import open_dataset
from xai_core.metrics import localization_table as measured


@pytest.mark.parametrize("name", ["mosaics", "corruptions"])
def test_a_network_of_ten_classes_is_refused(name):
    with pytest.raises(xai.InputError, match=f"The {name} are labelled with classes of ImageNet.*10"):
        open_dataset(name, [f"class {n}" for n in range(10)])
    assert open_dataset(name, [f"class {n}" for n in range(1000)]).examples


def test_a_table_without_a_measured_box_is_empty():
    rows = pd.DataFrame(columns=["image", "method", "metric", "value"])
    assert measured.wide(rows).empty
