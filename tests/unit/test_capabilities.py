"""What is left out of a request when a server refuses it, in which order, and how it is remembered."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from interviewer.llm.capabilities import (
    PARTS,
    Capabilities,
    load_capabilities,
    named_limit,
    next_limit,
    part_named,
    save_capabilities,
    sent_parts,
    without_system_role,
)
from interviewer.llm.prompts import Message

ALL = Capabilities(reasoning_effort=True)
TALK: list[Message] = [{"role": "system", "content": "Rules."}, {"role": "user", "content": "Answer."}]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Extra inputs are not permitted: stream_options", "stream_options"),
        ("streaming is not supported", "stream"),
        ("an upstream error", ""),
        ("You are not allowed to request logprobs", "logprobs"),
        ("top_logprobs", "logprobs"),
        ("'temperature' does not support 0", "temperature"),
        ("reasoning_effort is unknown", "reasoning_effort"),
        ("Use 'max_completion_tokens' instead of max_tokens", "max_completion_tokens"),
        ("json_schema response format is not supported", "json_schema"),
        ("failed to parse grammar", "json_schema"),
        ("JSON mode is not enabled", "json_schema"),
        ("text.format.schema", "json_schema"),
        ("System role not supported", "system_role"),
        ("Developer instruction is not enabled for models/x", "system_role"),
        ("Conversation roles must alternate user/assistant", "system_role"),
        ("Only user, assistant and tool roles are supported, got system.", "system_role"),
        ("body.messages.0.role", "system_role"),
        ("The first message must be from the user", "system_role"),
        ("requires more system memory", ""),
        ("something odd", ""),
    ],
)
def test_a_part_is_known_by_its_names(text: str, part: str) -> None:
    assert part_named(text) == part


def test_what_nobody_names_goes_in_a_fixed_order_until_nothing_is_left() -> None:
    left, gone = ALL, []
    while (fewer := left.without("something odd", PARTS)) is not None:
        gone += [part for part in PARTS if getattr(left, part) and not getattr(fewer, part)]
        left = fewer
    assert gone == list(PARTS)
    assert left.without("response_format", PARTS) is None
    assert ALL.without("something odd", ()) is None, "nothing was sent that could be left out"


def test_only_what_was_sent_goes() -> None:
    fewer = ALL.without("something odd", ("temperature", "system_role"))
    assert fewer == ALL.model_copy(update={"temperature": False})


def test_what_a_server_was_seen_to_accept_goes_only_if_it_is_named() -> None:
    assert ALL.without("something odd", PARTS, proven=PARTS) is None
    assert ALL.without("something odd", PARTS, proven=PARTS[:-2]) == ALL.model_copy(update={PARTS[-2]: False})
    assert ALL.without("no temperature", PARTS, proven=PARTS) == ALL.model_copy(update={"temperature": False})


@pytest.mark.parametrize(
    ("said", "limit"),
    [
        ("max_tokens must be at most 4096", 4096),
        ("9000 > 8192 (of 2048 words)", 8192),
        ("too large", 0),
        ("9000 at code 42", 0),
    ],
)
def test_the_limit_that_a_server_names_is_the_next_one(said: str, limit: int) -> None:
    assert named_limit(said, 9000) == limit


def test_the_parameter_goes_before_what_the_words_name_and_they_before_the_rest() -> None:
    assert ALL.without("logprobs", PARTS, param="temperature") == ALL.model_copy(update={"temperature": False})
    assert ALL.without("response_format", PARTS) == ALL.model_copy(update={"json_schema": False})
    without = ALL.model_copy(update={"json_schema": False})
    assert without.without("response_format", PARTS) == without.model_copy(update={"stream_options": False})


def test_the_two_names_for_the_limit_of_tokens_replace_each_other() -> None:
    new = Capabilities().without("max_tokens is not supported, use max_completion_tokens", ())
    assert new == Capabilities(max_completion_tokens=True)
    assert new.without("max_completion_tokens is unknown", ()) == Capabilities()
    assert Capabilities().without("max_completion_tokens is unknown", ()) is None


def test_what_a_request_holds() -> None:
    body: dict[str, Any] = {
        "model": "x",
        "messages": TALK,
        "max_tokens": 9,
        "temperature": 0,
        "logprobs": True,
        "top_logprobs": 5,
    }
    assert sent_parts(body) == ("logprobs", "temperature", "system_role")
    body |= {"stream": True, "stream_options": {"include_usage": True}, "response_format": {"type": "json_schema"}}
    assert sent_parts(body | {"reasoning_effort": "low"}) == PARTS[:-1]
    assert sent_parts({"response_format": "verbose_json"}) == sent_parts({"include": ["logprobs"]}) == PARTS[-1:]
    assert sent_parts({"response_format": "json"}) == ()
    assert sent_parts({"messages": TALK[1:], "stream": False}) == ()


def test_without_a_system_role_one_message_says_both() -> None:
    repair: list[Message] = [{"role": "assistant", "content": "{"}, {"role": "user", "content": "Again."}]
    assert without_system_role([*TALK, *repair]) == [{"role": "user", "content": "Rules.\n\nAnswer."}, *repair]
    assert without_system_role(TALK[:1]) == [{"role": "user", "content": "Rules."}]
    assert without_system_role(TALK[1:]) == TALK[1:]


@pytest.mark.parametrize("reasoned", [True, False])
def test_room_grows_up_to_the_most_and_no_further(reasoned: bool) -> None:
    limits, limit = [Capabilities().first_limit(16_000)], Capabilities().first_limit(16_000)
    while (more := next_limit(limit, 16_000, reasoned=reasoned)) > limit:
        limits.append(limit := more)
    assert limits[-1] == 16_000
    assert all(after == min(before * (4 if reasoned else 2), 16_000) for before, after in pairwise(limits))
    assert next_limit(16_000, 16_000, reasoned=reasoned) == 16_000, "which was not enough"
    assert Capabilities(reply_tokens=4_800).first_limit(16_000) == 4_800
    assert Capabilities().first_limit(500) == 500
    assert Capabilities(reasoning_effort=True).first_limit(16_000) > 6_000


def test_what_was_learned_is_kept_for_a_model_at_a_server(tmp_path: Path) -> None:
    file = tmp_path / "data" / "servers.json"
    learned = Capabilities(system_role=False, logprobs=False, reply_tokens=4_800)
    save_capabilities(file, "http://h/v1", "tea", learned)
    assert load_capabilities(file, "http://h/v1", "tea") == learned
    assert (
        load_capabilities(file, "http://h/v1", "coffee") == load_capabilities(file, "http://other/v1", "tea") == Capabilities()
    )
    assert learned.left_out == ("logprobs", "system_role")
    assert Capabilities().left_out == ()


def test_files_of_earlier_and_later_versions_are_read(tmp_path: Path) -> None:
    file = tmp_path / "servers.json"
    file.write_text('{"http://h/v1 tea": {"json_schema": false, "temperature": true, "of_tomorrow": 7}}')
    assert load_capabilities(file, "http://h/v1", "tea") == Capabilities(json_schema=False)
    file.write_text("[")
    assert load_capabilities(file, "http://h/v1", "tea") == Capabilities()
