// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import static io.pktkit.afxdp.internal.bpf.Condition.EQUAL;
import static io.pktkit.afxdp.internal.bpf.Condition.GREATER;
import static io.pktkit.afxdp.internal.bpf.Condition.LESS;
import static io.pktkit.afxdp.internal.bpf.Condition.NOT_EQUAL;
import static io.pktkit.afxdp.internal.bpf.Register.R0;
import static io.pktkit.afxdp.internal.bpf.Register.R1;
import static io.pktkit.afxdp.internal.bpf.Register.R10;
import static io.pktkit.afxdp.internal.bpf.Register.R2;
import static io.pktkit.afxdp.internal.bpf.Register.R3;
import static io.pktkit.afxdp.internal.bpf.Register.R4;
import static io.pktkit.afxdp.internal.bpf.Register.R5;
import static io.pktkit.afxdp.internal.bpf.Register.R6;
import static io.pktkit.afxdp.internal.bpf.Register.R7;
import static io.pktkit.afxdp.internal.bpf.Register.R8;
import static io.pktkit.afxdp.internal.bpf.Width.U16;
import static io.pktkit.afxdp.internal.bpf.Width.U32;
import static io.pktkit.afxdp.internal.bpf.Width.U8;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.internal.bpf.Assembler;
import io.pktkit.afxdp.internal.bpf.Assembler.Label;
import io.pktkit.afxdp.internal.bpf.Instruction;
import io.pktkit.afxdp.internal.bpf.Register;
import io.pktkit.wire.EtherType;
import io.pktkit.wire.IpProtocol;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The program: what of a frame is looked up where, and what is answered. It never answers XDP_TX.
 *
 * <p>Registers: R6 the context, R7 the frame, R8 its end, which calls leave alone. After a lookup R0 is the list of rules,
 * R3 the protocol and R4 the port at the captured address, or {@link #NO_PORT}.
 *
 * <p>Each packet byte that is read was compared with the end before, as the verifier wants it. The keys of a lookup are on
 * the stack, where the verifier wants them aligned to four bytes.
 */
public final class CaptureProgram {

    /** {@code enum xdp_action}, linux/bpf.h. */
    public static final int XDP_ABORTED = 0;

    /** Dropped. */
    public static final int XDP_DROP = 1;

    /** Left to the host. */
    public static final int XDP_PASS = 2;

    /** Given to a socket. */
    public static final int XDP_REDIRECT = 4;

    private static final int BPF_FUNC_MAP_LOOKUP_ELEM = 1;
    private static final int BPF_FUNC_REDIRECT_MAP = 51;

    // struct xdp_md { u32 data; u32 data_end; u32 data_meta; u32 ingress_ifindex; u32 rx_queue_index; }
    private static final int CONTEXT_DATA = 0;
    private static final int CONTEXT_END = 4;
    private static final int CONTEXT_QUEUE = 16;

    private static final int ETHERNET = 14;
    private static final int ETHER_TYPE = 12;

    // From the start of the frame, RFC 791 section 3.1
    private static final int IPV4_LENGTH = ETHERNET + 20;
    private static final int IPV4_VERSION_IHL = ETHERNET;
    private static final int IPV4_FRAGMENT = ETHERNET + 6;
    private static final int IPV4_PROTOCOL = ETHERNET + 9;
    private static final int IPV4_SOURCE = ETHERNET + 12;
    private static final int IPV4_DESTINATION = ETHERNET + 16;
    private static final int IPV4_FRAGMENT_OFFSET_MASK = 0x1fff;

    // RFC 8200 section 3
    private static final int IPV6_LENGTH = ETHERNET + 40;
    private static final int IPV6_NEXT_HEADER = ETHERNET + 6;
    private static final int IPV6_SOURCE = ETHERNET + 8;
    private static final int IPV6_DESTINATION = ETHERNET + 24;

    // RFC 4861 section 4.3
    private static final int SOLICITATION_LENGTH = IPV6_LENGTH + 24;
    private static final int SOLICITATION_TYPE = IPV6_LENGTH;
    private static final int SOLICITATION_TARGET = IPV6_LENGTH + 8;
    private static final int NEIGHBOR_SOLICITATION = 135;

    // RFC 826, for IPv4 on Ethernet
    private static final int ARP_LENGTH = ETHERNET + 28;
    private static final int ARP_PROTOCOL = ETHERNET + 2;
    private static final int ARP_SENDER = ETHERNET + 14;
    private static final int ARP_TARGET = ETHERNET + 24;

    private static final int SOURCE_PORT = 0;
    private static final int DESTINATION_PORT = 2;
    private static final int PORTS_LENGTH = 4;

    /** Equals no port, of which each has 16 bits. */
    private static final int NO_PORT = 0x10000;

    /** {@code struct bpf_lpm_trie_key}: the length in bits, and the address. The longest key is that of IPv6. */
    private static final int KEY = -(4 + 16);

    private final CaptureConfig config;
    private final Maps maps;
    private final int missFlags;
    private final Assembler code = new Assembler();
    private final Label captured = code.label("captured");
    private final Label others = code.label("others");

    /**
     * The descriptors of the maps.
     *
     * @param ipv4 the trie of IPv4
     * @param ipv6 the trie of IPv6
     * @param sockets the sockets by queue
     */
    public record Maps(int ipv4, int ipv6, int sockets) {}

    /** A family: where its parts are. */
    private enum Family {
        IPV4(4, IPV4_SOURCE, IPV4_DESTINATION),
        IPV6(16, IPV6_SOURCE, IPV6_DESTINATION);

        final int addressLength;
        final int source;
        final int destination;

        Family(int addressLength, int source, int destination) {
            this.addressLength = addressLength;
            this.source = source;
            this.destination = destination;
        }
    }

    private CaptureProgram(CaptureConfig config, Maps maps, int missFlags) {
        this.config = config;
        this.maps = maps;
        this.missFlags = missFlags;
    }

    /**
     * Assembles the program.
     *
     * @param config what it looks at
     * @param maps what it looks it up in
     * @param missFlags what a captured frame gets on a queue without a socket: {@link #XDP_PASS}, or 0 where the kernel
     *     is older than 5.3 and takes no other, which drops it
     * @return the instructions
     */
    public static List<Instruction> assemble(CaptureConfig config, Maps maps, int missFlags) {
        return new CaptureProgram(config, maps, missFlags).assemble();
    }

    /**
     * Assembles a program that answers whether the kernel takes the flags: it leads into a map without sockets.
     *
     * @param sockets the map
     * @return the instructions
     */
    public static List<Instruction> missProbe(int sockets) {
        return new Assembler()
                .loadMap(R1, sockets)
                .move(R2, 0)
                .move(R3, XDP_PASS)
                .call(BPF_FUNC_REDIRECT_MAP)
                .exit()
                .assemble();
    }

    private List<Instruction> assemble() {
        Label ipv4 = code.label("ipv4");
        Label ipv6 = code.label("ipv6");
        Label arp = code.label("arp");

        code.move(R6, R1).load(U32, R7, R6, CONTEXT_DATA).load(U32, R8, R6, CONTEXT_END);
        require(R7, ETHERNET, others);
        code.load(U16, R2, R7, ETHER_TYPE)
                .jumpIf(R2, EQUAL, network(EtherType.IPV4), ipv4)
                .jumpIf(R2, EQUAL, network(EtherType.IPV6), ipv6);
        if (config.arp()) {
            code.jumpIf(R2, EQUAL, network(EtherType.ARP), arp);
        }
        code.jump(others);

        code.place(ipv4);
        require(R7, IPV4_LENGTH, others);
        packet(Family.IPV4);

        code.place(ipv6);
        require(R7, IPV6_LENGTH, others);
        if (config.neighborDiscovery() && config.match().destination()) {
            solicitation();
        }
        packet(Family.IPV6);

        if (config.arp()) {
            code.place(arp);
            arp();
        }
        verdicts();
        return code.assemble();
    }

    private void packet(Family family) {
        if (config.match().destination()) {
            match(family, family.destination, DESTINATION_PORT);
        }
        if (config.match().source()) {
            match(family, family.source, SOURCE_PORT);
        }
        code.jump(others);
    }

    /** A solicitation is about its target: the group that it is sent to is shared by addresses that end alike. */
    private void solicitation() {
        Label none = code.label("no solicitation");
        code.load(U8, R1, R7, IPV6_NEXT_HEADER).jumpIf(R1, NOT_EQUAL, IpProtocol.ICMPV6, none);
        require(R7, SOLICITATION_LENGTH, none);
        code.load(U8, R1, R7, SOLICITATION_TYPE).jumpIf(R1, NOT_EQUAL, NEIGHBOR_SOLICITATION, none);
        matchWhole(Family.IPV6, SOLICITATION_TARGET);
        code.place(none);
    }

    /** Of ARP only what is about IPv4: with others the addresses are elsewhere. */
    private void arp() {
        require(R7, ARP_LENGTH, others);
        code.load(U16, R2, R7, ARP_PROTOCOL).jumpIf(R2, NOT_EQUAL, network(EtherType.IPV4), others);
        if (config.match().destination()) {
            matchWhole(Family.IPV4, ARP_TARGET);
        }
        if (config.match().source()) {
            matchWhole(Family.IPV4, ARP_SENDER);
        }
        code.jump(others);
    }

    private void verdicts() {
        code.place(captured)
                .loadMap(R1, maps.sockets())
                .load(U32, R2, R6, CONTEXT_QUEUE)
                .move(R3, missFlags)
                .call(BPF_FUNC_REDIRECT_MAP)
                .exit();
        code.place(others).move(R0, config.dropOthers() ? XDP_DROP : XDP_PASS).exit();
    }

    /** Captures if a rule of the address takes the packet, else goes on. */
    private void match(Family family, int address, int portAt) {
        Label miss = code.label("miss");
        lookUp(family, address, miss);
        // The first rule alone can be the one that takes all, and then nothing else of the packet is read.
        code.load(U8, R1, R0, RuleList.KIND_OFFSET).jumpIf(R1, EQUAL, RuleList.KIND_ANY, captured);
        transport(family, portAt);
        for (int i = 0; i < config.maxRules(); i++) {
            Label next = code.label("next");
            int rule = i * RuleList.RULE_SIZE;
            code.load(U8, R1, R0, rule + RuleList.KIND_OFFSET).jumpIf(R1, EQUAL, RuleList.KIND_END, miss);
            code.load(U8, R2, R0, rule + RuleList.PROTOCOL_OFFSET).jumpIf(R2, NOT_EQUAL, R3, next);
            code.jumpIf(R1, EQUAL, RuleList.KIND_PROTOCOL, captured);
            code.load(U16, R2, R0, rule + RuleList.PORT_OFFSET).jumpIf(R2, EQUAL, R4, captured);
            code.place(next);
        }
        code.place(miss);
    }

    /** Captures if the address is captured whole, else goes on. */
    private void matchWhole(Family family, int address) {
        Label miss = code.label("miss");
        lookUp(family, address, miss);
        code.load(U8, R1, R0, RuleList.KIND_OFFSET).jumpIf(R1, EQUAL, RuleList.KIND_ANY, captured);
        code.place(miss);
    }

    /** Leaves the rules of the address in R0. */
    private void lookUp(Family family, int address, Label miss) {
        code.move(R1, family.addressLength * Byte.SIZE).store(U32, R10, KEY, R1);
        for (int i = 0; i < family.addressLength; i += 4) {
            code.load(U32, R1, R7, address + i).store(U32, R10, KEY + 4 + i, R1);
        }
        code.loadMap(R1, family == Family.IPV4 ? maps.ipv4() : maps.ipv6())
                .move(R2, R10)
                .add(R2, KEY)
                .call(BPF_FUNC_MAP_LOOKUP_ELEM)
                .jumpIf(R0, EQUAL, 0, miss);
    }

    /** Leaves protocol and port in R3 and R4. */
    private void transport(Family family, int portAt) {
        Label done = code.label("no port");
        code.move(R4, NO_PORT);
        if (family == Family.IPV4) {
            code.load(U8, R3, R7, IPV4_PROTOCOL);
            // Only the first fragment has the ports.
            code.load(U16, R1, R7, IPV4_FRAGMENT).and(R1, network(IPV4_FRAGMENT_OFFSET_MASK));
            code.jumpIf(R1, NOT_EQUAL, 0, done);
            code.load(U8, R2, R7, IPV4_VERSION_IHL).and(R2, 0x0f).shiftLeft(R2, 2);
            code.jumpIf(R2, LESS, IPV4_LENGTH - ETHERNET, done);
            code.move(R5, R7).add(R5, ETHERNET).add(R5, R2);
        } else {
            code.load(U8, R3, R7, IPV6_NEXT_HEADER);
            code.move(R5, R7).add(R5, IPV6_LENGTH);
        }
        require(R5, PORTS_LENGTH, done);
        code.load(U16, R4, R5, portAt);
        code.place(done);
    }

    /** Goes to a label unless that many bytes follow; R1 is used. */
    private void require(Register from, int bytes, Label otherwise) {
        code.move(R1, from).add(R1, bytes).jumpIf(R1, GREATER, R8, otherwise);
    }

    /** What two bytes of the network look like when this machine loads them. */
    private static int network(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Short.reverseBytes((short) value) & 0xffff;
    }
}
