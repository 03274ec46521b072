"""Says and hears octets by a script of lines, and prints what it heard, a line each in hexadecimal.

listen PORT | accept PORT | connect FROM ADDRESS PORT | udp FROM [ADDRESS PORT] | send HEX | receive LENGTH | end
"""
import socket
import sys

LIMIT = 60
listeners = {}
now = None
answer_to = None


def receive(length):
    global answer_to
    if now.type == socket.SOCK_DGRAM:
        octets, answer_to = now.recvfrom(65535)
        return octets
    octets = b''
    while len(octets) < length:
        more = now.recv(length - len(octets))
        if not more:
            break
        octets += more
    return octets


for line in open(sys.argv[1]):
    words = line.split()
    if words[0] == 'listen':
        listener = socket.create_server(('', int(words[1])))
        listener.settimeout(LIMIT)
        listeners[words[1]] = listener
        print('ready', flush=True)
    elif words[0] == 'accept':
        now, _ = listeners[words[1]].accept()
        now.settimeout(LIMIT)
    elif words[0] == 'connect':
        now = socket.socket()
        now.settimeout(LIMIT)
        now.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        now.bind(('', int(words[1])))
        now.connect((words[2], int(words[3])))
    elif words[0] == 'udp':
        now = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        now.settimeout(LIMIT)
        now.bind(('', int(words[1])))
        answer_to = (words[2], int(words[3])) if len(words) > 2 else None
        print('ready', flush=True)
    elif words[0] == 'send':
        octets = bytes.fromhex(words[1])
        if now.type == socket.SOCK_DGRAM:
            now.sendto(octets, answer_to)
        else:
            now.sendall(octets)
    elif words[0] == 'receive':
        print(receive(int(words[1])).hex(), flush=True)
