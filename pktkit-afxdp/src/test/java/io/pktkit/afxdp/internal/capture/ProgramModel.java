// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.capture;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/** The program in the {@link Interpreter}, with a set that can be changed and a queue that has no socket. */
public final class ProgramModel {

    private static final CaptureProgram.Maps MAPS = new CaptureProgram.Maps(4, 6, 8);

    private final CaptureConfig config;
    private final int missFlags;
    private CaptureSet set;
    private Interpreter machine;

    /** With nothing captured. */
    public ProgramModel(CaptureConfig config, int missFlags) {
        this.config = config;
        this.missFlags = missFlags;
        this.set = CaptureSet.empty(config);
        this.machine = machine();
    }

    /** Captures by a rule more. */
    public void add(IpPrefix prefix, CaptureRule rule) {
        set = set.with(prefix, rule);
        machine = machine();
    }

    /** Captures nothing of a prefix any more. */
    public void remove(IpPrefix prefix) {
        set = set.without(prefix);
        machine = machine();
    }

    /** The verdict on a frame. */
    public int run(byte[] frame) {
        return machine.run(frame);
    }

    private Interpreter machine() {
        Map<String, byte[]> ipv4 = new HashMap<>();
        Map<String, byte[]> ipv6 = new HashMap<>();
        for (CaptureSet.Change change : set.changes(CaptureSet.empty(config))) {
            StringBuilder bits = new StringBuilder();
            for (byte b : change.prefix().address().toBytes()) {
                bits.append(Integer.toBinaryString((b & 0xff) | 0x100), 1, 9);
            }
            (change.prefix().family() == IpFamily.IPV4 ? ipv4 : ipv6)
                    .put(
                            bits.substring(0, change.prefix().length()),
                            RuleList.encode(Objects.requireNonNull(change.rules()), config.maxRules()));
        }
        return new Interpreter(CaptureProgram.assemble(config, MAPS, missFlags), MAPS, ipv4, ipv6, false);
    }
}
