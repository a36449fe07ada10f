"""How many rows run at once, for servers of several tempers."""

from interviewer.batch.limiter import AdaptiveLimiter


def settled(most: int, *, refused: float = 0.0, slots: int = 1_000) -> int:
    """Return how many rows run at once after many, with a share of refusals, at a server with so many slots."""
    limiter = AdaptiveLimiter(most, 0)
    refusals = 0.0
    for number in range(3_000):
        while limiter.free(0):
            limiter.running += 1
        refusals += refused / (1 - refused)
        queue = min(number, limiter.running)  # who comes first waits for nobody
        limiter.finished(max(1.0, queue / slots), int(refusals))
        limiter.running -= 1
    while limiter.free(0):
        limiter.running += 1
    return limiter.running


def test_a_willing_server_gets_as_many_as_allowed() -> None:
    assert settled(64) == 64


def test_a_few_refusals_cost_less_than_running_fewer_rows() -> None:
    assert settled(64, refused=0.1) == 64


def test_a_server_that_mostly_refuses_is_asked_one_at_a_time() -> None:
    assert settled(64, refused=0.6) <= 3


def test_a_server_with_four_slots_is_not_buried_in_rows_that_only_wait() -> None:
    assert 4 <= settled(64, slots=4) <= 24


def test_many_refusals_in_one_moment_are_one_event() -> None:
    limiter = AdaptiveLimiter(64, 0)
    for number in range(64):
        limiter.finished(1.0, 64 if number > 10 else 0)
    limiter.running = 43
    assert limiter.free(0)
