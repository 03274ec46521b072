// SPDX-License-Identifier: MIT
package io.pktkit.afxdp;

import io.pktkit.afxdp.capture.CaptureConfig;
import io.pktkit.afxdp.capture.CaptureRule;
import io.pktkit.afxdp.capture.XdpMode;
import io.pktkit.nativeio.Ifreq;
import io.pktkit.wire.IpPrefix;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What an {@link AfXdp} is opened with. Immutable. */
public final class AfXdpConfig {

    private static final int MAX_RING = 1 << 16;
    private static final int MIN_CHUNK = 2048;

    /** The page of most machines, which no chunk may exceed. */
    private static final int MAX_CHUNK = 4096;

    private final String interfaceName;
    private final List<Captured> captured;
    private final CaptureConfig program;
    private final List<Integer> queues;
    private final int ringSize;
    private final int chunkSize;
    private final ZeroCopy zeroCopy;
    private final XdpMode mode;
    private final int busyPollMicros;
    private final int busyPollBudget;
    private final int spins;
    private final boolean promiscuous;
    private final @Nullable Path pin;

    private AfXdpConfig(Builder builder) {
        interfaceName = builder.interfaceName;
        captured = List.copyOf(builder.captured);
        program = builder.program;
        queues = builder.queues;
        ringSize = builder.ringSize;
        chunkSize = builder.chunkSize;
        zeroCopy = builder.zeroCopy;
        mode = builder.mode;
        busyPollMicros = builder.busyPollMicros;
        busyPollBudget = builder.busyPollBudget;
        spins = builder.spins;
        promiscuous = builder.promiscuous;
        pin = builder.pin;
    }

    /**
     * What is captured of a prefix.
     *
     * @param prefix the addresses
     * @param rule what of them
     */
    public record Captured(IpPrefix prefix, CaptureRule rule) {}

    /**
     * Starts with nothing captured, all queues, rings of 2048 frames, chunks of 4096 bytes, zero-copy and the mode by what
     * the driver can, and no polling.
     *
     * @param interfaceName the interface, 1 to 15 bytes
     * @return a new builder
     */
    public static Builder builder(String interfaceName) {
        return new Builder(interfaceName);
    }

    /** {@return the name of the interface} */
    public String interfaceName() {
        return interfaceName;
    }

    /** {@return what is captured from the start} */
    public List<Captured> captured() {
        return captured;
    }

    /** {@return how the program is built} */
    public CaptureConfig program() {
        return program;
    }

    /** {@return the queues, ascending; empty for all that there are} */
    public List<Integer> queues() {
        return queues;
    }

    /** {@return how many frames each ring of a queue holds} */
    public int ringSize() {
        return ringSize;
    }

    /** {@return bytes of a chunk} */
    public int chunkSize() {
        return chunkSize;
    }

    /** {@return whether the driver is to use the socket's memory} */
    public ZeroCopy zeroCopy() {
        return zeroCopy;
    }

    /** {@return where the program is to run} */
    public XdpMode mode() {
        return mode;
    }

    /** {@return how long a call polls the driver in microseconds; 0 for not at all} */
    public int busyPollMicros() {
        return busyPollMicros;
    }

    /** {@return how many frames a call takes from the driver at once} */
    public int busyPollBudget() {
        return busyPollBudget;
    }

    /** {@return how often a thread looks for frames before it sleeps} */
    public int spins() {
        return spins;
    }

    /** {@return whether frames for other stations are received too} */
    public boolean promiscuous() {
        return promiscuous;
    }

    /** {@return where the program's attachment outlives the process, or null} */
    public @Nullable Path pin() {
        return pin;
    }

    /** Collects the settings of an {@link AfXdpConfig}. Not thread-safe. */
    public static final class Builder {

        private final String interfaceName;
        private final List<Captured> captured = new ArrayList<>();
        private CaptureConfig program = CaptureConfig.builder().build();
        private List<Integer> queues = List.of();
        private int ringSize = 2048;
        private int chunkSize = MAX_CHUNK;
        private ZeroCopy zeroCopy = ZeroCopy.AUTO;
        private XdpMode mode = XdpMode.AUTO;
        private int busyPollMicros;
        private int busyPollBudget = 64;
        private int spins;
        private boolean promiscuous;
        private @Nullable Path pin;

        private Builder(String interfaceName) {
            Ifreq.checkName(interfaceName);
            this.interfaceName = interfaceName;
        }

        /**
         * Captures all of a prefix, ARP and neighbour solicitations for it included.
         *
         * @param prefix the addresses, which are not to be the host's own
         * @return this
         */
        public Builder capture(IpPrefix prefix) {
            return capture(prefix, CaptureRule.any());
        }

        /**
         * Captures part of what goes to a prefix.
         *
         * @param prefix the addresses
         * @param rule which part
         * @return this
         */
        public Builder capture(IpPrefix prefix, CaptureRule rule) {
            captured.add(new Captured(prefix, rule));
            return this;
        }

        /**
         * Sets how the program is built: which address it looks at, and how much it can hold.
         *
         * @param program the program
         * @return this
         */
        public Builder program(CaptureConfig program) {
            this.program = program;
            return this;
        }

        /**
         * Chooses queues. What arrives on others stays the host's, whatever is captured.
         *
         * @param numbers their numbers, from 0; none for all that there are
         * @return this
         */
        public Builder queues(int... numbers) {
            List<Integer> list = new ArrayList<>();
            for (int number : numbers) {
                if (number < 0 || list.contains(number)) {
                    throw new IllegalArgumentException("a queue has a number from 0, each once: queue=" + number);
                }
                list.add(number);
            }
            list.sort(null);
            queues = List.copyOf(list);
            return this;
        }

        /**
         * Sets how many frames each ring holds. Each queue takes twice as many chunks of memory, which are pinned.
         *
         * @param ringSize a power of two from 64 to 65 536
         * @return this
         */
        public Builder ringSize(int ringSize) {
            if (Integer.bitCount(ringSize) != 1 || ringSize < 64 || ringSize > MAX_RING) {
                throw new IllegalArgumentException(
                        "ringSize must be a power of two in [64, " + MAX_RING + "]: ringSize=" + ringSize);
            }
            this.ringSize = ringSize;
            return this;
        }

        /**
         * Sets the size of a chunk. A frame takes one; 256 bytes of those that are received are the kernel's own.
         *
         * @param chunkSize 2048 or 4096
         * @return this
         */
        public Builder chunkSize(int chunkSize) {
            if (chunkSize != MIN_CHUNK && chunkSize != MAX_CHUNK) {
                throw new IllegalArgumentException(
                        "chunkSize must be " + MIN_CHUNK + " or " + MAX_CHUNK + ": chunkSize=" + chunkSize);
            }
            this.chunkSize = chunkSize;
            return this;
        }

        /**
         * Sets whether the driver is to use the sockets' memory.
         *
         * @param zeroCopy whether
         * @return this
         */
        public Builder zeroCopy(ZeroCopy zeroCopy) {
            this.zeroCopy = zeroCopy;
            return this;
        }

        /**
         * Sets where the program is to run.
         *
         * @param mode where
         * @return this
         */
        public Builder mode(XdpMode mode) {
            this.mode = mode;
            return this;
        }

        /**
         * Polls the driver from the queues' threads instead of by interrupts (Linux 5.11): less delay and more frames, for a
         * processor a queue. Goes together with {@link #spins}.
         *
         * @param micros how long one call does so, 1 to 10 000
         * @param budget how many frames it takes at once, 1 to 1024
         * @return this
         */
        public Builder busyPoll(int micros, int budget) {
            if (micros < 1 || micros > 10_000 || budget < 1 || budget > 1024) {
                throw new IllegalArgumentException(
                        "micros must be in [1, 10000] and budget in [1, 1024]: micros=" + micros + " budget=" + budget);
            }
            busyPollMicros = micros;
            busyPollBudget = budget;
            spins = Math.max(spins, 1);
            return this;
        }

        /**
         * Sets how often a thread looks for frames that are not there before it sleeps. Looking costs a processor, waking
         * costs microseconds.
         *
         * @param spins 0, the default, or more
         * @return this
         */
        public Builder spins(int spins) {
            if (spins < 0) {
                throw new IllegalArgumentException("spins must not be negative: spins=" + spins);
            }
            this.spins = spins;
            return this;
        }

        /**
         * Sets whether the interface takes frames for other stations while the device is open: what a hub with guests behind
         * it needs, whose MAC addresses are not the interface's.
         *
         * @param promiscuous whether it does
         * @return this
         */
        public Builder promiscuous(boolean promiscuous) {
            this.promiscuous = promiscuous;
            return this;
        }

        /**
         * Keeps the program on the interface beyond this process, so that a driver which resets its link when a program
         * comes or goes does not on a restart. The next device that is opened with the same pin puts its program in the
         * place of the one that is there, in one step. Meanwhile what was captured is the host's. See {@link
         * AfXdp#unpin}.
         *
         * @param pin a file to be made, in a bpf file system such as {@code /sys/fs/bpf}
         * @return this
         */
        public Builder pin(Path pin) {
            this.pin = pin;
            return this;
        }

        /**
         * Ends the collection.
         *
         * @return the settings so far
         */
        public AfXdpConfig build() {
            return new AfXdpConfig(this);
        }
    }
}
