"""Addresses of S3, in each form that SageMaker takes."""

import pytest

from mllens.rules.bucket_access import keys
from mllens.scanner import Unobserved


@pytest.mark.parametrize(
    ("address", "meant"),
    [
        ("s3://ml", "ml/"),
        ("s3://ml/", "ml/"),
        ("s3://ml/train/ml", "ml/train/ml"),
        ("https://s3.eu-west-1.amazonaws.com/ml/train/", "ml/train/"),
        ("https://s3.amazonaws.com/s3/train", "s3/train"),
        ("https://ml.s3.eu-west-1.amazonaws.com/train", "ml/train"),
        ("https://ml.s3.cn-north-1.amazonaws.com.cn", "ml/"),
    ],
)
def test_what_an_address_means(address: str, meant: str) -> None:
    assert keys(address) == meant


def test_what_is_no_address_is_not_known() -> None:
    with pytest.raises(Unobserved, match="no known form"):
        keys("file:///ml")
