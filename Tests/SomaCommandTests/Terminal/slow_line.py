"""Puts a slow line between a program and this terminal, and tells what went over it.

  slow_line.py --log FILE [--delay MS] [--rate BYTES] COMMAND...

The line takes all that the program writes at once, as ssh and the kernel do, and delivers it late and slowly: each
way takes half of the delay, and so many bytes a second come down. A frame is what ends with the question `CSI 5 n`
that the terminal answers when it has shown it; the first question has no frame before it.
"""
import argparse, fcntl, json, os, pty, re, select, signal, sys, termios, time, tty

QUESTION, ANSWER = b'\x1b[5n', b'\x1b[0n'
SEQUENCE = re.compile(rb'\x1b(\[[0-?]*[ -/]*[@-~]|[()][A-Z0-9]|[78=>]|\][^\x07\x1b]*(\x07|\x1b\\))')


class Line:
    def __init__(self, delay, rate):
        self.delay, self.rate, self.free = delay / 2000, rate, 0.0
        self.queue = []

    def take(self, data, now):
        for start in range(0, len(data), 100):
            packet = data[start:start + 100]
            if self.rate:
                self.free = max(self.free, now) + len(packet) / self.rate
            self.queue.append((max(self.free, now) + self.delay, packet))

    def due(self, now):
        while self.queue and self.queue[0][0] <= now:
            yield self.queue.pop(0)[1]

    @property
    def waiting(self):
        return sum(len(packet) for _, packet in self.queue)


class Log:
    """What was seen: frames by the time they were written, keys by the time the program got them."""

    def __init__(self):
        self.frames, self.keys, self.rest = [], [], b''
        self.asked = self.answered = self.on_the_way = self.waiting = self.bytes = 0

    def wrote(self, data, now):
        self.bytes += len(data)
        self.rest += data
        while QUESTION in self.rest:
            frame, self.rest = self.rest.split(QUESTION, 1)
            self.asked += 1
            if self.asked > 1:
                self.frames.append((now, SEQUENCE.sub(b'', frame).decode('utf-8', 'replace')))
            self.on_the_way = max(self.on_the_way, self.asked - max(1, self.answered))

    def got(self, data, now):
        self.answered += data.count(ANSWER)
        for key in SEQUENCE.sub(b'', data).decode('utf-8', 'replace'):
            self.keys.append((now, key))

    def frames_until_echo(self, letters):
        """For each letter that was typed the number of frames after it until one shows it, the largest of these."""
        worst = 0
        for at, key in self.keys:
            if key in letters:
                # A frame that was being written when the key came doesn't count.
                after = [text for time, text in self.frames if time > at + 0.03]
                found = next((place for place, text in enumerate(after) if key in text), len(after))
                near = any(key in text for time, text in self.frames if at < time <= at + 0.03)
                worst = max(worst, 1 if near else found + 1)
        return worst


def main():
    options = argparse.ArgumentParser()
    options.add_argument('--log', required=True)
    options.add_argument('--delay', type=float, default=300)
    options.add_argument('--rate', type=float, default=5000)
    options.add_argument('command', nargs=argparse.REMAINDER)
    o = options.parse_args()
    near = termios.tcgetattr(0)
    pid, far = pty.fork()
    if pid == 0:
        os.execvp(o.command[0], o.command)

    def resize(*_):
        fcntl.ioctl(far, termios.TIOCSWINSZ, fcntl.ioctl(0, termios.TIOCGWINSZ, bytes(8)))

    resize()
    signal.signal(signal.SIGWINCH, resize)
    tty.setraw(0)
    down, up, log = Line(o.delay, o.rate), Line(o.delay, 0), Log()
    ended = None
    begun = time.monotonic()
    while ended is None or down.queue:
        ready, _, _ = select.select([0] + ([far] if ended is None else []), [], [], 0.002)
        now = time.monotonic()
        if far in ready:
            try:
                data = os.read(far, 65536)
            except OSError:
                data = b''
            if data:
                log.wrote(data, now)
                down.take(data, now)
                log.waiting = max(log.waiting, down.waiting)
            else:
                ended = now
        if 0 in ready:
            up.take(os.read(0, 65536), now)
        for packet in down.due(now):
            os.write(1, packet)
        for packet in up.due(now):
            if ended is None:
                log.got(packet, now)
                os.write(far, packet)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    termios.tcsetattr(0, termios.TCSADRAIN, near)
    last_key = log.keys[-1][0] if log.keys else begun
    with open(o.log, 'w') as file:
        json.dump({
            'seconds': ended - begun, 'bytes': log.bytes, 'frames': len(log.frames),
            'frames_on_the_way_max': log.on_the_way, 'bytes_on_the_way_max': log.waiting,
            'keys': len(log.keys), 'frames_until_echo_max': log.frames_until_echo('ZQXJ'),
            'milliseconds_to_end': round((ended - last_key) * 1000),
        }, file)
    sys.exit(status)


main()
