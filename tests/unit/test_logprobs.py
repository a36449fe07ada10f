"""How sure a model was: read from whatever tokens it happens to write in."""

import math

import pytest

from interviewer.grading.llm_reply import read_judgement
from interviewer.llm.completion import Token, choice_probabilities, read_logprobs
from tests.fakes import question, reply

VERDICTS = ("covered", "partial", "missing", "contradicted")


def logprobs(*tokens: tuple[str, dict[str, float]]) -> dict[str, object]:
    """What a server sends: each token with its alternatives."""
    return {
        "content": [
            {
                "token": text,
                "logprob": math.log(likely.get(text, 1.0)),
                "top_logprobs": [{"token": one, "logprob": math.log(chance)} for one, chance in likely.items()],
            }
            for text, likely in tokens
        ]
    }


def test_probabilities_of_the_choices_sum_to_one_and_leave_out_what_is_none() -> None:
    tokens = read_logprobs(logprobs(('"', {}), ("part", {"part": 0.6, "covered": 0.2, "zebra": 0.2}), ("ial", {})), '"partial')
    found = choice_probabilities(tokens, 1, VERDICTS)
    assert found == pytest.approx({"covered": 0.25, "partial": 0.75, "missing": 0.0, "contradicted": 0.0})


def test_a_token_that_two_choices_share_decides_nothing_yet() -> None:
    tokens = [Token("co", {"co": 0.9, "miss": 0.1}), Token("vered", {"vered": 0.7, "ntradicted": 0.3})]
    found = choice_probabilities(tokens, 0, VERDICTS)
    assert found == pytest.approx({"covered": 0.63, "partial": 0.0, "missing": 0.1, "contradicted": 0.27})


def test_a_token_may_begin_before_the_choice() -> None:
    tokens = [Token(': "', {}), Token(' "c', {}), Token(' "covered', {' "covered': 0.5, ' "missing': 0.3, "covered": 0.2})]
    assert choice_probabilities(tokens, 8, VERDICTS)["covered"] == pytest.approx(0.625)


@pytest.mark.parametrize("data", [None, [], {"content": None}, {"content": [1, {"token": 3}]}, logprobs(("other", {}))])
def test_whatever_is_not_as_expected_counts_as_no_probabilities(data: object) -> None:
    assert read_logprobs(data, "text") == ()
    assert choice_probabilities((), 0, VERDICTS) == {}


def test_tokens_that_a_server_cut_off_the_reply_are_passed_over() -> None:
    listed = logprobs(("```", {}), ("json\n{", {}), ('"level": ', {}), ("4", {"4": 0.5, "3": 0.5}), ("}", {}), ("\n```", {}))
    content = '{"level": 4}'
    tokens = read_logprobs(listed, content)
    assert "".join(token.text for token in tokens).startswith(content)
    assert choice_probabilities(tokens, content.index("4"), "012345") == pytest.approx(
        dict.fromkeys("34", 0.5) | dict.fromkeys("0125", 0.0)
    )


def test_the_level_is_the_mean_and_a_verdict_knows_how_sure_it_is() -> None:
    content = reply({1: ([1], "covered")}, strengths=['You said "verdict": "missing" and "level": 0.'])
    before, level, after = content.partition('"level": 3')
    start, verdict, rest = before.partition('"verdict": "covered"')
    pieces = [
        (f'{start}"verdict": "', {}),
        ("covered", {"covered": 0.6, "partial": 0.4}),
        ('"' + rest, {}),
        ('"level": ', {}),
        ("3", {"3": 0.5, "4": 0.5}),
        (after, {}),
    ]
    assert verdict
    assert level
    judgement = read_judgement(content, question(), read_logprobs(logprobs(*pieces), content))
    assert judgement.level == pytest.approx(3.5)
    assert [point.confidence for point in judgement.points] == pytest.approx([0.6, 1.0, 1.0])
    assert read_judgement(content, question()).level == 3.0
