"""What the measurements of a cluster share: a cluster of infra/dev/cluster.sh, a model's stand-in, clients, meters."""
import asyncio, json, os, shlex, shutil, signal, subprocess, sys, tempfile, time

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../../.."))
ROLE = """\
description: Reads what it is told to read.
graph: cognition
tools: [read_file]
"""


def say(*words):
    print(*words, file=sys.stderr, flush=True)


class Cluster:
    """Postgres, Kafka, Redis and somad in a folder of its own, which is removed afterwards.

    Settings are variables for every process. Where data lies, BENCH_FOLDER says (.build); it must not be in memory.
    """

    def __init__(self, services="postgres kafka redis", settings=None):
        base = os.path.abspath(os.environ.get("BENCH_FOLDER", f"{ROOT}/.build"))
        os.makedirs(base, exist_ok=True)
        self.folder = tempfile.mkdtemp(prefix="soma-cluster-", dir=base)
        os.chmod(self.folder, 0o711)
        self.work = f"{self.folder}/work"
        os.makedirs(self.work)
        for number in range(8):
            with open(f"{self.work}/part-{number}.txt", "w") as file:
                file.write("something to read\n" * 20)
        os.makedirs(f"{self.folder}/agents/reader/prompts")
        with open(f"{self.folder}/agents/reader/config.yaml", "w") as file:
            file.write(ROLE)
        with open(f"{self.folder}/agents/reader/prompts/agent.system.main.md", "w") as file:
            file.write("You read files.\n")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith("SOMA_")}
        self.environment |= {
            "CLUSTER_DIR": f"{self.folder}/cluster", "CLUSTER_SERVICES": services, "CLUSTER_KEEP": "no",
            "SOMAD": os.path.abspath(os.environ.get("SOMAD", f"{ROOT}/.build/release/somad")),
            "SOMA_AGENTS_DIR": f"{self.folder}/agents", "XDG_CONFIG_HOME": f"{self.folder}/none",
        } | (settings or {})
        self.model = None

    def __enter__(self):
        # However this ends, what it started ends with it.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return self

    def __exit__(self, *_):
        self.script("down")
        if self.model:
            self.model.terminate()
            self.model.wait()
        if os.environ.get("BENCH_KEEP") != "yes":
            shutil.rmtree(self.folder, ignore_errors=True)

    def script(self, command, roles=""):
        done = subprocess.run([f"{ROOT}/infra/dev/cluster.sh", command], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                              env=self.environment | {"CLUSTER_ROLES": roles})
        if done.returncode != 0:
            sys.exit(f"cluster.sh {command} failed:\n{done.stdout}")
        return done.stdout

    def up(self, roles=""):
        """Makes it so many of each role; reads where things are."""
        self.script("up", roles)
        self.variables = dict(word.split("=", 1) for word in shlex.split(self.script("env", roles)) if "=" in word)
        if "PGHOST" in self.variables:
            self.store = "postgres://{PGUSER}@{PGHOST}:{PGPORT}/{PGDATABASE}".format(**self.variables)
        self.gateway = self.variables.get("SOMA_DAEMON", "").removeprefix("unix:")

    def start_model(self, *options):
        """A model that answers after a while; must be there before daemons that are to use it."""
        self.model = subprocess.Popen([sys.executable, f"{ROOT}/infra/slow-model.py", *options, *(f"part-{number}.txt" for number in range(8))],
                                      stdout=subprocess.PIPE, text=True)
        self.environment |= {"SOMA_MODEL_URL": self.model.stdout.readline().strip(), "SOMA_MODEL_NAME": "slow"}

    def pid(self, name):
        with open(f"{self.environment['CLUSTER_DIR']}/{name}.pid") as file:
            return int(file.read().split()[0])

    def sql(self, *statements):
        """Rows of texts, of the last statement."""
        options = [word for statement in statements for word in ("-c", statement)]
        text = subprocess.run(["psql", "-XAtq", "-F", "\t", *options], check=True, text=True, stdout=subprocess.PIPE,
                              env=os.environ | self.variables).stdout
        return [line.split("\t") for line in text.splitlines()]

    def number(self, *statements):
        return float(self.sql(*statements)[-1][0])

    def processes(self):
        """All that is to be metered, by name."""
        names = self.environment["CLUSTER_SERVICES"].split()
        names += [line.split()[0] for line in self.script_status() if line.split()[0] not in names]
        found = {name: self.pid(name) for name in names}
        if self.model:
            found["model"] = self.model.pid
        found["client"] = os.getpid()
        return found

    def script_status(self):
        folder = self.environment["CLUSTER_DIR"]
        with open(f"{folder}/status") as file:
            return [line for line in file.read().splitlines() if line.split()[1] != "-"]


def cpu_seconds(pid):
    """What a process and its children have used, also those that have ended."""
    total = 0
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        total = sum(int(field) for field in fields[11:15])
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            children = file.read().split()
    except OSError:
        return 0
    total = total / os.sysconf("SC_CLK_TCK")
    return total + sum(cpu_seconds(int(child)) for child in children)


class Meter:
    """How many cores each process uses, and how many the whole machine."""

    def __init__(self, processes):
        self.processes = processes
        self.before = self.read()
        self.time = time.monotonic()

    def read(self):
        with open("/proc/stat") as file:
            fields = [int(field) for field in file.readline().split()[1:]]
        machine = (sum(fields[:8]) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")
        return {name: cpu_seconds(pid) for name, pid in self.processes.items()} | {"machine": machine}

    def cores(self):
        time_taken = time.monotonic() - self.time
        after = self.read()
        return {name: round((after[name] - self.before[name]) / time_taken, 3) for name in after}


class Client:
    """Begins runs through a gateway's socket, as many at a time as there are callers of `start`."""

    def __init__(self, path, workspace):
        self.path, self.workspace = path, workspace
        self.free = []
        self.started = self.refused = 0

    async def start(self, goal):
        """Whether it began; where there is no room, waits as long as it is told to."""
        reader, writer = self.free.pop() if self.free else await asyncio.open_unix_connection(self.path)
        body = json.dumps({"goal": goal, "role": "reader", "workspace": self.workspace}).encode()
        writer.write(b"POST /v1/runs HTTP/1.1\r\nHost: soma\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                     % len(body) + body)
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        answer = await reader.readexactly(int(fields.get("content-length", 0)))
        status = int(head.split()[1])
        self.free.append((reader, writer))
        if status == 201:
            self.started += 1
            return True
        if status not in (429, 503):
            sys.exit(f"The gateway refused a run: {status} {answer.decode()}")
        self.refused += 1
        return False

    async def begin(self, goals, width=16):
        """Begins a run for each goal, a few at the same time."""
        goals = list(goals)

        async def work():
            while goals:
                goal = goals.pop()
                while not await self.start(goal):
                    await asyncio.sleep(0.1)

        await asyncio.gather(*(work() for _ in range(width)))
