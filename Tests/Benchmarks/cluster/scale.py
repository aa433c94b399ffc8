#!/usr/bin/env python3
"""Runs a second with 1, 2 and 4 orchestrators that work on 64 runs each, with a model that takes a second.

  scale.py [--rounds 1] [--seconds 20] [--delay 1] [--sizes 1,2,4] [--services "postgres kafka redis"]

A run has 5 calls to the model one after the other (a plan, a file to read, its step's end, a judgement, a report), and one
to a tool. In each round each size is measured in turn: runs are begun ahead of the room for them, and those that end
within the time count. Prints one JSON object: runs a second of each size, how often the smallest's that is (medians),
and how many cores each process used. --delay is the model's time, give or take half of it.
"""
import argparse, asyncio, json, statistics, sys, time

from bench import Client, Cluster, Meter, say

RUNS = 64
CALLS = 5


async def saturate(cluster, orchestrators, given):
    """Runs a second, and cores."""
    client = Client(cluster.gateway, cluster.work)
    is_over = False

    async def caller(number, count):
        # Not all at once, else all of them end at once, too.
        await asyncio.sleep(CALLS * given.delay * number / count)
        while not is_over:
            if not await client.start("look at one part"):
                await asyncio.sleep(0.05)

    # Twice what there is room for is asked for, so that there is always one waiting.
    count = orchestrators * RUNS
    tasks = [asyncio.ensure_future(caller(number, count)) for number in range(count)]
    await asyncio.sleep(1.5 * CALLS * given.delay + 4)
    meter = Meter(cluster.processes())
    begin = int(cluster.number("SELECT extract(epoch FROM clock_timestamp()) * 1000000"))
    work = []
    for _ in range(given.seconds):
        await asyncio.sleep(1)
        work.append(cluster.number("SELECT count(*) FROM soma.run WHERE ended IS NULL"))
    end = int(cluster.number("SELECT extract(epoch FROM clock_timestamp()) * 1000000"))
    cores = meter.cores()
    is_over = True
    ended = cluster.number(f"SELECT count(*) FROM soma.run WHERE ended >= {begin} AND ended < {end}")
    duration = cluster.number(
        f"SELECT avg(ended - started) / 1000000.0 FROM soma.run WHERE ended >= {begin} AND ended < {end}")
    while cluster.number("SELECT count(*) FROM soma.run WHERE ended IS NULL") > 0:
        await asyncio.sleep(0.5)
    for task in tasks:
        task.cancel()
    return {"runs_per_second": ended / (end - begin) * 1000000, "seconds_per_run": round(duration, 3),
            "at_work": statistics.mean(work), "refused": client.refused, "cores": cores}


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--delay", type=float, default=1)
    parser.add_argument("--sizes", default="1,2,4")
    parser.add_argument("--services", default="postgres kafka redis")
    given = parser.parse_args()
    sizes = [int(size) for size in given.sizes.split(",")]
    others = "gateway:1" + (" tool-executor:1" if "kafka" in given.services else "")
    results = {size: [] for size in sizes}
    with Cluster(given.services, {"SOMA_LIMITS_RUNS_ACTIVE_MAX": str(RUNS)}) as cluster:
        cluster.start_model("--delay", str(given.delay), "--steps", "1", "--reads", "1")
        for turn in range(given.rounds):
            for size in sizes:
                cluster.up(f"{others} orchestrator:{size}")
                result = await saturate(cluster, size, given)
                say(f"round {turn + 1} of {given.rounds}: {size} orchestrators: {result}")
                results[size].append(result)
    rates = {size: statistics.median(one["runs_per_second"] for one in results[size]) for size in sizes}
    print(json.dumps({
        "model_seconds": given.delay,
        "runs_per_second": {size: round(rate, 2) for size, rate in rates.items()},
        "ratio": {size: round(statistics.median(
            one["runs_per_second"] / least["runs_per_second"] for one, least in zip(results[size], results[sizes[0]])), 3)
            for size in sizes},
        "rounds": results,
    }))


asyncio.run(main())
