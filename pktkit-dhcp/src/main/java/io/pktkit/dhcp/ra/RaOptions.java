// SPDX-License-Identifier: MIT
package io.pktkit.dhcp.ra;

import io.pktkit.dhcp.internal.DomainNames;
import io.pktkit.wire.ChecksumStatus;
import io.pktkit.wire.IcmpMessage;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpHeader;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.IpProtocol;
import io.pktkit.wire.MacAddress;
import io.pktkit.wire.Packet;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads and writes the octets of advertisements. Reading is total. */
final class RaOptions {
    /** Type, code, checksum, hop limit, flags, lifetime, and two times. */
    static final int HEADER_LENGTH = 16;

    /** Of a solicitation: type, code, checksum, and four octets for later. */
    static final int SOLICITATION_LENGTH = 8;

    static final int SOURCE_LINK_LAYER = 1; // RFC 4861 section 4.6.1
    static final int PREFIX = 3;
    static final int MTU = 5;
    static final int RDNSS = 25; // RFC 8106
    static final int DNSSL = 31;
    static final int PREF64 = 38; // RFC 8781

    static final int MAX_PREF64_SECONDS = 0x1FFF * 8;

    /** What an option holds, the length of which is 255 units of eight octets at most (RFC 4861 section 4.6). */
    static final int MAX_SERVERS = 127;

    static final int MAX_DOMAIN_OCTETS = 254 * 8;

    /** The hop limit that shows that no router has passed it on. */
    static final int LOCAL_HOP_LIMIT = 255;

    private static final int MANAGED = 0x80;
    private static final int OTHER = 0x40;
    private static final int ON_LINK = 0x80;
    private static final int AUTONOMOUS = 0x40;

    /** The lengths that RFC 8781 section 4 has codes for, in their order. */
    private static final int[] PREF64_LENGTHS = {96, 64, 56, 48, 40, 32};

    /** As many of each kind as any link has use for: what a host keeps is bounded. */
    private static final int MAX_OF_A_KIND = 16;

    private RaOptions() {}

    static int pref64Code(int length) {
        for (int code = 0; code < PREF64_LENGTHS.length; code++) {
            if (PREF64_LENGTHS[code] == length) {
                return code;
            }
        }
        return -1;
    }

    /** The message of a packet if it is one of Neighbor Discovery of a type, from the link itself, and whole. */
    static @Nullable IcmpMessage validMessage(Packet packet, int type, int least) {
        if (!packet.isIpv6()
                || packet.hopLimit() != LOCAL_HOP_LIMIT
                || packet.protocol() != IpProtocol.ICMPV6
                || packet.isFragment()) { // RFC 6980 section 5, atomic ones too
            return null;
        }
        IcmpMessage message = packet.icmp();
        if (message == null) {
            return null;
        }
        boolean valid = message.isValid()
                && message.type() == type
                && message.code() == 0
                && message.length() >= least
                && packet.verifyTransportChecksum() == ChecksumStatus.VALID;
        return valid && areOptionsWhole(message, least) ? message : null;
    }

    private static boolean areOptionsWhole(IcmpMessage message, int from) {
        int at = from;
        while (at < message.length()) {
            int length = at + 1 < message.length() ? (message.buffer().get(message.offset() + at + 1) & 0xFF) * 8 : 0;
            if (length == 0 || length > message.length() - at) {
                return false;
            }
            at += length;
        }
        return true;
    }

    static RouterAdvertisement read(ByteBuffer buffer, int offset, int length) {
        int flags = buffer.get(offset + 5);
        MacAddress mac = null;
        int mtu = 0;
        List<AdvertisedPrefix> prefixes = new ArrayList<>(1);
        long dnsSeconds = 0;
        long domainSeconds = 0;
        List<IpAddress> servers = new ArrayList<>(1);
        List<IpAddress> withdrawn =
                new ArrayList<>(0); // RFC 8106 section 5.1: with a lifetime of zero, not to be used any more
        List<String> domains = new ArrayList<>(1);
        IpPrefix pref64 = null;
        int pref64Seconds = 0;
        for (int at = offset + HEADER_LENGTH; at < offset + length; ) {
            int size = (buffer.get(at + 1) & 0xFF) * 8;
            switch (buffer.get(at) & 0xFF) {
                case SOURCE_LINK_LAYER -> mac = size == 8 ? MacAddress.of(buffer.getLong(at) & 0xFFFF_FFFF_FFFFL) : mac;
                case MTU -> mtu = size == 8 ? Math.max(0, buffer.getInt(at + 4)) : mtu;
                case PREFIX -> addPrefix(buffer, at, size, prefixes);
                case RDNSS -> {
                    boolean holds = size >= 24 && buffer.getInt(at + 4) != 0;
                    addServers(buffer, at, size, holds ? servers : withdrawn);
                    dnsSeconds = holds ? Math.max(dnsSeconds, buffer.getInt(at + 4) & 0xFFFF_FFFFL) : dnsSeconds;
                }
                case DNSSL -> domainSeconds = Math.max(domainSeconds, addDomains(buffer, at, size, domains));
                case PREF64 -> {
                    int word = buffer.getShort(at + 2) & 0xFFFF;
                    if (size == 16 && (word & 7) < PREF64_LENGTHS.length) {
                        IpAddress address =
                                IpAddress.ofIpv6(buffer.getLong(at + 4), (long) buffer.getInt(at + 12) << 32);
                        pref64 = IpPrefix.of(address, PREF64_LENGTHS[word & 7]).masked();
                        pref64Seconds = (word >>> 3) * 8;
                    }
                }
                default -> {} // RFC 4861 section 6.1.2: passed over
            }
            at += size;
        }
        return new RouterAdvertisement(
                buffer.get(offset + 4) & 0xFF,
                (flags & MANAGED) != 0,
                (flags & OTHER) != 0,
                buffer.getShort(offset + 6) & 0xFFFF,
                mac,
                mtu,
                prefixes,
                servers.isEmpty() && withdrawn.isEmpty() ? domainSeconds : dnsSeconds,
                servers.isEmpty() ? withdrawn : servers,
                domains,
                pref64,
                pref64Seconds);
    }

    private static void addPrefix(ByteBuffer buffer, int at, int size, List<AdvertisedPrefix> prefixes) {
        int bits = buffer.get(at + 2) & 0xFF;
        if (size != 32 || bits > 128 || prefixes.size() >= MAX_OF_A_KIND) {
            return;
        }
        int flags = buffer.get(at + 3);
        long valid = buffer.getInt(at + 4) & 0xFFFF_FFFFL;
        long preferred = buffer.getInt(at + 8) & 0xFFFF_FFFFL;
        IpAddress address = IpAddress.ofIpv6(buffer.getLong(at + 16), buffer.getLong(at + 24));
        IpPrefix prefix = IpPrefix.of(address, bits).masked();
        // RFC 4862 section 5.5.3: such an option is ignored. Without its host bits a prefix may be one that it was not
        // before.
        boolean ofHosts = !address.isLinkLocal()
                && !prefix.address().isLinkLocal()
                && !prefix.address().isMulticast()
                && !address.isMulticast();
        if (preferred <= valid && ofHosts) {
            prefixes.add(
                    new AdvertisedPrefix(prefix, (flags & ON_LINK) != 0, (flags & AUTONOMOUS) != 0, valid, preferred));
        }
    }

    private static void addServers(ByteBuffer buffer, int at, int size, List<IpAddress> servers) {
        for (int from = at + 8; from + 16 <= at + size && servers.size() < MAX_OF_A_KIND; from += 16) {
            servers.add(IpAddress.ofIpv6(buffer.getLong(from), buffer.getLong(from + 8)));
        }
    }

    private static long addDomains(ByteBuffer buffer, int at, int size, List<String> domains) {
        byte[] names = new byte[Math.max(0, size - 8)];
        buffer.get(at + 8, names);
        for (String domain : DomainNames.decodeSearch(withoutPadding(names))) {
            int octets = DomainNames.encodedLength(domains) + DomainNames.encodedLength(List.of(domain));
            if (domains.size() < MAX_OF_A_KIND && octets <= MAX_DOMAIN_OCTETS) {
                domains.add(domain);
            }
        }
        return buffer.getInt(at + 4) & 0xFFFF_FFFFL;
    }

    /** RFC 8106 section 5.2: zeros after the end of the last name. */
    private static byte[] withoutPadding(byte[] names) {
        int end = names.length;
        while (end > 1 && names[end - 1] == 0 && names[end - 2] == 0) {
            end--;
        }
        return Arrays.copyOf(names, end);
    }

    static ByteBuffer toPacket(RouterAdvertisement said, IpAddress source, IpAddress destination) {
        byte[] domains = DomainNames.encodeSearch(said.searchDomains());
        int domainsLength = domains.length == 0 ? 0 : 8 + (domains.length + 7) / 8 * 8;
        MacAddress mac = said.sourceMac();
        IpPrefix pref64 = said.pref64();
        int length = HEADER_LENGTH
                + (mac == null ? 0 : 8)
                + (said.mtu() == 0 ? 0 : 8)
                + 32 * said.prefixes().size()
                + (said.dnsServers().isEmpty() ? 0 : 8 + 16 * said.dnsServers().size())
                + domainsLength
                + (pref64 == null ? 0 : 16);
        int header = IpHeader.length(IpFamily.IPV6);
        ByteBuffer packet = ByteBuffer.allocate(header + length);
        IpHeader.write(packet, 0, source, destination, IpProtocol.ICMPV6, length, LOCAL_HOP_LIMIT, 0, 0, false);
        packet.position(header);
        packet.put((byte) IcmpMessage.V6_ROUTER_ADVERTISEMENT).put((byte) 0).putShort((short) 0);
        packet.put((byte) said.hopLimit());
        packet.put((byte) ((said.managed() ? MANAGED : 0) | (said.otherConfiguration() ? OTHER : 0)));
        packet.putShort((short) said.routerLifetimeSeconds()).putInt(0).putInt(0);
        if (mac != null) {
            packet.putLong((long) SOURCE_LINK_LAYER << 56 | 1L << 48 | mac.toLong());
        }
        if (said.mtu() != 0) {
            packet.put((byte) MTU).put((byte) 1).putShort((short) 0).putInt(said.mtu());
        }
        said.prefixes().forEach(prefix -> putPrefix(packet, prefix));
        if (!said.dnsServers().isEmpty()) {
            packet.put((byte) RDNSS)
                    .put((byte) (1 + 2 * said.dnsServers().size()))
                    .putShort((short) 0);
            packet.putInt((int) said.dnsLifetimeSeconds());
            said.dnsServers().forEach(server -> packet.put(server.toBytes()));
        }
        if (domainsLength > 0) {
            int end = packet.position() + domainsLength;
            packet.put((byte) DNSSL).put((byte) (domainsLength / 8)).putShort((short) 0);
            packet.putInt((int) said.dnsLifetimeSeconds()).put(domains).position(end);
        }
        if (pref64 != null) {
            int units = (said.pref64LifetimeSeconds() + 7) / 8;
            packet.put((byte) PREF64).put((byte) 2).putShort((short) (units << 3 | pref64Code(pref64.length())));
            packet.putLong(pref64.address().high())
                    .putInt((int) (pref64.address().low() >>> 32));
        }
        packet.flip();
        new Packet().wrap(packet).recomputeTransportChecksum();
        return packet;
    }

    private static void putPrefix(ByteBuffer packet, AdvertisedPrefix prefix) {
        packet.put((byte) PREFIX).put((byte) 4).put((byte) prefix.prefix().length());
        packet.put((byte) ((prefix.onLink() ? ON_LINK : 0) | (prefix.autonomous() ? AUTONOMOUS : 0)));
        packet.putInt((int) prefix.validSeconds())
                .putInt((int) prefix.preferredSeconds())
                .putInt(0);
        packet.put(prefix.prefix().address().toBytes());
    }
}
