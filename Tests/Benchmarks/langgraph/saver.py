#!/usr/bin/env python3
"""LangGraph's AsyncPostgresSaver on a Postgres, for comparison with `soma perf engine`. Prints one JSON object.

  saver.py throughput --runs 100 --steps 50 --bytes 1024   steps a second, each saved before the next begins
  saver.py history --steps 1000 --bytes 200 [--delta]      content that grows: bytes a step, times to read

A step is one node that brings --bytes of fresh content; its checkpoint is written before the next step begins
(durability "sync"), as a transition of Soma's is. Where Postgres is, libpq's variables say (PGHOST, PGPASSWORD ...).
"""
import argparse, asyncio, json, operator, os, random, statistics, time
from typing import Annotated, TypedDict

from langgraph.channels import DeltaChannel
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

DELTA = DeltaChannel(lambda state, writes: state + [line for write in writes for line in write], list)


class Replaced(TypedDict):
    step: int
    content: str


class Growing(TypedDict):
    step: int
    content: Annotated[list, operator.add]


class GrowingByDelta(TypedDict):
    step: int
    content: Annotated[list, DELTA]


def graph(kind, steps, size, saver):
    fresh = random.Random(1)

    def work(state):
        text = "%0*x" % (size, fresh.getrandbits(size * 4))
        return {"step": state["step"] + 1, "content": text if kind is Replaced else [text]}

    built = StateGraph(kind)
    built.add_node("work", work)
    built.add_edge(START, "work")
    built.add_conditional_edges("work", lambda state: "work" if state["step"] < steps else END)
    return built.compile(checkpointer=saver)


async def throughput(given, saver):
    compiled = graph(Replaced, given.steps, given.bytes, saver)

    async def run(number):
        config = {"configurable": {"thread_id": f"run-{number}"}, "recursion_limit": given.steps + 10}
        await compiled.ainvoke({"step": 0, "content": ""}, config, durability="sync")

    start = time.perf_counter()
    await asyncio.gather(*(run(number) for number in range(given.runs)))
    seconds = time.perf_counter() - start
    steps = given.runs * given.steps
    return {"steps": steps, "seconds": round(seconds, 3), "steps_per_second": round(steps / seconds, 1)}


async def history(given, saver, pool):
    compiled = graph(GrowingByDelta if given.delta else Growing, given.steps, given.bytes, saver)
    config = {"configurable": {"thread_id": "run"}, "recursion_limit": given.steps + 10}
    await compiled.ainvoke({"step": 0, "content": []}, config, durability="sync")
    async with pool.connection() as connection:
        size = await connection.execute(
            """SELECT sum(pg_total_relation_size(oid))::bigint AS bytes FROM pg_class
               WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'""")
        total = (await size.fetchone())["bytes"]
    last = []
    for _ in range(11):
        start = time.perf_counter()
        state = await compiled.aget_state(config)
        last.append((time.perf_counter() - start) * 1000)
    assert len(state.values["content"]) == given.steps
    whole = []
    for _ in range(3):
        start = time.perf_counter()
        count = len([one async for one in compiled.aget_state_history(config)])
        whole.append((time.perf_counter() - start) * 1000)
    assert count >= given.steps
    return {"steps": given.steps, "bytes_per_step": round(total / given.steps),
            "state_p50_ms": round(statistics.median(last), 2), "history_p50_ms": round(statistics.median(whole), 1)}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["throughput", "history"])
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--bytes", type=int, default=1024)
    parser.add_argument("--delta", action="store_true")
    given = parser.parse_args()
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
    async with AsyncConnectionPool("", min_size=4, max_size=20, kwargs=options) as pool:
        saver = AsyncPostgresSaver(pool)
        await saver.setup()
        result = await (throughput(given, saver) if given.what == "throughput" else history(given, saver, pool))
    print(json.dumps(result))


if __name__ == "__main__":
    os.environ.setdefault("LANGGRAPH_STRICT_MSGPACK", "true")
    asyncio.run(main())
