#!/usr/bin/env python3
"""Measures a terminal program from the far side of its pseudo-terminal; prints one JSON object.

  terminal-meter.py [--size 200x60] [--starts 11] [--idle 60] [--key j] [--keys 200] -- PROGRAM ARGUMENTS

start_ms   from exec to the last byte of the first full screen (a pause of 60 ms after it), median of --starts
idle_*     bytes written, processor time and voluntary context switches in --idle seconds after that
key_*      from a key to the last byte of its repaint, and bytes written for it; keys are 60 ms apart

Answers what terminals are asked (DA1, DSR, DECRQM), so that nothing waits for a reply.
"""
import argparse, fcntl, json, os, pty, re, select, signal, statistics, struct, sys, termios, time

PAUSE = 0.060
ASKED = re.compile(rb"\x1b\[0?c|\x1b\[5n|\x1b\[6n|\x1b\[\?(\d+)\$p")


class Session:
    def __init__(self, command, columns, rows):
        self.started = time.monotonic()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.environ["TERM"] = "xterm-256color"
            os.execvp(command[0], command)
        self.ended = False

    def read(self, quiet, limit):
        """Reads until nothing came for `quiet` seconds, at most `limit`: bytes, and when the last came."""
        count, last = 0, None
        deadline = time.monotonic() + limit
        while not self.ended:
            now = time.monotonic()
            due = deadline if last is None else min(deadline, last + quiet)
            if now >= due:
                break
            if not select.select([self.fd], [], [], due - now)[0]:
                continue
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                data = b""
            if not data:
                self.ended = True
                break
            last = time.monotonic()
            count += len(data)
            for asked in ASKED.finditer(data):
                text = asked.group(0)
                answer = (b"\x1b[?62;22c" if text.endswith(b"c") else b"\x1b[0n" if text.endswith(b"5n")
                          else b"\x1b[1;1R" if text.endswith(b"6n") else b"\x1b[?" + asked.group(1) + b";2$y")
                os.write(self.fd, answer)
        return count, last

    def first_screen(self):
        """Milliseconds until a screen of at least 500 bytes is there."""
        total, last = 0, None
        while not self.ended and total < 500 and time.monotonic() - self.started < 20:
            count, seen = self.read(PAUSE, 5)
            total, last = total + count, seen or last
        if total < 500 or last is None:
            sys.exit("The program showed no screen.")
        return (last - self.started) * 1000

    def used(self):
        """Processor seconds and voluntary context switches so far, all threads."""
        cpu, switches = 0, 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as file:
                cpu += int(file.read().split()[0])
            with open(f"/proc/{self.pid}/task/{task}/status") as file:
                switches += int(re.search(r"\nvoluntary_ctxt_switches:\s+(\d+)", file.read()).group(1))
        return cpu / 1e9, switches

    def close(self):
        os.kill(self.pid, signal.SIGTERM)
        self.read(0.2, 2)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", default="200x60")
    parser.add_argument("--starts", type=int, default=11)
    parser.add_argument("--idle", type=float, default=60)
    parser.add_argument("--key", default="j")
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    columns, rows = (int(part) for part in given.size.split("x"))
    starts = []
    for _ in range(given.starts):
        session = Session(given.command, columns, rows)
        starts.append(session.first_screen())
        session.close()
    session = Session(given.command, columns, rows)
    session.first_screen()
    # Worker threads that are not needed end after some seconds; what they used would be missing afterwards.
    session.read(8, 8)
    result = {"start_ms": round(statistics.median(starts), 1), "start_max_ms": round(max(starts), 1)}
    if given.idle > 0:
        cpu, switches = session.used()
        count = 0
        until = time.monotonic() + given.idle
        while time.monotonic() < until:
            count += session.read(given.idle, until - time.monotonic())[0]
        after_cpu, after_switches = session.used()
        result |= {
            "idle_s": given.idle, "idle_bytes": count,
            "idle_cpu_percent": round((after_cpu - cpu) / given.idle * 100, 4),
            "idle_switches_per_s": round((after_switches - switches) / given.idle, 2),
        }
    times, sizes = [], []
    before = session.used()[0]
    for _ in range(given.keys):
        sent = time.monotonic()
        os.write(session.fd, given.key.encode().decode("unicode_escape").encode())
        count, last = session.read(0.030, 0.5)
        if last is not None:
            times.append((last - sent) * 1000)
            sizes.append(count)
        time.sleep(0.030)
    if times:
        result |= {
            "key_p50_ms": round(quantile(times, 0.5), 2), "key_p95_ms": round(quantile(times, 0.95), 2),
            "key_bytes": int(statistics.median(sizes)), "keys_answered": len(times),
            "key_cpu_ms": round((session.used()[0] - before) / given.keys * 1000, 2),
        }
    session.close()
    print(json.dumps(result))


main()
