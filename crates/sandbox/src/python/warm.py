"""A warm interpreter: loads the usual modules once, then divides itself for every program.

It runs inside the sandbox, as confined as the programs. It never runs a program in its own process, and a program cannot
reach into it: its memory is closed to others, signals and limits for it are filtered. What a program can do is end it; that
counts against the program, and the launcher makes a new sandbox.
"""

import base64, bisect, builtins, calendar, cmath, collections, contextlib, copy, csv, ctypes, dataclasses, datetime, decimal
import enum, errno, fcntl, fractions, functools, gc, hashlib, heapq, inspect, io, itertools, json, linecache, math, numbers, operator
import os, random, re, resource, select, signal, statistics, string, struct, sys, textwrap, time, traceback, types, typing

LIBC = ctypes.CDLL(None, use_errno=True)
NAME = "<program>"
WRITABLE = ("/box", "/tmp", "/dev/shm")
LOOK_AGAIN = 200
MARK_LIMIT = 4096
REFUSED = "refused: "


def read_exactly(source, count):
    """Exactly so many bytes; nothing when the other side has closed."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(source, count - len(parts))
        if not part:
            return None
        parts += part
    return bytes(parts)


def read_message(source):
    head = read_exactly(source, 4)
    if head is None:
        return None
    body = read_exactly(source, struct.unpack(">I", head)[0])
    return None if body is None else json.loads(body)


def write_message(target, message):
    body = json.dumps(message).encode()
    data = struct.pack(">I", len(body)) + body
    while data:
        data = data[os.write(target, data):]


def set_memory_open(is_open):
    """Opens or closes the memory of this process to others, also through /proc."""
    if LIBC.prctl(4, is_open, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl")


def run(job, mark, token):
    """Runs one program in this process and says how it went. Never returns."""
    own = os.getpid()
    said = "runtime_error"
    try:
        try:
            os.setsid()
            mark = out_of_the_way(mark)
            prepare(job)
        except (OSError, ValueError) as error:
            # The program has not begun: whatever this is, it is not the program's.
            said = REFUSED + str(error)
        else:
            said = execute(job["program"])
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(BaseException):
                    stream.flush()
    finally:
        with contextlib.suppress(BaseException):
            # A process that the program divided off comes here too, and has nothing to say.
            if os.getpid() == own:
                os.write(mark, (token + said).encode("ascii", "replace")[:MARK_LIMIT])
        os._exit(0 if said == "passed" else 1)


def out_of_the_way(mark):
    """The same pipe under the highest number: programs close and count the low ones."""
    highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 1
    moved = fcntl.fcntl(mark, fcntl.F_DUPFD_CLOEXEC, highest)
    os.close(mark)
    return moved


def prepare(job):
    """Makes this process ready for the program: limits, standard input, the lines for its tracebacks."""
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    cpu = int(job["cpu_s"]) + 2
    cpu = cpu if most == resource.RLIM_INFINITY else min(cpu, most)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    set_memory_open(1)
    give_input(job["stdin"])
    gc.enable()
    text = job["program"]
    linecache.cache[NAME] = (len(text), None, text.splitlines(True), NAME)


def execute(text):
    """The program's verdict. As the reference programs do, it runs without a `__name__` of its own."""
    try:
        code = compile(text, NAME, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        complain()
        return "compile_error"
    try:
        exec(code, {})
    except AssertionError:
        complain()
        return "failed"
    except SyntaxError:
        # A text that the program compiles: an answer within its tests.
        complain()
        return "compile_error"
    except MemoryError:
        return "memory"
    except SystemExit as end:
        os.write(2, ("the program ended itself: SystemExit(%r)\n" % (end.code,))[:200].encode("utf-8", "replace"))
        return "runtime_error"
    except BaseException:
        complain()
        return "runtime_error"
    return "passed"


def complain():
    """The traceback, on standard error, whatever the program made of `sys.stderr`."""
    with contextlib.suppress(BaseException):
        os.write(2, traceback.format_exc(limit=-20)[-4000:].encode("utf-8", "replace"))


def give_input(text):
    if text:
        source = os.open("/tmp", os.O_TMPFILE | os.O_RDWR, 0o600)
        data = text.encode("utf-8", "surrogatepass")
        while data:
            data = data[os.write(source, data):]
        os.lseek(source, 0, os.SEEK_SET)
        os.dup2(source, 0)
        os.close(source)


def sweep():
    """Kills whatever the program left running. Whether nothing is left."""
    for attempt in range(LOOK_AGAIN):
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        time.sleep(0.001 * min(attempt, 10))
    return False


def traces(place):
    """All that a program can leave in a place."""
    found = os.stat(place)
    return os.listdir(place), found.st_mode, found.st_uid, found.st_gid, os.listxattr(place)


def is_tidy(untouched):
    try:
        return [traces(place) for place in WRITABLE] == untouched
    except OSError:
        return False


def reset_pipes():
    """Takes back what a program made of the pipes that all share. The filter keeps it from having signals sent."""
    for stream in (1, 2):
        fcntl.fcntl(stream, fcntl.F_SETFL, 0)


def read_mark(source, token):
    """What the program's process said at its end, if it knew the token."""
    os.set_blocking(source, False)
    try:
        told = os.read(source, MARK_LIMIT)
    except BlockingIOError:
        told = b""
    os.close(source)
    told = told.decode("ascii", "replace")
    return told[len(token):] if told.startswith(token) else None


def serve(jobs, reports):
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    untouched = [traces(place) for place in WRITABLE]
    while True:
        job = read_message(jobs)
        if job is None:
            return
        write_message(reports, {"Begun": {"command": 0}})
        try:
            told = serve_one(job, jobs, reports, untouched)
        except OSError as error:
            stage = "Busy" if error.errno in (errno.EAGAIN, errno.ENOMEM) else "Start"
            told = {"Refused": {"stage": stage, "message": "the interpreter cannot divide itself: %s" % error}}
        write_message(reports, told)


def serve_one(job, jobs, reports, untouched):
    """Runs one program in a process of its own. What is to be told of it."""
    token = os.urandom(16).hex()
    source, mark = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(jobs)
        os.close(reports)
        os.close(source)
        run(job, mark, token)
    os.close(mark)
    _, status, usage = os.wait4(child, 0)
    is_alone = sweep()
    reset_pipes()
    said = read_mark(source, token)
    if said is not None and said.startswith(REFUSED):
        return {"Refused": {"stage": "Start", "message": said[len(REFUSED):]}}
    return {"Ran": {
        "code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "said": said,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "memory_kb": usage.ru_maxrss,
        "is_clean": is_alone and is_tidy(untouched),
    }}


def main():
    reports = int(sys.argv[1])
    os.set_inheritable(reports, False)
    jobs = os.dup(0)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    sys.argv = [NAME]
    sys.path = [place for place in sys.path if place]
    set_memory_open(0)
    gc.disable()
    gc.collect()
    gc.freeze()
    write_message(reports, "Warm")
    serve(jobs, reports)


main()
