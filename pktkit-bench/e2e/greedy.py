"""The two ends of a greedy guest, for the script "fairness".

host IDLE SILENT DEAF ADDRESS: takes connections at IDLE and reads nothing; lets those to SILENT wait; has a UDP port DEAF and, at
ADDRESS, 5353, which never answer.
guest IDLE SILENT DEAF GATEWAY: holds as many connections, dials, UDP endpoints and questions as it gets, and asks for more.
"""
import errno
import resource
import select
import socket
import sys
import time

resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
IDLE, SILENT, DEAF = (int(port) for port in sys.argv[2:5])
STREAM, DATAGRAM = socket.SOCK_STREAM | socket.SOCK_NONBLOCK, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
ENDS = select.EPOLLRDHUP | select.EPOLLHUP | select.EPOLLERR
CONNECTIONS, DIALS, ENDPOINTS, QUESTIONS = 9_500, 1_000, 6_000, 1_500


def host():
    idle = socket.create_server(("127.0.0.1", IDLE), backlog=4096)
    idle.setblocking(False)
    silent = socket.create_server(("127.0.0.1", SILENT), backlog=0)
    fillers = [dial(("127.0.0.1", SILENT)) for _ in range(8)]
    deaf = [socket.socket(type=DATAGRAM), socket.socket(type=DATAGRAM)]
    deaf[0].bind(("127.0.0.1", DEAF))
    deaf[1].bind((sys.argv[5], 5353))
    print("ready", flush=True)
    poll = select.epoll()
    poll.register(idle, select.EPOLLIN)
    held = {}
    while fillers and silent and deaf:
        for number, event in poll.poll():
            if number == idle.fileno():
                try:
                    taken = idle.accept()[0]
                except OSError:
                    continue
                taken.setblocking(False)
                held[taken.fileno()] = taken
                poll.register(taken, select.EPOLLIN | ENDS)
            elif event == select.EPOLLIN:
                # An upload that stands still, as nothing is read here, and a download that does, as nothing is read there.
                try:
                    held[number].send(bytes(1 << 20))
                except OSError:
                    pass
                poll.modify(number, ENDS)
            else:
                held.pop(number).close()


def dial(to):
    made = socket.socket(type=STREAM)
    made.connect_ex(to)
    return made


def settled(dialled):
    """Waits until each stands or is refused, or a second has passed: who dials all at once meets the cap of dials first."""
    poll = select.poll()
    for each in dialled:
        poll.register(each, select.POLLOUT)
    end = time.monotonic() + 1
    while dialled and time.monotonic() < end:
        for number, _ in poll.poll(100):
            poll.unregister(number)
            dialled = dialled[1:]


def send(of, to, what):
    try:
        of.sendto(what, to)
    except OSError:
        pass  # told of an earlier one


def refused(made):
    return made.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (errno.ECONNREFUSED, errno.ECONNRESET, errno.ETIMEDOUT)


def question(number):
    name = b"n%d" % number
    return number.to_bytes(2, "big") + b"\1\0\0\1\0\0\0\0\0\0" + bytes([len(name)]) + name + b"\6silent\0\0\1\0\1"


def guest():
    gateway = sys.argv[5]
    connections = []
    while len(connections) < CONNECTIONS:
        some = [dial((gateway, IDLE)) for _ in range(100)]
        settled(some)
        connections += some
    for each in connections[::10]:
        try:
            each.send(bytes(1 << 20))
        except OSError:
            pass
    dials = [dial((gateway, SILENT)) for _ in range(DIALS)]
    endpoints = [socket.socket(type=DATAGRAM) for _ in range(ENDPOINTS)]
    names = [socket.socket(type=DATAGRAM) for _ in range(QUESTIONS)]
    for each in endpoints:
        send(each, (gateway, DEAF), b"x")
    turn = 0
    while True:
        # In ten seconds a datagram of each endpoint and each connection that was refused, in one all questions.
        for each in endpoints[turn % 100::100]:
            send(each, (gateway, DEAF), b"x")
        for i, each in enumerate(names[turn % 10::10]):
            send(each, (gateway, 53), question(turn % 50 * 1000 + i))
        again = 0
        for held, port in ((connections, IDLE), (dials, SILENT)):
            for i in range(turn % 100, len(held), 100):
                if refused(held[i]):
                    held[i].close()
                    held[i] = dial((gateway, port))
                    again += 1
        turn += 1
        if turn == 100: # the first refusals have been asked for again
            print("at every cap", flush=True)
        if turn % 10 == 0:
            print(f"refused lately, and asked for again: {again * 100} of {len(connections) + len(dials)}", flush=True)
        time.sleep(0.1)


{"host": host, "guest": guest}[sys.argv[1]]()
