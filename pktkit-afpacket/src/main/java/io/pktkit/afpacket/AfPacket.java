// SPDX-License-Identifier: MIT
package io.pktkit.afpacket;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DropReason;
import io.pktkit.device.FailureLog;
import io.pktkit.device.ForwardingDepth;
import io.pktkit.device.Sender;
import io.pktkit.internal.OffloadFinisher;
import io.pktkit.internal.ThreadState;
import io.pktkit.nativeio.LinkInfo;
import io.pktkit.nativeio.NativeIoException;
import io.pktkit.nativeio.NativePlatform;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * An interface that exists already, as a device: what arrives there comes to who is attached, what is sent leaves by it.
 *
 * <p>The host goes on using the interface; see the package description for what the two see of each other, for threads,
 * and for what happens when the interface goes. {@link #macAddress()} is the interface's when the device was opened.
 */
public final class AfPacket extends AbstractL2Device {

    private final AfPacketConfig config;
    private final PacketSockets sockets;
    private final PacketWriter writer;
    private final PacketReader[] readers;
    private final FailureLog failures = new FailureLog(AfPacket.class, "packet socket");

    private AfPacket(AfPacketConfig config, PacketSockets sockets) throws IOException {
        super(MacAddress.of(sockets.link().macAddress()));
        this.config = config;
        this.sockets = sockets;
        writer = new PacketWriter(sockets, stats());
        readers = new PacketReader[config.threads()];
        try {
            for (int i = 0; i < readers.length; i++) {
                readers[i] = new PacketReader(i, config, sockets, new Intake());
            }
        } catch (IOException | RuntimeException | Error failure) {
            for (PacketReader reader : readers) {
                if (reader != null) {
                    reader.abandon();
                }
            }
            throw failure;
        }
        follow(sockets.link());
    }

    /**
     * Joins an interface of the calling thread's network namespace.
     *
     * @param config its name, and what to receive of it
     * @return the device; what arrives while nobody is attached is dropped
     * @throws IOException when this is not Linux, CAP_NET_RAW is missing, there is no such interface, or it carries no
     *     Ethernet frames; nothing is left behind then
     */
    public static AfPacket open(AfPacketConfig config) throws IOException {
        NativePlatform.require("a packet socket");
        PacketSockets sockets = PacketSockets.open(config);
        AfPacket device;
        try {
            device = new AfPacket(config, sockets);
        } catch (IOException | RuntimeException | Error failure) {
            sockets.close();
            throw failure;
        }
        try {
            for (PacketReader reader : device.readers) {
                reader.start();
            }
        } catch (Error noThread) {
            device.close();
            throw noThread;
        }
        return device;
    }

    @Override
    public boolean send(Frame frame) {
        if (!frame.isValid() || frame.isUnfinished()) {
            stats().sendDropped(frame.isValid() ? DropReason.UNSUPPORTED : DropReason.MALFORMED);
            return false;
        }
        return writer.write(frame);
    }

    /**
     * Names the interface.
     *
     * @return the name that the device was opened with
     */
    public String name() {
        return config.interfaceName();
    }

    /**
     * Tells how many frames the kernel could not keep, because they came faster than they were read.
     *
     * @return frames since the device was opened; none after it was closed
     */
    public long kernelDrops() {
        return sockets.drops();
    }

    @Override
    public String toString() {
        return "AfPacket[" + name() + "]";
    }

    @Override
    protected void onClose() {
        for (PacketReader reader : readers) {
            reader.stop();
        }
        sockets.close();
        for (PacketReader reader : readers) {
            awaitEnd(reader.thread());
        }
    }

    private void follow(LinkInfo link) {
        // The loopback interface has 65 536, one more than the longest IP packet; a bridge without ports may have less
        // than IPv4 needs.
        changeMtu(Math.max(68, Math.min(link.mtu(), 65_535)));
    }

    private void interfaceChanged() {
        int before = sockets.link().index();
        try {
            LinkInfo link = sockets.follow();
            if (link != null) {
                follow(link);
            }
        } catch (IOException failure) {
            if (!isClosed()) {
                stats().error();
                failures.record(failure);
            }
        }
        if (sockets.link().index() != before) {
            for (PacketReader reader : readers) {
                reader.wake();
            }
        }
    }

    /** What one thread does with what it reads. */
    private final class Intake implements PacketReader.Receiver {

        private final FrameDecoder decoder = new FrameDecoder(config.offload());

        /** Takes the pieces of a super-segment. */
        private final Sender<Frame> pieces = AfPacket.this::deliver;

        @Override
        public void onFrame(ByteBuffer data, int at, int length, int tag) {
            DropReason refusal = decoder.decode(data, at, length, tag);
            if (refusal != null) {
                stats().receiveDropped(refusal);
            } else if (config.offload() || decoder.frame().segmentSize() == 0) {
                deliver(decoder.frame());
            } else {
                cut(decoder.frame());
            }
        }

        private void cut(Frame frame) {
            ThreadState thread = ThreadState.current();
            if (!thread.enter(ForwardingDepth.DEFAULT_LIMIT)) {
                stats().receiveDropped(DropReason.LOOP);
                return;
            }
            try {
                OffloadFinisher.sendFinished(pieces, stats(), true, frame, thread);
            } finally {
                thread.leave();
            }
        }

        @Override
        public void onTruncated() {
            stats().receiveDropped(DropReason.TOO_BIG);
        }

        @Override
        public void onUnsupported() {
            stats().receiveDropped(DropReason.UNSUPPORTED);
        }

        @Override
        public void onError(int errno) {
            stats().error();
            failures.record(new NativeIoException("receive on " + name(), errno));
        }

        @Override
        public void onChange() {
            interfaceChanged();
        }
    }
}
