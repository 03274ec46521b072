// SPDX-License-Identifier: MIT
package io.pktkit.nat;

import io.pktkit.device.Attachment;
import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.internal.DropCounters;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.nat.engine.NatLink;
import io.pktkit.nat.engine.NatOutput;
import io.pktkit.wire.Packet;
import java.util.Arrays;

/**
 * The way of a packet through a {@link Nat}: in by one device, translated under the lock, and out by others without it, on the
 * thread that brought it.
 */
final class Passage {

    private static final FailureLog FAILURES = new FailureLog(Nat.class, "device behind a port");

    /**
     * What goes over every link, IPv6's with the headers that NAT64 adds too. What is longer and may be fragmented is
     * finished first: a fragment cannot be pending.
     */
    private static final int SMALL = 1280 - 28;

    /** By depth: what a deeper level of the same thread uses is not what a shallower one still sends. */
    private static final ThreadLocal<NatOutput[]> OUTPUTS = ThreadLocal.withInitial(() -> new NatOutput[0]);

    private final Nat nat;
    private final EngineGuard guard;
    private final DropCounters refused = new DropCounters();

    Passage(Nat nat, EngineGuard guard) {
        this.nat = nat;
        this.guard = guard;
    }

    void receive(NatPort port, Packet packet) {
        ThreadState thread = ThreadState.current();
        if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
            refused.increment(thread, DropReason.LOOP);
            return;
        }
        try {
            if (packet.isUnfinished() && !packet.dontFragment() && packet.wireLength() > SMALL) {
                OffloadFinisher.sendFinished(port.pieces(), port.device().stats(), true, packet, thread);
            } else {
                translate(thread, port, packet);
            }
        } finally {
            thread.leave();
        }
    }

    void translate(ThreadState thread, NatPort port, Packet packet) {
        NatOutput output = output(thread.depth());
        NatLink link = port.link();
        guard.lock();
        try {
            long now = guard.nowNanos();
            if (link != null) {
                guard.engine.fromInside(link, packet, now, output);
            } else if (nat.outside == port) {
                guard.engine.fromOutside(packet, now, output);
            }
            guard.arm();
        } finally {
            guard.unlock();
        }
        NatLocal host = nat.local;
        if (output.isLocal() && host != null) {
            give(host, port, packet);
        }
        send(thread, output);
    }

    /** What the host throws costs it this packet. */
    private static void give(NatLocal host, NatPort port, Packet packet) {
        try {
            host.receive(port, packet);
        } catch (RuntimeException failure) {
            FAILURES.record(failure);
        }
    }

    private static NatOutput output(int depth) {
        NatOutput[] outputs = OUTPUTS.get();
        if (depth >= outputs.length) {
            int from = outputs.length;
            outputs = Arrays.copyOf(outputs, depth + 1);
            for (int i = from; i <= depth; i++) {
                outputs[i] = new NatOutput();
            }
            OUTPUTS.set(outputs);
        }
        NatOutput output = outputs[depth];
        output.clear();
        return output;
    }

    /** The engine wanted to be called now. */
    void onAlarm() {
        ThreadState thread = ThreadState.current();
        if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
            return;
        }
        try {
            NatOutput output = output(thread.depth());
            guard.lock();
            try {
                guard.onTimer(output);
            } finally {
                guard.unlock();
            }
            send(thread, output);
        } finally {
            thread.leave();
        }
    }

    /** A device that refuses or throws costs its own packet. */
    private void send(ThreadState thread, NatOutput output) {
        for (int i = 0; i < output.size(); i++) {
            NatLink link = output.target(i);
            Attachment<Packet> to = link == null ? nat.outside : (NatPort) link.attachment();
            boolean sent = false;
            try {
                sent = to != null && OffloadFinisher.send(to, output.packet(i), thread);
            } catch (Throwable failure) {
                FAILURES.record(failure);
            }
            if (!sent) {
                refused.increment(thread, DropReason.IO_ERROR);
            }
        }
    }

    /** How many translated packets the device that they were for did not take, or were in a loop. */
    long refused() {
        return refused.sum();
    }
}
