// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.internal.kernel.LoadedCapture;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Frames and rules from few addresses, protocols and ports, so that they meet often; some cut, some damaged. */
public final class FrameGenerator {

    private static final List<IpPrefix> PREFIXES = List.of(
            IpPrefix.parse("10.0.0.1/32"),
            IpPrefix.parse("10.0.0.0/30"),
            IpPrefix.parse("10.0.0.0/8"),
            IpPrefix.parse("128.0.0.0/2"),
            IpPrefix.parse("fd00::1/128"),
            IpPrefix.parse("fd00::/64"),
            IpPrefix.parse("fd00::/17"));

    private static final String[] IPV4 = {"10.0.0.1", "10.0.0.2", "10.1.2.3", "192.0.2.1", "9.255.255.255"};
    private static final String[] IPV6 = {"fd00::1", "fd00::2", "fd00:0:0:1::1", "fd00:7fff::", "2001:db8::1"};
    private static final int[] PROTOCOLS = {1, 6, 17, 47, 58, 44};
    private static final int[] PORTS = {53, 80, 0x3500, 1000};

    private final Random random;
    private final List<IpPrefix> held = new ArrayList<>();

    /** Frames from a seed. */
    public FrameGenerator(Random random) {
        this.random = random;
    }

    /** Changes both alike: a rule more, or a prefix less when there is no room. */
    public void change(LoadedCapture capture, ProgramModel model) throws IOException {
        IpPrefix prefix = PREFIXES.get(random.nextInt(PREFIXES.size()));
        CaptureRule rule = switch (random.nextInt(4)) {
            case 0 -> CaptureRule.any();
            case 1 -> CaptureRule.protocol(of(PROTOCOLS));
            default -> CaptureRule.port(random.nextBoolean() ? 6 : 17, of(PORTS));
        };
        boolean fits = random.nextInt(3) != 0;
        if (fits) {
            try {
                capture.add(prefix, rule);
                model.add(prefix, rule);
                held.add(prefix);
            } catch (IllegalArgumentException full) {
                fits = false;
            }
        }
        if (!fits && !held.isEmpty()) {
            IpPrefix gone = held.remove(random.nextInt(held.size()));
            capture.remove(gone);
            model.remove(gone);
        }
    }

    /** A frame of at least 14 bytes. */
    public byte[] next() {
        byte[] payload = random.nextInt(6) == 0 ? new byte[random.nextInt(4)] : TestFrames.ports(of(PORTS), of(PORTS));
        byte[] frame = switch (random.nextInt(8)) {
            case 0 -> TestFrames.arp(of(IPV4), of(IPV4));
            case 1 -> TestFrames.solicitation(of(IPV6), of(IPV6));
            case 2, 3, 4 ->
                TestFrames.ipv4(
                        of(IPV4),
                        of(IPV4),
                        of(PROTOCOLS),
                        random.nextInt(3) == 0 ? random.nextInt(16) : 5,
                        random.nextInt(3) == 0 ? random.nextInt(0x10000) : 0,
                        payload);
            default -> TestFrames.ipv6(of(IPV6), of(IPV6), of(PROTOCOLS), payload);
        };
        if (random.nextInt(8) == 0) {
            frame = Arrays.copyOf(frame, 14 + random.nextInt(frame.length - 13));
        }
        if (random.nextInt(8) == 0) {
            frame[12 + random.nextInt(frame.length - 12)] ^= (byte) (1 << random.nextInt(8));
        }
        return frame;
    }

    private String of(String... all) {
        return all[random.nextInt(all.length)];
    }

    private int of(int... all) {
        return all[random.nextInt(all.length)];
    }
}
