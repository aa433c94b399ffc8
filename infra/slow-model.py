#!/usr/bin/env python3
"""A stand-in for a model: answers chat completions on 127.0.0.1 after a time, so that runs are at work for long.

  slow-model.py [--delay 4] [--spread 0.5] [--steps 16] [--reads N] FILE...

It plans --steps steps (16 are the most that a run takes), reads one FILE after the other in each (--reads times, or as
often as it likes), and finds each done. It takes --delay seconds, give or take --spread of that. Prints its address on
the first line. For measurements only: what it says is fixed, and no figure is taken of it.
"""
import argparse, asyncio, json, random

USAGE = {"prompt_tokens": 900, "completion_tokens": 60, "total_tokens": 960}


def chunk(**members):
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "slow", **members})


def delta(content, reason=None):
    return chunk(choices=[{"index": 0, "delta": content, "finish_reason": reason}])


def call(name, arguments):
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]}


def answer(messages, given):
    task = messages[-1].get("content") or ""
    if task.startswith("Write a plan"):
        steps = [{"id": f"part-{n}", "title": f"Look at part {n}", "criterion": "what it says is known"}
                 for n in range(1, given.steps + 1)]
        return {"content": json.dumps({"steps": steps})}
    if task.startswith("Judge"):
        return {"content": json.dumps({"accepted": True, "evidence": "it was read"})}
    if task.startswith("Write the report"):
        return {"content": "All parts were looked at."}
    read = sum(message.get("role") == "tool" for message in messages)
    done = (messages[1].get("content") or "").count(" [done] ") if len(messages) > 1 else 0
    if random.random() < 0.3 if given.reads is None else read >= given.reads * (done + 1):
        return call("finish_step", {"result": "it was read"})
    return call("read_file", {"path": given.files[read % len(given.files)]})


async def serve(reader, writer, given):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next((int(line.split(":")[1]) for line in head.split("\r\n")
                           if line.startswith("content-length:")), 0)
            body = json.loads(await reader.readexactly(length) or b"{}")
            await asyncio.sleep(given.delay * random.uniform(1 - given.spread, 1 + given.spread))
            said = answer(body.get("messages") or [{}], given)
            events = [delta(said), delta({}, "tool_calls" if "tool_calls" in said else "stop"),
                      chunk(choices=[], usage=USAGE), "[DONE]"]
            text = "".join(f"data: {event}\r\n\r\n" for event in events).encode()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: %d\r\n\r\n"
                         % len(text) + text)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, ValueError):
        pass
    finally:
        writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--delay", type=float, default=4)
    parser.add_argument("--spread", type=float, default=0.5)
    parser.add_argument("--steps", type=int, default=16)
    parser.add_argument("--reads", type=int)
    parser.add_argument("files", nargs="+", metavar="FILE")
    given = parser.parse_args()
    server = await asyncio.start_server(lambda r, w: serve(r, w, given), "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", flush=True)
    await server.serve_forever()


asyncio.run(main())
