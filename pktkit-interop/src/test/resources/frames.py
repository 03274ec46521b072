# SPDX-License-Identifier: MIT
"""Sends and receives raw Ethernet frames with VLAN tags.

frames.py send INTERFACE "TAGS..."   sends a numbered frame for each word: "-", or the TCIs of its tags joined by "+"
frames.py receive INTERFACE LAST     tells "NUMBER:TAGS" of all frames up to the one with that number
"""
import socket
import struct
import sys

EXPERIMENTAL = 0x88B5  # IEEE 802: for local experiments
ETH_P_ALL = 3
PACKET_AUXDATA = 8
SOL_PACKET = 263
VLAN_VALID = 0x10


def frame(tags, number):
    words = b"".join(struct.pack("!HH", 0x8100, int(tag, 16)) for tag in tags.split("+") if tag != "-")
    start = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01" + words
    return start + struct.pack("!HB", EXPERIMENTAL, number) + bytes(45)


def tags_of(data, auxiliary):
    tags = []
    for _, kind, value in auxiliary:
        if kind == PACKET_AUXDATA:
            status, _, _, _, _, tci, _ = struct.unpack("=IIIHHHH", value[:20])
            if status & VLAN_VALID:
                tags.append(f"{tci:04x}")
    at = 12
    while data[at:at + 2] == b"\x81\x00":
        tags.append(data[at + 2:at + 4].hex())
        at += 4
    if data[at:at + 2] != struct.pack("!H", EXPERIMENTAL):
        return None, None
    return "+".join(tags) or "-", data[at + 2]


def receive(sock, last):
    sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
    sock.settimeout(60)
    print("ready", flush=True)
    told = []
    while True:
        data, auxiliary, _, _ = sock.recvmsg(2048, 256)
        tags, number = tags_of(data, auxiliary)
        if number is not None:
            told.append(f"{number}:{tags}")
        if number == last:
            print("received", *told, flush=True)
            return


def main():
    action, interface = sys.argv[1:3]
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL)) as sock:
        sock.bind((interface, ETH_P_ALL))
        if action == "receive":
            receive(sock, int(sys.argv[3]))
        else:
            for number, tags in enumerate(sys.argv[3].split()):
                sock.send(frame(tags, number))


main()
