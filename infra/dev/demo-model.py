#!/usr/bin/env python3
"""A stand-in for a model, for the demonstration: answers chat completions on 127.0.0.1 as an agent's model would.

  demo-model.py --port PORT

What it does follows from the goal that it is asked about, so that whoever starts runs says what is to be seen: "in depth"
costs much, "old archive" never satisfies the judge, "with help" delegates, "in the log book" wants to write, "which one" asks
a person. Beside that it is slow at times and fails at times, as models are. Nobody should take a figure of it.
"""
import argparse, asyncio, json, random

FILES = ["README.md", "deploy.log", "checkout.log", "pool.conf", "hosts.txt"]
SLOW, FAILING = 0.06, 0.03
HELPERS = {"researcher": "coder", "coder": "researcher", "operator": "researcher"}
PLANS = {
    "in depth": ["Read what was deployed", "Read what was slow", "Compare the settings", "Name the cause"],
    "old archive": ["Read the archive", "Count what is in it"],
    "with help": ["Look at it", "Let somebody look at the other side", "Say what both found"],
    "in the log book": ["Read what is there", "Write a line into the log book"],
    "which one": ["Read what there is", "Ask which one is meant"],
}


def chunk(**members):
    return json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "demo-model", **members})


def delta(content, reason=None):
    return chunk(choices=[{"index": 0, "delta": content, "finish_reason": reason}])


def call(name, **arguments):
    function = {"name": name, "arguments": json.dumps(arguments)}
    return {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]}


def text_of(message):
    content = message.get("content")
    return content if isinstance(content, str) else ""


def kind_of(goal):
    return next((kind for kind in PLANS if kind in goal), None)


def choose(task, goal, kind, messages, tools):
    """The next call of a step: one or two look at something, then the step is done or does what the goal is for."""
    step = task.removeprefix("Now: ").split(". Done when", 1)[0]
    calls = [call["function"]["name"] for message in messages for call in message.get("tool_calls") or []]
    # What was called since the step before was finished.
    own = calls[::-1][:calls[::-1].index("finish_step")] if "finish_step" in calls else calls
    special = not {"delegate", "append_line", "ask_person"} & set(calls)
    if special and "somebody" in step and "delegate" in tools:
        role = next((role for role in HELPERS.values() if f"to another role: {role}" in tools["delegate"]), None)
        if role:
            return call("delegate", role=role, goal="read checkout.log and say what was slow")
    if special and "log book" in step and "append_line" in tools:
        return call("append_line", path="logbook.txt", line="looked at the hosts: nothing to do")
    if special and step.startswith("Ask"):
        return call("ask_person", question="There are two pools, small and large. Which one do you mean?")
    if len(own) >= (2 if kind == "in depth" else 1) or "read_file" not in tools:
        return call("finish_step", result="read, see above")
    if kind == "old archive":
        return call("read_file", path="hosts.txt")
    if random.random() < 0.25 and "search" in tools:
        return call("search", pattern="pool", path=".")
    return call("read_file", path=random.choice(FILES))


def answer(body):
    messages = body.get("messages") or [{}]
    task = text_of(messages[-1])
    situation = text_of(messages[1]) if len(messages) > 1 else ""
    goal = situation.split("# Goal\n", 1)[-1].split("\n", 1)[0]
    kind = kind_of(goal)
    if task.startswith("Write a plan"):
        titles = PLANS.get(kind, ["Read what there is", "Say what it means"])
        steps = [{"id": f"part-{number}", "title": title, "criterion": "a result shows it"}
                 for number, title in enumerate(titles, 1)]
        said = {"content": json.dumps({"steps": steps})}
    elif task.startswith("Judge"):
        accepted = kind != "old archive"
        evidence = "the results show it" if accepted else "no result says so"
        said = {"content": json.dumps({"accepted": accepted, "evidence": evidence})}
    elif task.startswith("Write the report"):
        said = {"content": f"# {goal}\n\nThe pool was made smaller by the deployment before it got slow."}
    else:
        tools = {tool["function"]["name"]: tool["function"].get("description", "") for tool in body.get("tools") or []}
        said = choose(task, goal, kind, messages, tools)
    return said, kind == "in depth"


def usage(body, is_deep):
    """Tokens as the texts are long; what goes in depth reads and writes ten times as much."""
    prompt = len(json.dumps(body.get("messages") or "")) // 4 + random.randint(0, 200)
    reply = random.randint(60, 300)
    if is_deep:
        prompt, reply = prompt + random.randint(10_000, 18_000), reply + random.randint(1_200, 2_400)
    return {"prompt_tokens": prompt, "completion_tokens": reply, "total_tokens": prompt + reply}


async def respond(writer, status, content_type, text):
    body = text.encode()
    writer.write(f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
    await writer.drain()


async def serve(reader, writer, pace):
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = next((int(line.split(":")[1]) for line in head.split("\r\n") if line.startswith("content-length:")), 0)
            body = json.loads(await reader.readexactly(length) or b"{}")
            said, is_deep = answer(body)
            await asyncio.sleep(pace * (random.uniform(6, 14) if random.random() < SLOW else random.uniform(0.4, 2.5)))
            if random.random() < FAILING:
                error = json.dumps({"error": {"message": "The model is overloaded.", "type": "overloaded"}})
                await respond(writer, "503 Service Unavailable", "application/json", error)
                continue
            events = [delta(said), delta({}, "tool_calls" if "tool_calls" in said else "stop"),
                      chunk(choices=[], usage=usage(body, is_deep)), "[DONE]"]
            await respond(writer, "200 OK", "text/event-stream", "".join(f"data: {event}\r\n\r\n" for event in events))
    except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, ValueError):
        pass
    finally:
        writer.close()


async def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pace", type=float, default=1, help="how slow it is: 0 answers at once")
    given = parser.parse_args()
    server = await asyncio.start_server(lambda r, w: serve(r, w, given.pace), "127.0.0.1", given.port, backlog=256)
    print(f"answers at http://127.0.0.1:{given.port}/v1", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
