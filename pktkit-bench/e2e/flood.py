"""A guest that floods, for the script "qemu": connects to the socket PATH as QEMU does, and sends full frames as fast as they are taken.

unicast PATH MAC: UDP datagrams for the gateway, whose MAC address that is. broadcast PATH: frames for all.
"""
import socket
import struct
import sys

KIND, PATH = sys.argv[1:3]
to = b"\xff" * 6 if KIND == "broadcast" else bytes.fromhex(sys.argv[3].replace(":", ""))
udp = struct.pack("!HHHH", 9, 9, 1480, 0) + bytes(1472)
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1500, 0, 0, 64, 17, 0, bytes((10, 0, 2, 99)), bytes((10, 0, 2, 1)))
total = sum(struct.unpack("!10H", ip))
ip = ip[:10] + struct.pack("!H", ~(total + total // 65536) & 0xFFFF) + ip[12:]
frame = to + bytes((0x52, 0x54, 0, 0, 0, 0x99)) + b"\x08\x00" + ip + udp
batch = (struct.pack("!I", len(frame)) + frame) * 32
peer = socket.socket(socket.AF_UNIX)
peer.connect(PATH)
print("floods", flush=True)
while True:
    peer.sendall(batch)
