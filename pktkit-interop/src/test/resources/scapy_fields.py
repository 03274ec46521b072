# SPDX-License-Identifier: MIT
"""Frames and their fields as scapy sees them, a line for each: "HEX<TAB>FIELDS".

scapy_fields.py make SEED COUNT     builds random frames
scapy_fields.py read FILE           takes those of a file, one in hexadecimal on each line
"""
import random
import sys

from scapy.layers.inet import (
    ICMP, IP, TCP, UDP, IPOption_NOP, IPOption_RR, IPOption_Router_Alert, TCPOptions, in4_chksum)
from scapy.layers.inet6 import (
    HBHOptUnknown, ICMPv6EchoReply, ICMPv6EchoRequest, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, in6_chksum)
from scapy.layers.ipsec import AH
from scapy.layers.l2 import ARP, Dot1Q, Ether
from scapy.packet import Raw
from scapy.utils import checksum

EXTENSIONS = (IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting, IPv6ExtHdrFragment, AH)

UPPER = {6: TCP, 17: UDP, 58: ICMPv6EchoRequest}


def random_ip6(rng):
    return "2001:db8:" + ":".join(f"{rng.randrange(1, 1 << 16):x}" for _ in range(6))


def random_ip4(rng):
    return f"{rng.randrange(1, 224)}.{rng.randrange(256)}.{rng.randrange(256)}.{rng.randrange(256)}"


def random_mac(rng):
    return ":".join(f"{rng.randrange(256):02x}" for _ in range(6))


def spoiled(rng, **least):
    """Now and then a checksum of its own, which is nearly always wrong."""
    return {"chksum": rng.randrange(1 << 16)} if rng.random() < 0.2 else least


def transport(rng, v6):
    payload = Raw(rng.randbytes(rng.choice((0, 1, 2, 7, 64, 511))))
    kind = rng.randrange(4)
    ports = {"sport": rng.randrange(1 << 16), "dport": rng.randrange(1 << 16)}
    if kind == 0:
        none = {"chksum": 0} if rng.random() < 0.2 else {}
        return 17, UDP(**ports, **spoiled(rng, **none)) / payload
    if kind == 1:
        options = rng.sample([
            ("MSS", rng.randrange(1 << 16)), ("NOP", None), ("WScale", rng.randrange(15)), ("SAckOK", b""),
            ("Timestamp", (rng.randrange(1 << 32), rng.randrange(1 << 32))),
            ("SAck", (rng.randrange(1 << 32), rng.randrange(1 << 32)))], rng.randrange(6))
        return 6, TCP(seq=rng.randrange(1 << 32), ack=rng.randrange(1 << 32), flags=rng.randrange(1 << 9),
                      window=rng.randrange(1 << 16), urgptr=rng.randrange(1 << 16), options=options,
                      **ports, **spoiled(rng)) / payload
    identity = {"id": rng.randrange(1 << 16), "seq": rng.randrange(1 << 16)}
    if kind == 2 and v6:
        wrong = {"cksum": rng.randrange(1 << 16)} if rng.random() < 0.2 else {}
        return 58, rng.choice((ICMPv6EchoRequest, ICMPv6EchoReply))(**identity, **wrong) / payload
    if kind == 2:
        return 1, ICMP(type=rng.choice((0, 8)), **identity, **spoiled(rng)) / payload
    return rng.choice((89, 132, 253)), payload


def ipv4(rng):
    number, upper = transport(rng, False)
    options = rng.sample([
        IPOption_Router_Alert(), IPOption_NOP(), IPOption_NOP(),
        IPOption_RR(routers=[random_ip4(rng)] * rng.randrange(1, 4), pointer=4)], rng.randrange(4))
    if rng.random() < 0.3:
        options = []
    offset = rng.choice((0, 0, 0, 0, 1, 185, 8191))
    flags = rng.choice((0, 1, 2)) if offset == 0 else rng.choice((0, 1))
    return IP(src=random_ip4(rng), dst=random_ip4(rng), tos=rng.randrange(256), id=rng.randrange(1 << 16),
              ttl=rng.randrange(256), flags=flags, frag=offset, proto=number, options=options, **spoiled(rng)) / upper


def ipv6(rng):
    number, upper = transport(rng, True)
    chain = []
    if rng.random() < 0.4:
        chain.append(IPv6ExtHdrHopByHop(options=[HBHOptUnknown(otype=0x1e, optdata=rng.randbytes(rng.randrange(20)))]))
    if rng.random() < 0.3:
        chain.append(IPv6ExtHdrDestOpt(options=[HBHOptUnknown(otype=0x1e, optdata=rng.randbytes(rng.randrange(40)))]))
    if rng.random() < 0.4:
        hops = [random_ip6(rng) for _ in range(rng.randrange(1, 4))]
        chain.append(IPv6ExtHdrRouting(addresses=hops, segleft=rng.randrange(len(hops) + 1)))
    if rng.random() < 0.4:
        chain.append(IPv6ExtHdrFragment(offset=rng.choice((0, 0, 1, 181, 8191)), m=rng.randrange(2),
                                        id=rng.randrange(1 << 32)))
    if rng.random() < 0.4:
        size = rng.choice((12, 20))
        chain.append(AH(payloadlen=size // 4 + 1, spi=rng.randrange(1 << 32), seq=1, icv=rng.randbytes(size)))
    packet = IPv6(src=random_ip6(rng), dst=random_ip6(rng), tc=rng.randrange(256), fl=rng.randrange(1 << 20),
                  hlim=rng.randrange(256))
    numbers = {IPv6ExtHdrHopByHop: 0, IPv6ExtHdrDestOpt: 60, IPv6ExtHdrRouting: 43, IPv6ExtHdrFragment: 44, AH: 51}
    followers = [numbers[type(header)] for header in chain] + [number]
    packet.nh = followers[0]
    for header, follower in zip(chain, followers[1:]):
        header.nh = follower
        packet = packet / header
    return packet / upper


def arp(rng):
    return ARP(op=rng.choice((1, 2)), hwsrc=random_mac(rng), hwdst=random_mac(rng), psrc=random_ip4(rng),
               pdst=random_ip4(rng))


def build(rng):
    frame = Ether(dst=random_mac(rng), src=random_mac(rng))
    if rng.random() < 0.3:
        frame = frame / Dot1Q(prio=rng.randrange(8), id=rng.randrange(2), vlan=rng.randrange(4096))
    data = bytes(frame / rng.choice((ipv4, ipv4, ipv6, ipv6, ipv6, arp))(rng))
    return data.ljust(60, b"\xa5")  # what pads a short frame is no payload


def verdict(valid):
    return "VALID" if valid else "INVALID"


def options(tcp):
    """Kind and value of each, with the padding left out."""
    told = []
    for name, value in tcp.options:
        if name not in ("NOP", "EOL"):
            words = value if isinstance(value, tuple) else (value,) if isinstance(value, int) else ()
            told.append(f"{TCPOptions[1][name]}:" + ".".join(map(str, words)))
    return ",".join(told)


def upper_fields(number, layer, ip, later):
    """The transport header, and whether its checksum is right; not judged if it is that of a part."""
    whole = not later and not fragment(ip)
    data = layer.original if layer else b""
    if number == 6 and not later:
        yield (f"tcp {layer.sport} {layer.dport} {layer.seq} {layer.ack} {layer.flags.value} {layer.window} "
               f"{layer.urgptr} header={layer.dataofs * 4} payload={len(data) - layer.dataofs * 4} options=[{options(layer)}]")
    elif number == 17 and not later:
        yield f"udp {layer.sport} {layer.dport} {layer.len} payload={layer.len - 8 if whole else len(data) - 8}"
        if isinstance(ip, IP) and layer.chksum == 0:
            whole = False
    elif number in (1, 58) and not later:
        yield f"icmp {layer.type} {layer.code} {layer.id} {layer.seq}"
    else:
        whole = False
    if not whole:
        yield "NOT_CHECKABLE"
    elif number == 1:
        yield verdict(checksum(data) == 0)
    elif isinstance(ip, IP):
        yield verdict(in4_chksum(number, ip, data) == 0)
    elif number == 17 and layer.chksum == 0:
        yield "INVALID"  # RFC 8200 section 8.1
    else:
        yield verdict(in6_chksum(number, layer.underlayer, data) == 0)


def fragment(ip):
    if isinstance(ip, IP):
        return ip.flags.MF or ip.frag != 0
    # A datagram in one fragment is whole (RFC 6946).
    return IPv6ExtHdrFragment in ip and (ip[IPv6ExtHdrFragment].m or ip[IPv6ExtHdrFragment].offset)


def ipv4_fields(ip):
    header = ip.original[:ip.ihl * 4]
    yield (f"v4 {ip.src} {ip.dst} ttl={ip.ttl} tos={ip.tos} id={ip.id} len={ip.len} header={len(header)} "
           f"df={int(ip.flags.DF)} mf={int(ip.flags.MF)} offset={ip.frag * 8} {verdict(checksum(header) == 0)} "
           f"next={ip.proto} protocol={ip.proto}")
    yield from upper_fields(ip.proto, ip.payload, ip, ip.frag != 0)


def ipv6_fields(ip):
    number, layer, offset, more, identity = ip.nh, ip.payload, 0, 0, 0
    while isinstance(layer, EXTENSIONS):
        if isinstance(layer, IPv6ExtHdrFragment):
            offset, more, identity = layer.offset * 8, layer.m, layer.id
            if offset:
                break
        number, layer = layer.nh, layer.payload
    if isinstance(layer, Raw) and number in UPPER and not offset:
        layer = UPPER[number](layer.load, _underlayer=layer.underlayer)  # scapy knows fewer followers of AH
    yield (f"v6 {ip.src} {ip.dst} hop={ip.hlim} tc={ip.tc} flow={ip.fl} len={40 + ip.plen} id={identity} mf={more} "
           f"offset={offset} next={ip.nh} protocol={number}")
    yield from upper_fields(number, layer, ip, offset != 0)


def fields(data):
    frame = Ether(data)
    yield f"{frame.dst} {frame.src}"
    if Dot1Q in frame:
        tag = frame[Dot1Q]
        yield f"vlan={tag.vlan} priority={tag.prio} dei={tag.id} type={tag.type}"
    else:
        yield f"type={frame.type}"
    if ARP in frame:
        arp_part = frame[ARP]
        yield f"arp {arp_part.op} {arp_part.hwsrc} {arp_part.psrc} {arp_part.hwdst} {arp_part.pdst}"
    elif IP in frame:
        yield from ipv4_fields(frame[IP])
    elif IPv6 in frame:
        yield from ipv6_fields(frame[IPv6])


def main():
    if sys.argv[1] == "make":
        rng = random.Random(int(sys.argv[2]))
        frames = [build(rng) for _ in range(int(sys.argv[3]))]
    else:
        with open(sys.argv[2], encoding="ascii") as file:
            frames = [bytes.fromhex(line) for line in file]
    for data in frames:
        print(data.hex() + "\t" + " ".join(fields(data)))


main()
