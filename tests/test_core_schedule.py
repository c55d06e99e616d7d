"""Turn by turn, nobody gets ahead of anybody; continuously, nobody waits."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from pum.core.concurrency import Continuous, Schedule, TurnSynchronous


async def play(schedule: Schedule, lengths: list[int], parallel: int) -> list[tuple[int, int]]:
    """Profiles of so many turns, each turn taking the longer the higher the profile's number; (profile, turn) as they
    began."""
    began: list[tuple[int, int]] = []
    gate = asyncio.Semaphore(parallel)

    async def one(profile: int, turns: int) -> None:
        async with gate, schedule.member():
            for turn in range(turns):
                await schedule.turn()
                began.append((profile, turn))
                for _ in range(profile + 1):
                    await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.gather(*(one(*item) for item in enumerate(lengths))), 5)
    return began


@given(st.lists(st.integers(0, 6), min_size=1, max_size=8), st.integers(1, 8))
def test_every_turn_is_taken_once_at_any_pace(lengths: list[int], parallel: int) -> None:
    wanted = sorted((profile, turn) for profile, length in enumerate(lengths) for turn in range(length))
    for schedule in (Continuous(), TurnSynchronous()):
        assert sorted(asyncio.run(play(schedule, lengths, parallel))) == wanted


@given(st.lists(st.integers(1, 6), min_size=2, max_size=8))
def test_turn_by_turn_all_take_a_turn_before_anyone_takes_the_next(lengths: list[int]) -> None:
    began = asyncio.run(play(TurnSynchronous(), lengths, len(lengths)))
    assert [turn for _, turn in began] == sorted(turn for _, turn in began)


def test_continuously_the_quick_get_ahead() -> None:
    began = asyncio.run(play(Continuous(), [4, 4, 4, 4], 4))
    assert [turn for _, turn in began] != sorted(turn for _, turn in began)


def test_who_is_cancelled_keeps_nobody_waiting() -> None:
    async def story() -> None:
        schedule = TurnSynchronous()

        async def stays() -> None:
            async with schedule.member():
                await asyncio.sleep(0)
                await schedule.turn()

        async def leaves() -> None:
            async with schedule.member():
                await asyncio.sleep(3600)

        leaver, stayer = asyncio.create_task(leaves()), asyncio.create_task(stays())
        await asyncio.sleep(0.01)
        assert not stayer.done()
        leaver.cancel()
        await asyncio.wait_for(stayer, 5)

    asyncio.run(story())
