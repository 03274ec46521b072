// SPDX-License-Identifier: MIT
package io.pktkit.afxdp.internal.kernel;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.internal.bpf.Programs;
import io.pktkit.afxdp.internal.capture.CaptureProgram;
import io.pktkit.afxdp.internal.capture.CaptureSet;
import io.pktkit.afxdp.internal.capture.RuleList;
import io.pktkit.nativeio.Bpf;
import io.pktkit.nativeio.Errno;
import io.pktkit.nativeio.NativeFd;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.XdpSocket;
import io.pktkit.wire.IpFamily;
import io.pktkit.wire.IpPrefix;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The maps and the program of a capture, loaded and not attached. Any thread; changes are made one at a time.
 *
 * <p>A change is checked whole before anything is written. Should the kernel refuse part of it, what was written is put
 * back, and the record stays what it was.
 */
public final class LoadedCapture implements AutoCloseable {

    static final String NAME = "pktkit_capture";
    private static final int KEY_HEADER = 4;

    /** For the probe, which looks at no byte. */
    private static final byte[] ANY_FRAME = new byte[64];

    private final CaptureConfig config;
    private final List<NativeFd> opened;
    private final NativeFd ipv4;
    private final NativeFd ipv6;
    private final NativeFd sockets;
    private final NativeFd program;

    /** What the tries hold. By this object's lock. */
    private CaptureSet set;

    private LoadedCapture(CaptureConfig config, List<NativeFd> opened, int missFlags) throws IOException {
        this.config = config;
        this.opened = opened;
        this.set = CaptureSet.empty(config);
        int valueSize = config.maxRules() * RuleList.RULE_SIZE;
        ipv4 = keep(trie("pktkit_ipv4", IpFamily.IPV4, valueSize));
        ipv6 = keep(trie("pktkit_ipv6", IpFamily.IPV6, valueSize));
        sockets =
                keep(Bpf.createMap("pktkit_sockets", Bpf.XSKMAP, Integer.BYTES, Integer.BYTES, config.maxQueues(), 0));
        int flags = missFlags >= 0 ? missFlags : probeMissFlags(sockets);
        program = keep(Bpf.loadXdp(
                NAME,
                maps -> Programs.encode(
                        CaptureProgram.assemble(config, new CaptureProgram.Maps(maps[0], maps[1], maps[2]), flags)),
                ipv4,
                ipv6,
                sockets));
    }

    /**
     * Makes the maps, empty, and loads the program.
     *
     * @param config what the program looks at
     * @return the capture
     * @throws IOException when the kernel refuses; nothing is left then
     */
    public static LoadedCapture load(CaptureConfig config) throws IOException {
        return load(config, -1);
    }

    /** Loads a program that answers something of the caller's choice where a queue has no socket: for tests. */
    static LoadedCapture load(CaptureConfig config, int missFlags) throws IOException {
        List<NativeFd> opened = new ArrayList<>();
        try {
            return new LoadedCapture(config, opened, missFlags);
        } catch (IOException | RuntimeException | Error failure) {
            opened.forEach(NativeFd::close);
            throw failure;
        }
    }

    private NativeFd keep(NativeFd fd) {
        opened.add(fd);
        return fd;
    }

    private NativeFd trie(String name, IpFamily family, int valueSize) throws IOException {
        int key = KEY_HEADER + (family == IpFamily.IPV4 ? 4 : 16);
        // One more than is used: a kernel before 6.13 counts a new entry before it drops the one that it replaces, and
        // so
        // could not change the rules of a prefix once the trie is full.
        return Bpf.createMap(name, Bpf.LPM_TRIE, key, valueSize, config.maxPrefixes() + 1, Bpf.NO_PREALLOC);
    }

    /** A kernel before 5.3 answers XDP_ABORTED for any flags, which would drop all that is captured. */
    private static int probeMissFlags(NativeFd sockets) throws IOException {
        NativeFd probe =
                Bpf.loadXdp("pktkit_probe", maps -> Programs.encode(CaptureProgram.missProbe(maps[0])), sockets);
        try {
            int answer = Bpf.testRun(probe, ANY_FRAME);
            return answer == CaptureProgram.XDP_ABORTED ? 0 : CaptureProgram.XDP_PASS;
        } finally {
            probe.close();
        }
    }

    /**
     * Captures by a rule more.
     *
     * @param prefix its host bits are ignored
     * @param rule the rule
     * @throws IllegalArgumentException if the capture may not hold it; nothing is changed
     * @throws IOException when the kernel refuses; nothing is changed
     */
    public synchronized void add(IpPrefix prefix, CaptureRule rule) throws IOException {
        become(set.with(prefix, rule));
    }

    /**
     * Captures by a rule less.
     *
     * @param prefix its host bits are ignored
     * @param rule the rule
     * @throws IOException when the kernel refuses; nothing is changed
     */
    public synchronized void remove(IpPrefix prefix, CaptureRule rule) throws IOException {
        become(set.without(prefix, rule));
    }

    /**
     * Captures nothing of a prefix any more, except by the prefixes around it.
     *
     * @param prefix its host bits are ignored
     * @throws IOException when the kernel refuses; nothing is changed
     */
    public synchronized void remove(IpPrefix prefix) throws IOException {
        become(set.without(prefix));
    }

    /**
     * Leads what is captured on a queue to a socket, which is bound to it.
     *
     * @param queue the queue's number
     * @param socket the socket; when it is closed the kernel takes it out by itself
     * @throws IOException when the kernel refuses
     */
    public void lead(int queue, XdpSocket socket) throws IOException {
        int result = Bpf.put(sockets, queue, socket.fd());
        if (result < 0) {
            throw new NativeIoException("lead queue " + queue + " to its AF_XDP socket", -result);
        }
    }

    /**
     * Leaves what is captured on a queue to the host.
     *
     * @param queue the queue's number
     */
    public void leadNowhere(int queue) {
        // That there is none, or the map is closed, is what is wanted.
        Bpf.remove(sockets, queue);
    }

    /** {@return what is captured: the prefixes with the rules that each was given} */
    public synchronized Map<IpPrefix, List<CaptureRule>> rules() {
        return set.rules();
    }

    /**
     * Runs the program on a frame that nobody sent.
     *
     * @param frame at least 14 bytes
     * @return its verdict
     * @throws IOException when the kernel cannot
     */
    public int testRun(byte[] frame) throws IOException {
        int answer = Bpf.testRun(program, frame);
        if (answer < 0) {
            throw new NativeIoException("run the XDP program " + NAME, -answer);
        }
        return answer;
    }

    /** The program, for {@link XdpLink}. */
    NativeFd program() {
        return program;
    }

    /** Gives up maps and program; the kernel keeps them for as long as the program is attached. Idempotent. */
    @Override
    public void close() {
        opened.forEach(NativeFd::close);
    }

    private void become(CaptureSet next) throws IOException {
        List<CaptureSet.Change> changes = next.changes(set);
        for (int i = 0; i < changes.size(); i++) {
            int result = write(changes.get(i));
            if (result < 0) {
                set.changes(next).forEach(this::write);
                throw new NativeIoException(
                        "change the capture of " + changes.get(i).prefix(), -result);
            }
        }
        set = next;
    }

    private int write(CaptureSet.Change change) {
        NativeFd trie = change.prefix().family() == IpFamily.IPV4 ? ipv4 : ipv6;
        byte[] key = key(change.prefix());
        List<CaptureRule> rules = change.rules();
        if (rules != null) {
            return Bpf.update(trie, key, RuleList.encode(rules, config.maxRules()));
        }
        int result = Bpf.delete(trie, key);
        return result == -Errno.ENOENT ? 0 : result;
    }

    /** {@code struct bpf_lpm_trie_key}: the length of the prefix, in the byte order of the machine, and the address. */
    private static byte[] key(IpPrefix prefix) {
        byte[] address = prefix.address().toBytes();
        return ByteBuffer.allocate(KEY_HEADER + address.length)
                .order(ByteOrder.nativeOrder())
                .putInt(prefix.length())
                .put(address)
                .array();
    }
}
