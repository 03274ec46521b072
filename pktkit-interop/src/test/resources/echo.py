# SPDX-License-Identifier: MIT
"""Sends a datagram back, and tells it in hexadecimal: echo.py ADDRESS IP_OPTIONS

The options are those of the packets that go back, in hexadecimal; empty for none.
"""
import socket
import sys

address, options = sys.argv[1:3]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
with socket.socket(family, socket.SOCK_DGRAM) as sock:
    sock.bind((address, 0))
    sock.settimeout(60)
    if options:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, bytes.fromhex(options))
    print("port", sock.getsockname()[1], flush=True)
    payload, sender = sock.recvfrom(1 << 16)
    sock.sendto(payload, sender)
    print("got", payload.hex(), flush=True)
