# SPDX-License-Identifier: MIT
"""The Linux end of a test: opens a socket, does the actions given as arguments, and tells each outcome in a line.

peer.py [OPTION...] tcp-listen|tcp-connect|udp-echo|udp-send ADDRESS PORT ACTION...
peer.py await COUNTER N

Options: rcvbuf=N sndbuf=N keepalive=IDLE bind=PORT times=N nodelay=1 congestion=NAME fastopen=N backlog=N hold=1 (before
the first word without "="). Fast Open takes N for the queue of a listener, and for the bytes, of seed N, that are sent to
connect. A listener told to hold accepts nothing before it has read a line.
Actions: send:N:SEED flow:SECONDS:SEED recv:N eof meter echo shut rst close go over info await:COUNTER:N, run in order on
each connection. "over" waits until both ends have acknowledged the other's end. A counter is one of /proc/net/netstat or
/proc/net/snmp; it is awaited to reach N, or with +N to rise by N.
"""
import errno
import hashlib
import random
import socket
import struct
import sys
import time

CHUNK = 1 << 16
# The state of the socket also while the kernel keeps the connection in TIME-WAIT.
TCP_CLOSE = 7


def tell(*words):
    print(*words, flush=True)


def family_of(address):
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def send(sock, count, seed):
    source = random.Random(seed)
    digest = hashlib.sha256()
    while count > 0:
        block = source.randbytes(min(count, CHUNK))
        digest.update(block)
        sock.sendall(block)
        count -= len(block)
    tell("sent", digest.hexdigest())


def flow(sock, seconds, seed):
    source = random.Random(seed)
    digest = hashlib.sha256()
    total = 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        block = source.randbytes(CHUNK >> 2)
        digest.update(block)
        sock.sendall(block)
        total += len(block)
    tell("sent", total, digest.hexdigest())


def meter(sock):
    digest = hashlib.sha256()
    total = 0
    begin = 0
    while block := sock.recv(CHUNK):
        begin = begin or time.monotonic_ns()
        digest.update(block)
        total += len(block)
    tell("metered", total, digest.hexdigest(), time.monotonic_ns() - begin)


def receive(sock, most):
    digest = hashlib.sha256()
    total = 0
    while total < most:
        block = sock.recv(min(CHUNK, most - total))
        if not block:
            break
        digest.update(block)
        total += len(block)
    tell("received", total, digest.hexdigest())


def echo(sock):
    while block := sock.recv(CHUNK):
        sock.sendall(block)


def over(sock):
    while sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] != TCP_CLOSE:
        time.sleep(0.001)


def info(sock):
    raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
    options, scales = raw[5], raw[6]
    words = struct.unpack("24I", raw[8:104])
    names = ("rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent last_data_recv "
             "last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering rcv_rtt rcv_space "
             "total_retrans").split()
    known = dict(zip(names, words))
    names = ("bytes_acked bytes_received segs_out segs_in notsent min_rtt data_segs_in data_segs_out delivery_rate busy "
             "rwnd_limited sndbuf_limited delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen "
             "rcv_ooopack snd_wnd").split()
    known.update(zip(names, struct.unpack("2Q6I4Q2I2Q4I", raw[120:232])))
    known.update(state=raw[0], timestamps=options & 1, sack=options >> 1 & 1, scaling=options >> 2 & 1,
                 snd_wscale=scales & 15, rcv_wscale=scales >> 4)
    tell("info", *(f"{name}={value}" for name, value in known.items()))


def counter(name):
    rows = []
    for table in ("/proc/net/netstat", "/proc/net/snmp"):
        with open(table) as lines:
            rows += [line.split() for line in lines]
    for names, values in zip(rows[::2], rows[1::2]):
        if name in names:
            return int(values[names.index(name)])
    raise SystemExit(f"this kernel has no counter {name}")


def await_counter(name, least):
    goal = int(least) + (counter(name) if least.startswith("+") else 0)
    while counter(name) < goal:
        time.sleep(0.01)
    tell("counted", name)


def act(sock, action):
    verb, *words = action.split(":")
    if verb == "send":
        send(sock, int(words[0]), int(words[1]))
    elif verb == "flow":
        flow(sock, float(words[0]), int(words[1]))
    elif verb == "meter":
        meter(sock)
    elif verb == "recv":
        receive(sock, int(words[0]))
    elif verb == "eof":
        receive(sock, 1 << 62)
    elif verb == "echo":
        echo(sock)
    elif verb == "shut":
        sock.shutdown(socket.SHUT_WR)
    elif verb == "rst":
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock.close()
        tell("reset")
    elif verb == "close":
        sock.close()
        tell("closed")
    elif verb == "go":
        tell("waiting")
        sys.stdin.readline()
    elif verb == "over":
        over(sock)
    elif verb == "info":
        info(sock)
    elif verb == "await":
        await_counter(*words)
    else:
        raise SystemExit(f"no such action: {action}")


def run(sock, actions):
    try:
        for action in actions:
            act(sock, action)
    except OSError as failure:
        tell("error", errno.errorcode.get(failure.errno, failure.errno))
    sock.close()


def prepare(sock, options):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if "rcvbuf" in options:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, int(options["rcvbuf"]))
    if "sndbuf" in options:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, int(options["sndbuf"]))
    if "keepalive" in options:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, int(options["keepalive"]))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 1)
    if "congestion" in options:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, options["congestion"].encode())
    if "nodelay" in options:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def tcp_listen(address, port, options, actions):
    with socket.socket(family_of(address), socket.SOCK_STREAM) as server:
        prepare(server, options)
        server.bind((address, port))
        server.listen(int(options.get("backlog", 128)))
        if "fastopen" in options:
            server.setsockopt(socket.IPPROTO_TCP, socket.TCP_FASTOPEN, int(options["fastopen"]))
        tell("listening", server.getsockname()[1])
        if "hold" in options:
            tell("waiting")
            sys.stdin.readline()
        for _ in range(int(options.get("times", 1))):
            run(server.accept()[0], actions)


def connect(address, port, options):
    while True:
        sock = socket.socket(family_of(address), socket.SOCK_STREAM)
        prepare(sock, options)
        try:
            if "bind" in options:
                sock.bind(("", int(options["bind"])))
            if "fastopen" in options:
                count = int(options["fastopen"])
                first = random.Random(count).randbytes(count)
                sent = sock.sendto(first, socket.MSG_FASTOPEN, (address, port))
                tell("fast", sent, hashlib.sha256(first[:sent]).hexdigest())
            else:
                sock.connect((address, port))
            return sock
        except OSError as failure:
            sock.close()
            # With a port of our choice: the last ACK of the connection before is still on its way.
            if "bind" not in options or failure.errno != errno.EADDRNOTAVAIL:
                raise
            time.sleep(0.001)


def tcp_connect(address, port, options, actions):
    for _ in range(int(options.get("times", 1))):
        try:
            sock = connect(address, port, options)
        except OSError as failure:
            tell("error", errno.errorcode[failure.errno])
            continue
        tell("connected", sock.getsockname()[1])
        run(sock, actions)


def udp_echo(address, port, options, actions):
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as sock:
        sock.bind((address, port))
        tell("listening", sock.getsockname()[1])
        for _ in range(int(options.get("times", 1))):
            payload, source = sock.recvfrom(1 << 16)
            sock.sendto(payload, source)
            tell("echoed", len(payload))


def udp_send(address, port, options, actions):
    with socket.socket(family_of(address), socket.SOCK_DGRAM) as sock:
        sock.settimeout(60)
        sock.connect((address, port))
        for action in actions:
            payload = random.Random(action).randbytes(int(action))
            try:
                sock.send(payload)
                tell("same" if sock.recv(1 << 16) == payload else "different", len(payload))
            except OSError as failure:
                tell("error", errno.errorcode.get(failure.errno, failure))


def main(words):
    if words[0] == "await":
        await_counter(*words[1:])
        return
    options = {}
    while "=" in words[0]:
        name, value = words.pop(0).split("=")
        options[name] = value
    kind, address, port, *actions = words
    {"tcp-listen": tcp_listen, "tcp-connect": tcp_connect, "udp-echo": udp_echo, "udp-send": udp_send}[kind](
        address, int(port), options, actions)
    tell("done")


main(sys.argv[1:])
