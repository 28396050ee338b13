"""What a long run says where there is no terminal."""

from __future__ import annotations

import pytest

from embcmp.cli.progress import Lines, batch_progress, duration


def test_a_line_a_minute_with_the_rate_and_the_time_left() -> None:
    now, lines = [0.0], []
    shown = Lines(clock=lambda: now[0], write=lines.append)
    for second in range(0, 200, 10):
        now[0] = float(second)
        shown.show("bert", 1000 + 50 * second, 100_000)
    assert lines == [
        "bert: 4,000 of 100,000, 50 a second, 32 min left",
        "bert: 7,000 of 100,000, 50 a second, 31 min left",
        "bert: 10,000 of 100,000, 50 a second, 30 min left",
    ]


def test_work_done_before_does_not_count_for_the_rate() -> None:
    now, lines = [0.0], []
    shown = Lines(clock=lambda: now[0], write=lines.append)
    shown.show("bert", 900, 1000)
    now[0] = 61.0
    shown.show("bert", 900, 1000)
    assert lines == ["bert: 900 of 1,000"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.42, "0.42 s"), (40, "40 s"), (720, "12 min"), (11_100, "3 h 5 min")]
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_quiet_shows_nothing() -> None:
    with batch_progress(shown=False) as show:
        assert show is None
