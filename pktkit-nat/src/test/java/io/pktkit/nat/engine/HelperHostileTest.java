// SPDX-License-Identifier: MIT
package io.pktkit.nat.engine;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.nat.alg.FtpHelper;
import io.pktkit.nat.alg.H323Helper;
import io.pktkit.nat.alg.IrcHelper;
import io.pktkit.nat.alg.PptpHelper;
import io.pktkit.nat.alg.SipHelper;
import io.pktkit.nat.alg.TftpHelper;
import io.pktkit.nat.helper.HelperFlow;
import io.pktkit.nat.helper.HelperPayload;
import io.pktkit.nat.helper.NatHelper;
import io.pktkit.nat.policy.Prefix64;
import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpProtocol;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Helpers on their own, with mutated, truncated and joined text from both sides: nothing is thrown, and nobody else named. */
class HelperHostileTest {

    private static final List<String> SEEDS = List.of(
            "PORT 10,0,0,2,156,65\r\n",
            "EPRT |1|10.0.0.2|40001|\r\n",
            "EPRT |2|2001:db8::2|40001|\r\n",
            "EPSV\r\n",
            "AUTH TLS\r\n",
            "234 go on\r\n",
            "227 Entering Passive Mode (10,0,0,2,156,65)\r\n",
            "229 Entering Extended Passive Mode (|||40001|)\r\n",
            "PRIVMSG b :\1DCC SEND file 167772162 40001 1000\1\r\n",
            "PRIVMSG b :\1DCC RESUME file 40001 500\1\r\n",
            "PRIVMSG b :\1DCC ACCEPT file 40001 500\1\r\n",
            lines(
                    "INVITE sip:b@10.0.0.2 SIP/2.0",
                    "Via: SIP/2.0/UDP 10.0.0.2:5060;received=203.0.113.1;rport=5060",
                    "m: <sip:a@10.0.0.2:5070;transport=tcp>;expires=60",
                    "i: 1",
                    "CSeq: 1 REGISTER",
                    "c: application/sdp",
                    "l: 107",
                    "",
                    "v=0",
                    "o=- 1 1 IN IP4 10.0.0.2",
                    "c=IN IP4 10.0.0.2",
                    "t=0 0",
                    "m=audio 4000/2 RTP/AVP 0",
                    "a=rtcp:4009",
                    "a=rtcp-mux"),
            lines(
                    "SIP/2.0 200 OK",
                    "v: SIP/2.0/TCP 203.0.113.1;received=203.0.113.1",
                    "Contact: sip:a@203.0.113.1,",
                    " \"x\\\"\" <sips:[2001:db8::2]:5061>",
                    "Call-ID: 1",
                    "CSeq: 1 REGISTER",
                    "Expires: 9",
                    "Content-Type: multipart/mixed; boundary=q",
                    "Content-Length: 88",
                    "",
                    "--q",
                    "Content-Type: application/sdp",
                    "",
                    "c=IN IP6 2001:db8::2",
                    "m=audio 65535 RTP/AVP 0",
                    "--q--"),
            "\0\1file\0octet\0",
            "\0\20\0\1\32+<M\0\14\0\0\0\7\0\0",
            "\0\30\0\1\32+<M\0\17\0\0\0\7\0\0\0\0\0\0\0\0\0\0");

    private static String lines(String... lines) {
        return String.join("\r\n", lines) + "\r\n";
    }

    /** Of H.323, each of which names the inside host or the outside. */
    private static final List<byte[]> MESSAGES =
            List.copyOf(H323HelperTest.messages().values());

    private static final class Flow implements HelperFlow {
        final Random random;
        final boolean begunInside;
        final IpAddress inside;
        private static final Prefix64 PREFIX = Prefix64.WELL_KNOWN;
        private final int protocol;
        private @Nullable Object state;

        Flow(Random random) {
            this.random = random;
            this.protocol = random.nextBoolean() ? IpProtocol.TCP : IpProtocol.UDP;
            this.begunInside = random.nextBoolean();
            this.inside = IpAddress.parse(random.nextInt(4) == 0 ? "2001:db8::2" : "10.0.0.2");
        }

        @Override
        public int protocol() {
            return protocol;
        }

        @Override
        public boolean begunInside() {
            return begunInside;
        }

        @Override
        public int namespace() {
            return 1;
        }

        @Override
        public IpAddress inside() {
            return inside;
        }

        @Override
        public int insidePort() {
            return 2000;
        }

        @Override
        public IpAddress outside() {
            return NatWorld.PUBLIC;
        }

        @Override
        public int outsidePort() {
            return 2001;
        }

        @Override
        public IpAddress remote() {
            return NatWorld.SERVER;
        }

        @Override
        public int remotePort() {
            return 21;
        }

        @Override
        public long nowNanos() {
            return 0;
        }

        @Override
        public int open(int protocol, int insidePort, @Nullable IpAddress from, int fromPort, Duration window) {
            assertTrue(insidePort >= 0 && insidePort <= 65_535, "insidePort=" + insidePort);
            assertTrue(protocol == IpProtocol.GRE || insidePort > 0, "insidePort=" + insidePort);
            return random.nextInt(4) == 0 ? -1 : random.nextInt(65_536);
        }

        @Override
        public int openPair(int protocol, int insidePort, @Nullable IpAddress from, Duration window) {
            return -1;
        }

        @Override
        public void close(int protocol, int insidePort) {
            int first = protocol == IpProtocol.GRE ? 0 : 1;
            assertTrue(insidePort >= first && insidePort <= 65_535, "insidePort=" + insidePort);
        }

        @Override
        public int outsidePort(int protocol, int insidePort) {
            assertTrue(insidePort >= 0 && insidePort <= 65_535, "insidePort=" + insidePort);
            return random.nextInt(4) == 0 ? -1 : random.nextInt(65_536);
        }

        @Override
        public int insidePort(int protocol, int outsidePort) {
            assertTrue(outsidePort >= 0 && outsidePort <= 65_535, "outsidePort=" + outsidePort);
            return random.nextInt(4) == 0 ? -1 : random.nextInt(65_536);
        }

        @Override
        public void follow(int protocol, int insidePort, @Nullable Object begins, Duration window) {
            assertTrue(insidePort > 0 && insidePort <= 65_535, "insidePort=" + insidePort);
        }

        @Override
        public void follow(int protocol, IpAddress remote, int remotePort, @Nullable Object begins, Duration window) {
            assertTrue(remote.isIpv4() && remotePort > 0 && remotePort <= 65_535, "remotePort=" + remotePort);
        }

        @Override
        public @Nullable IpAddress toInside(IpAddress there) {
            return inside.isIpv4() == there.isIpv4() ? there : there.isIpv4() ? PREFIX.embed(there) : null;
        }

        @Override
        public @Nullable IpAddress toOutside(IpAddress here) {
            return here.isIpv4() ? here : null;
        }

        @Override
        public @Nullable Object state() {
            return state;
        }

        @Override
        public void state(@Nullable Object kept) {
            state = kept;
        }

        @Override
        public boolean keep(int octets) {
            assertTrue(octets >= 0, "octets=" + octets);
            return random.nextInt(4) != 0;
        }

        @Override
        public void leave() {}
    }

    private static final class Payload implements HelperPayload {
        private final Random random;
        private final boolean outward;
        private byte[] bytes;

        Payload(Random random, byte[] bytes) {
            this.random = random;
            this.outward = random.nextBoolean();
            this.bytes = bytes;
        }

        @Override
        public boolean isOutward() {
            return outward;
        }

        @Override
        public int length() {
            return bytes.length;
        }

        @Override
        public int at(int index) {
            return bytes[Objects.checkIndex(index, bytes.length)] & 0xFF;
        }

        @Override
        public ByteBuffer bytes() {
            return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
        }

        @Override
        public boolean hold(int from) {
            Objects.checkIndex(from, bytes.length);
            return random.nextBoolean();
        }

        @Override
        public boolean replace(int from, int to, byte[] with) {
            Objects.checkFromToIndex(from, to, bytes.length);
            assertTrue(from < to);
            if (random.nextInt(8) == 0) {
                return false;
            }
            byte[] changed = Arrays.copyOf(bytes, bytes.length + with.length - (to - from));
            System.arraycopy(with, 0, changed, from, with.length);
            System.arraycopy(bytes, to, changed, from + with.length, bytes.length - to);
            bytes = changed;
            return true;
        }
    }

    private static byte[] text(Random random) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            boolean binary = random.nextInt(3) == 0;
            byte[] bytes = binary
                    ? MESSAGES.get(random.nextInt(MESSAGES.size())).clone()
                    : SEEDS.get(random.nextInt(SEEDS.size())).getBytes(StandardCharsets.ISO_8859_1);
            for (int change = random.nextInt(4); change > 0; change--) {
                bytes[random.nextInt(bytes.length)] = (byte)
                        (random.nextBoolean()
                                ? random.nextInt()
                                : "0,|() \1\n\r:;<>@[]\"=/mc".charAt(random.nextInt(21)));
            }
            int from = random.nextInt(6) == 0 ? random.nextInt(bytes.length) : 0;
            text.write(bytes, from, random.nextInt(6) == 0 ? random.nextInt(bytes.length - from) : bytes.length - from);
        }
        return text.toByteArray();
    }

    private static void run(long seed, int payloads) {
        Random random = new Random(seed);
        List<NatHelper> helpers = List.of(
                new FtpHelper(),
                new IrcHelper(),
                new PptpHelper(),
                new TftpHelper(),
                new SipHelper(),
                new H323Helper());
        Flow flow = new Flow(random);
        for (int i = 0; i < payloads; i++) {
            if (random.nextInt(20) == 0) {
                flow = new Flow(random);
            }
            NatHelper helper = helpers.get(random.nextInt(helpers.size()));
            Object state = flow.state();
            Payload payload = new Payload(random, text(random));
            try {
                helper.payload(flow, payload);
            } catch (RuntimeException thrown) {
                throw new AssertionError("seed=" + seed + " i=" + i + " helper=" + helper.name(), thrown);
            }
            if (random.nextInt(3) == 0) {
                flow.state(state);
            }
        }
    }

    @Test
    void shouldSurviveAnyText() {
        for (long seed = 0; seed < 10; seed++) {
            run(seed, 20_000);
        }
    }

    @Test
    @Tag("long")
    void shouldSurviveAMillionTexts() {
        for (long seed = 100; seed < 110; seed++) {
            run(seed, 1_000_000);
        }
    }
}
