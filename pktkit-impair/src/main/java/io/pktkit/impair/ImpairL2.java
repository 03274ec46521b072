// SPDX-License-Identifier: MIT
package io.pktkit.impair;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.DeviceStats;
import io.pktkit.device.DropReason;
import io.pktkit.device.FrameHandler;
import io.pktkit.device.L2Device;
import io.pktkit.time.SystemTimers;
import io.pktkit.time.Timers;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * An {@link L2Device} behind a bad link: put around a device, and used in its place.
 *
 * <p>The handler of the wrapped device is taken when this one is first given a handler, not before. Its address is the
 * wrapped device's, {@link #close()} closes that too, and this is closed when that one is done. It takes no offloads.
 *
 * <p>{@link #send} returns false for a frame that found the queue full or the device closed. What is lost on the way is
 * lost in silence, as on a real wire: {@code send} returns true, and the drop is counted under
 * {@link DropReason#LINK_LOSS}, or {@link DropReason#LINK_DOWN} in a partition. What the wrapped device refuses in the end
 * is counted there.
 */
public final class ImpairL2 implements L2Device {

    private final L2Device device;
    private final Port port = new Port();
    private final Lane outward;
    private final Lane inward;
    private final ImpairedLink link;
    private boolean taken;

    /**
     * Puts the same impairment on both directions, on the clock of the system.
     *
     * @param device the device to wrap, which is this one's from then on
     * @param impairment how bad the link is
     */
    public ImpairL2(L2Device device, Impairment impairment) {
        this(device, impairment, impairment, SystemTimers.shared());
    }

    /**
     * Puts an impairment on each direction.
     *
     * @param device the device to wrap, which is this one's from then on
     * @param send what happens between {@link #send} and the device
     * @param receive what happens between the device and the handler
     * @param timers the clock
     */
    public ImpairL2(L2Device device, Impairment send, Impairment receive, Timers timers) {
        this.device = device;
        this.outward = new Lane(send, Direction.SEND, true, timers, new Outward());
        this.inward = new Lane(receive, Direction.RECEIVE, true, timers, new Inward());
        this.link = new ImpairedLink(timers, outward, inward);
        device.done().whenComplete((done, failure) -> close());
    }

    /** {@return what is wrong with the link, to be changed at any time} */
    public ImpairedLink link() {
        return link;
    }

    @Override
    public void setHandler(@Nullable FrameHandler handler) {
        port.setHandler(handler);
        boolean first;
        synchronized (port) {
            first = !taken && handler != null;
            taken |= first;
        }
        if (first) {
            device.setHandler(this::receive);
        }
    }

    @Override
    public boolean send(Frame frame) {
        return port.send(frame);
    }

    @Override
    public MacAddress macAddress() {
        return device.macAddress();
    }

    @Override
    public DeviceStats stats() {
        return port.stats();
    }

    @Override
    public CompletionStage<Void> done() {
        return port.done();
    }

    /** Drops what is on its way, and closes the wrapped device. No callback runs after it returned. */
    @Override
    public void close() {
        port.close();
    }

    private void receive(Frame frame) {
        LinkQueue.Fate fate = inward.offer(
                frame.buffer(), frame.offset(), frame.length(), frame.segmentSize(), frame.checksumPending());
        if (fate == LinkQueue.Fate.PASS) {
            port.arrived(frame);
        } else if (fate == LinkQueue.Fate.HELD) {
            inward.release();
        }
    }

    /** The near end of the link: the handler, the counters, and a close that waits for callbacks. */
    private final class Port extends AbstractL2Device {

        Port() {
            super(MacAddress.ZERO);
        }

        @Override
        public boolean send(Frame frame) {
            int length = frame.length();
            LinkQueue.Fate fate =
                    outward.offer(frame.buffer(), frame.offset(), length, frame.segmentSize(), frame.checksumPending());
            switch (fate) {
                case PASS -> {
                    stats().sent(length);
                    return device.send(frame);
                }
                case HELD -> {
                    stats().sent(length);
                    outward.release();
                    return true;
                }
                case LOST, CUT -> {
                    return true;
                }
                default -> {
                    return false;
                }
            }
        }

        void arrived(Frame frame) {
            deliver(frame);
        }

        @Override
        protected void onClose() {
            link.close();
            device.close();
        }
    }

    private final class Outward implements Lane.Exit {

        private final Frame view = new Frame();

        @Override
        public void release(Message message) {
            device.send(view.wrap(message.buffer, 0, message.length)
                    .segmentSize(message.segmentSize)
                    .checksumPending(message.checksumPending));
        }

        @Override
        public void dropped(DropReason reason, int count) {
            for (int i = 0; i < count; i++) {
                port.stats().sendDropped(reason);
            }
        }

        @Override
        public void failed() {
            port.stats().error();
        }
    }

    private final class Inward implements Lane.Exit {

        private final Frame view = new Frame();

        @Override
        public void release(Message message) {
            port.arrived(view.wrap(message.buffer, 0, message.length)
                    .segmentSize(message.segmentSize)
                    .checksumPending(message.checksumPending));
        }

        @Override
        public void dropped(DropReason reason, int count) {
            for (int i = 0; i < count; i++) {
                port.stats().receiveDropped(reason);
            }
        }

        @Override
        public void failed() {
            port.stats().error();
        }
    }
}
