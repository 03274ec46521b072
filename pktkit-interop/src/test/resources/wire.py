# SPDX-License-Identifier: MIT
"""Traffic for packet sockets.

frames INTERFACE SEED COUNT    frames of many kinds by scapy, and a last one of EtherType 88b6
last INTERFACE                 only that last one
serve ADDRESS PORT             takes one TCP stream, and tells length and SHA-256
push ADDRESS PORT SEED LENGTH  sends such a stream
flows ADDRESS FLOWS COUNT      UDP datagrams, COUNT of each of FLOWS source ports, with flow and number in each
flood ADDRESS FLOWS            such datagrams of no number, as fast as it goes and until it is ended
until INTERFACE FILE           the last one again and again until the file is there
"""

import hashlib
import os
import random
import socket
import struct
import sys
import time

SOURCE = "02:00:00:00:00:99"
LAST = bytes.fromhex("ffffffffffff" "020000000099" "88b6") + b"last"


def raw(interface):
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.bind((interface, 0))
    return out


def frame(rng):
    from scapy.all import Dot1AD, Dot1Q, Ether, IP, IPv6, Raw, TCP, UDP, ICMP

    tags = rng.choice(
        [
            [],
            [],
            [Dot1Q(vlan=rng.randrange(4096), prio=rng.randrange(8), id=rng.randrange(2))],
            [Dot1Q(vlan=0, prio=0)],
            [Dot1AD(vlan=rng.randrange(4096)), Dot1Q(vlan=rng.randrange(4096))],
            [Dot1Q(vlan=rng.randrange(4096)), Dot1Q(vlan=rng.randrange(4096))],
        ]
    )
    bytes_ = Raw(rng.randbytes(rng.randrange(1400)))
    body = rng.choice(
        [
            IP(src="10.9.9.9", dst="10.9.9.8") / UDP(sport=1, dport=2) / bytes_,
            IP(src="10.9.9.9", dst="10.9.9.8") / TCP(sport=1, dport=2) / bytes_,
            IP(src="10.9.9.9", dst="10.9.9.8") / ICMP() / bytes_,
            IPv6(src="fd09::9", dst="fd09::8") / UDP(sport=1, dport=2) / bytes_,
            bytes_,
        ]
    )
    packet = Ether(src=SOURCE, dst=rng.choice(["ff:ff:ff:ff:ff:ff", "02:00:00:00:00:77", "33:33:00:00:00:01"]))
    if isinstance(body, Raw):
        packet.type = 0x88B5
    for tag in tags:
        packet = packet / tag
    packet = packet / body
    if isinstance(body, Raw):
        packet.lastlayer(body).underlayer.type = 0x88B5 if tags else packet.type
    return bytes(packet)


def stream(seed, length):
    return random.Random(seed).randbytes(length)


def sockets(address, count):
    outs = []
    for _ in range(count):
        out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        out.connect((address, 9))
        outs.append(out)
    return outs


def main(verb, *words):
    if verb == "frames":
        out = raw(words[0])
        rng = random.Random(int(words[1]))
        for _ in range(int(words[2])):
            out.send(frame(rng))
        out.send(LAST)
    elif verb == "last":
        raw(words[0]).send(LAST)
    elif verb == "until":
        out = raw(words[0])
        while not os.path.exists(words[1]):
            try:
                out.send(LAST)
            except OSError:
                pass
            time.sleep(0.02)
    elif verb == "serve":
        family = socket.AF_INET6 if ":" in words[0] else socket.AF_INET
        server = socket.create_server((words[0], int(words[1])), family=family)
        print("ready", flush=True)
        peer, _ = server.accept()
        digest = hashlib.sha256()
        length = 0
        while data := peer.recv(1 << 16):
            digest.update(data)
            length += len(data)
        print(length, digest.hexdigest(), flush=True)
    elif verb == "push":
        with socket.create_connection((words[0], int(words[1])), timeout=60) as out:
            out.sendall(stream(int(words[2]), int(words[3])))
            out.shutdown(socket.SHUT_WR)
            out.recv(1)
    elif verb == "flows":
        outs = sockets(words[0], int(words[1]))
        for number in range(int(words[2])):
            for flow, out in enumerate(outs):
                try:
                    out.send(struct.pack("!II", flow, number))
                except ConnectionRefusedError:
                    out.send(struct.pack("!II", flow, number))
    elif verb == "flood":
        outs = sockets(words[0], int(words[1]))
        while True:
            for out in outs:
                try:
                    out.send(b"flood")
                except OSError:
                    pass


main(*sys.argv[1:])
