"""The lens that is to be answered."""

from typing import Any

import pytest

from mllens.lens import LensError, load
from mllens.lens.target import Place, identical, mapped


def question(id_: str, *choices: str) -> dict[str, Any]:
    return {"id": id_, "choices": [{"id": choice} for choice in choices]}


OTHER = {
    "pillars": [
        {"id": "a", "questions": [question("Q1", "safe", "shared", "Q1_no"), question("Q2", "shared")]},
        {"id": "b", "questions": [question("Q3", "tested")]},
        {"id": "c"},
    ]
}


def test_ours_and_that_of_aws_have_the_same_ids() -> None:
    found = identical().practices
    assert found[Place("MLREL04", "MLREL04_BP02")] == ("MLREL04_BP02",)
    assert len(found) == len(load().choices)


def test_maps_practices_to_choices_of_another_lens() -> None:
    text = """
        [practices]
        MLREL04_BP02 = ["safe", "Q2/shared"]
        MLREL04_BP01 = ["Q1/safe"]
        MLOPS01_BP01 = ["tested"]
    """
    assert mapped(text, OTHER).practices == {
        Place("Q1", "safe"): ("MLREL04_BP01", "MLREL04_BP02"),
        Place("Q2", "shared"): ("MLREL04_BP02",),
        Place("Q3", "tested"): ("MLOPS01_BP01",),
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("practices", "is not TOML"),
        ("", r"`\[practices\]` must be a table"),
        ("[practices]", r"`\[practices\]` must be a table"),
        ("[choices]\n[practices]\nMLREL04_BP02 = ['safe']", "choices: is not known here"),
        ("[practices]\nMLREL04_BP02 = 'safe'", "practices.MLREL04_BP02: must be an array"),
        ("[practices]\nMLREL04_BP02 = []", "practices.MLREL04_BP02: must be an array"),
        ("[practices]\nMLREL04_BP02 = [1]", "practices.MLREL04_BP02: must be an array"),
        ("[practices]\nMLREL04_BP99 = ['safe']", "practices.MLREL04_BP99: our lens has no such practice"),
        ("[practices]\nMLREL04_BP02 = ['gone']", "practices.MLREL04_BP02: the other lens has no choice gone"),
        ("[practices]\nMLREL04_BP02 = ['Q2/safe']", "the other lens has no choice Q2/safe"),
        ("[practices]\nMLREL04_BP02 = ['shared']", "shared stands in several questions; write Q1/shared or Q2/shared"),
        ("[practices]\nMLREL04_BP02 = ['safe', 'Q1/safe']", "practices.MLREL04_BP02: names Q1/safe twice"),
        ("[practices]\nMLREL04_BP02 = ['Q1_no']", 'Q1_no is "None of these", which no practice answers'),
    ],
)
def test_says_what_is_wrong_with_a_mapping(text: str, message: str) -> None:
    with pytest.raises(LensError, match=message):
        mapped(text, OTHER)
