#!/usr/bin/env python3
"""A steady, gentle load of runs for a cluster to be looked at; ends with ctrl-c, SIGTERM, or its cluster.

  demo-load.py --gateway SOCKET --workspace FOLDER [--every 6] [--burst-every 120] [--at-work 14] [--runs N]

Starts a run of one of the three roles every few seconds, while fewer than --at-work of its own are at work; every
--burst-every seconds several that go in depth and cost much. What waits for a person is left to people for a while and then
answered, now yes, now no, so that never more than a handful waits. Goals that no runbook fits go to the model.
"""
import argparse, asyncio, json, os, random, signal, sys

# Role, goal, how often. What the model does with each is in demo-model.py.
GOALS = [
    ("researcher", "why did checkout get slow on tuesday", 5),
    ("researcher", "what changed before checkout got slow, with help", 3),
    ("researcher", "survey .", 2),
    ("coder", "find what reads pool.conf", 4),
    ("coder", "explain the retries in checkout.log, with help", 2),
    ("coder", "count the failures in the old archive", 2),
    ("coder", "find which one of the pools is used", 1),
    ("operator", "check this host", 2),
    ("operator", "note in the log book that the hosts were looked at", 3),
    ("operator", "see whether a host is missing in hosts.txt", 3),
]
BURST = ("researcher", "find out in depth why p95 doubled: deployments, settings, logs")
BURST_RUNS = 5
# How long a question is left to people, and how many may wait at the most.
PATIENCE_SECONDS, WAITING_MAX = 90, 6
# After so long without a gateway it is gone for good.
GONE_SECONDS = 15


class Gone(Exception):
    pass


class Gateway:
    """Requests over a daemon's socket, one connection each: there are few."""

    def __init__(self, path):
        self.path = path

    async def ask(self, method, route, body=None):
        reader, writer = await asyncio.open_unix_connection(self.path)
        try:
            data = b"" if body is None else json.dumps(body).encode()
            writer.write(f"{method} {route} HTTP/1.1\r\nHost: soma\r\nConnection: close\r\n"
                         f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
            await writer.drain()
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
            answer = await reader.readexactly(int(fields.get("content-length", 0)))
            return int(head.split()[1]), json.loads(answer) if answer else {}
        finally:
            writer.close()


class Load:
    def __init__(self, given):
        self.given = given
        self.gateway = Gateway(given.gateway)
        self.own = set()
        self.asked_at = {}
        self.lost_at = None
        self.started = self.refused = self.answered = self.bursts = 0

    def now(self):
        return asyncio.get_running_loop().time()

    async def ask(self, method, route, body=None):
        """An answer, or nothing where there is none now; `Gone` where there was none for long."""
        try:
            answer = await asyncio.wait_for(self.gateway.ask(method, route, body), 10)
            self.lost_at = None
            return answer
        except (OSError, asyncio.IncompleteReadError, asyncio.TimeoutError, ValueError):
            self.lost_at = self.lost_at or self.now()
            if self.now() - self.lost_at >= GONE_SECONDS:
                raise Gone from None
            await asyncio.sleep(1)
            return 0, {}

    async def start(self, role, goal):
        status, receipt = await self.ask("POST", "/v1/runs", {
            "goal": goal, "role": role, "workspace": self.given.workspace, "tenant": random.choice(["shop", "shop", "search"])})
        if status == 201:
            self.started += 1
            self.own.add(receipt["run"])
        elif status in (429, 503):
            self.refused += 1
        elif status:
            sys.exit(f"The gateway refused a run: {status} {receipt.get('detail') or receipt}")

    async def look(self):
        """How many of the own runs are at work; answers what has waited for long."""
        status, page = await self.ask("GET", "/v1/runs?status=unfinished&limit=500")
        if status != 200:
            return None
        waiting, alive = [], set()
        for run in page.get("runs", []):
            alive.add(run["id"])
            waiting += [(run["id"], wait["reason"], wait.get("seq", "open")) for wait in run.get("waits", [])
                        if wait.get("needsPerson")]
        self.own &= alive
        self.asked_at = {key: self.asked_at.get(key, self.now()) for key in waiting}
        oldest = sorted(waiting, key=lambda key: self.asked_at[key])
        for place, key in enumerate(oldest):
            if len(oldest) - place > WAITING_MAX or self.now() - self.asked_at[key] > PATIENCE_SECONDS:
                await self.answer(*key)
        busy = alive - {run for run, _, _ in waiting}
        return len(self.own & busy)

    async def answer(self, run, reason, seq):
        """Yes, no, or words where words are asked for; what has no budget left, or can't go on, ends."""
        if reason != "person":
            status, _ = await self.ask("POST", f"/v1/runs/{run}/cancel", {"reason": f"nobody came: {reason}"})
        else:
            route = f"/v1/runs/{run}/interrupts/{seq}"
            action = {"action": "approve"} if random.random() < 0.7 else {"action": "reject", "text": "not today"}
            status, _ = await self.ask("POST", route, action)
            if status in (409, 422):
                status, _ = await self.ask("POST", route, {"action": "answer", "text": "the large one"})
        self.answered += status in (200, 201, 202)

    def say(self):
        print(f"\r{self.started} runs started, {len(self.own)} open, {len(self.asked_at)} wait for you, "
              f"{self.bursts} bursts  ", end="" if sys.stdout.isatty() else "\n", flush=True)

    async def run(self):
        goals = [(role, goal) for role, goal, often in GOALS for _ in range(often)]
        # One of each role first, so that soon there is something of everything.
        first = [next(entry for entry in goals if entry[0] == role) for role in ("operator", "coder", "researcher")]
        burst_at = self.now() + min(20, self.given.burst_every)
        while self.given.runs is None or self.started < self.given.runs:
            busy = await self.look()
            if busy is not None and self.now() >= burst_at:
                burst_at = self.now() + self.given.burst_every
                self.bursts += 1
                for _ in range(BURST_RUNS):
                    await self.start(*BURST)
            elif busy is not None and busy < self.given.at_work:
                await self.start(*(first.pop() if first else random.choice(goals)))
            self.say()
            await asyncio.sleep(self.given.every * random.uniform(0.5, 1.5))


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gateway", required=True, help="the path of the gateway's socket")
    parser.add_argument("--workspace", required=True, help="the folder that runs work on, absolute")
    parser.add_argument("--every", type=float, default=6, help="seconds between two runs, about")
    parser.add_argument("--burst-every", type=float, default=120, help="seconds between two bursts")
    parser.add_argument("--at-work", type=int, default=14, help="no more are started while so many are at work")
    parser.add_argument("--runs", type=int, help="end after so many runs were started")
    given = parser.parse_args()
    given.workspace = os.path.abspath(given.workspace)
    task = asyncio.create_task(Load(given).run())
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        await task
        print()
    except asyncio.CancelledError:
        print("\nNothing more is started. What is at work goes on; make cluster-down ends all of it.")
    except Gone:
        print("\nThe gateway is gone, and so is the load.")


if __name__ == "__main__":
    asyncio.run(main())
