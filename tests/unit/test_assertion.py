"""What is no statement is no evidence: questions, hearsay, announcements, denials and what is taken back."""

import pytest

from interviewer.grading.embedded.assertion import stated
from interviewer.grading.segment import segment


@pytest.mark.parametrize(
    "text",
    [
        "Is it the case that dropout switches units off at random?",
        "Whether or not dropout helps is another matter.",
        "I have heard people mention dropout and weight decay but could not say what they mean.",
        "Some say that dropout switches units off.",
        "A good answer would contain that dropout switches units off.",
        "A good answer would mention: dropout. Early stopping. More data.",
        "I'd love to tell you how dropout works.",
        "Dropout switches ___ off at random.",
        "None of the following is true: dropout helps. Early stopping helps.",
        "Dropout helps. Early stopping helps. None of this is true.",
        "Dropout switches units on. No, that's wrong.",
        "It is not true that dropout helps.",
        "The opposite of this holds: dropout helps.",
        "In a fairy tale a wizard says that dropout helps, and that early stopping helps.",
        "A hundred years ago people still believed that dropout helps.",
        "One can not rule out that dropout helps.",
        "Either dropout helps, or the exact reverse holds.",
        "Words: dropout, weights, noise, units, layers, epochs, loss, batches, rate, and data.",
        "The following statements are all untrue: dropout helps. Early stopping helps.",
        "Nobody has ever shown that dropout helps.",
        "I have no idea whether dropout helps; nor whether early stopping helps.",
        "There has not been one single case in which dropout helps.",
        "Dropout helps. Early stopping helps. All of this has been refuted since.",
        "Dropout helps. Early stopping helps. He made all of it up.",
        "a) Dropout helps. b) Dropout hurts. I would pick one of these letters.",
        "The following statements are all wrong. Dropout helps. Early stopping helps.",
        "The following is a lie. Dropout helps.",
        "I disagree with this: dropout helps. Early stopping helps.",
        "I do not believe any of this: dropout helps. Early stopping helps.",
        "I disagree with the following. Dropout helps. Early stopping helps.",
        "These claims are false: dropout helps. Early stopping helps.",
        "Wrong statements:\n- Dropout helps.\n- Early stopping helps.",
        "What follows is wrong. Dropout helps. Early stopping helps.",
        "Dropout helps. Early stopping helps. I disagree with all of that.",
        "Dropout helps. Early stopping helps. This is all a lie.",
    ],
)
def test_what_states_nothing_is_no_evidence(text: str) -> None:
    assert stated(segment(text)) == set()


@pytest.mark.parametrize(
    "text",
    [
        "It switches units off at random, right?",
        "It's not the code that holds the rules, it's the examples.",
        "What happens then, well, the model memorises the noise.",
        "I read a lot about it, and the short version is that it memorises noise.",
        "Regularisation, dropout, early stopping, more data, a smaller model, noise and augmentation all help.",
        "Nobody tells you what was in the training data, so you can't rule out that the test set was.",
        "You ask whether a token is real or fake, and the discriminator says so.",
    ],
)
def test_spoken_statements_count(text: str) -> None:
    assert stated(segment(text)) == {1}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("The following is wrong: dropout adds units. What is right: it drops units. It drops them at random.", {2, 3}),
        ("Everything below is false. Dropout adds units. In truth it drops units.", {3}),
        ("Some say that dropout always helps. That is wrong. It slows the training down.", {3}),
        ("A deep net always wins, they think. I disagree with this: depth costs data. Dropout helps.", {1, 2, 3}),
        ("Dropout helps. Everything below the threshold is wrong for the model. Early stopping helps.", {1, 2, 3}),
    ],
)
def test_what_is_denied_takes_nothing_from_what_is_said_to_be_right(text: str, kept: set[int]) -> None:
    assert stated(segment(text)) == kept
