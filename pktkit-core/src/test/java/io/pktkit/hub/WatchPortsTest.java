// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.pktkit.device.AbstractL2Device;
import io.pktkit.device.Interposer;
import io.pktkit.device.Receiver;
import io.pktkit.device.Registration;
import io.pktkit.device.Sender;
import io.pktkit.link.PipeL2;
import io.pktkit.link.PipeL3;
import io.pktkit.wire.Frame;
import io.pktkit.wire.IpPrefix;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WatchPortsTest {

    private static PipeL2 station(int number) {
        return new PipeL2(MacAddress.of(0x02_00_00_00_00_00L + number));
    }

    @Test
    void shouldTellOfPortsThatAreThereAndOfThoseThatComeUntilItEnds() {
        List<HubPort> told = new ArrayList<>();
        try (L2Hub hub = new L2Hub()) {
            HubPort first = hub.connect(station(1));
            Registration watch = hub.watchPorts(told::add);
            HubPort second = hub.connect(station(2));
            watch.close();
            hub.connect(station(3));

            assertEquals(List.of(first, second), told);
        }
    }

    @Test
    void shouldConnectWhateverAWatcherThrows() {
        List<HubPort> told = new ArrayList<>();
        try (L2Hub hub = new L2Hub()) {
            hub.watchPorts(port -> {
                throw new IllegalStateException("on purpose");
            });
            hub.watchPorts(told::add);

            assertEquals(List.of(hub.connect(station(1))), told);
        }
    }

    /** Which delivers the moment that somebody is attached, as a socket does in which a frame waits. */
    private static final class Eager extends AbstractL2Device {
        private final List<String> sent = new ArrayList<>();

        private Eager() {
            super(MacAddress.of(0x02_00_00_00_00_09L));
        }

        @Override
        protected void onAttach() {
            deliver(frame(0x02_00_00_00_00_01L, macAddress().toLong()));
        }

        @Override
        public boolean send(Frame frame) {
            return sent.add(MacAddress.of(frame.sourceMac()).toString());
        }

        private static Frame frame(long destination, long source) {
            return new Frame()
                    .wrap(
                            ByteBuffer.allocate(64)
                                    .putLong(0, destination << 16 | source >>> 32)
                                    .putInt(8, (int) source),
                            0,
                            60);
        }
    }

    /** Its own first frame, and the answer that comes before {@code connect} returns. */
    @Test
    void shouldShowAWatcherTheFirstFrameAndPassTheAnswer() {
        List<String> seen = new ArrayList<>();
        try (L2Hub hub = new L2Hub()) {
            PipeL2 answering = station(1);
            hub.connect(answering).interpose(new Interposer<>() {
                @Override
                public boolean toDevice(Frame frame, Sender<Frame> next) {
                    return answering.inject(Eager.frame(frame.sourceMac(), 0x02_00_00_00_00_01L));
                }
            });
            hub.watchPorts(port -> port.interpose(new Interposer<>() {
                @Override
                public void fromDevice(Frame frame, Receiver<Frame> next) {
                    seen.add(MacAddress.of(frame.sourceMac()).toString());
                    next.receive(frame);
                }
            }));
            Eager eager = new Eager();

            hub.connect(eager);

            assertEquals(List.of("02:00:00:00:00:09", "02:00:00:00:00:01"), seen);
            assertEquals(List.of("02:00:00:00:00:01"), eager.sent);
        }
    }

    @Test
    void shouldTellOfARoutersPortsToo() {
        List<L3HubPort> told = new ArrayList<>();
        try (L3Hub hub = new L3Hub()) {
            L3HubPort first = hub.connect(new PipeL3(IpPrefix.parse("10.0.0.1/24")));
            hub.watchPorts(told::add);
            L3HubPort second = hub.connect(new PipeL3(IpPrefix.parse("10.0.1.1/24")));

            assertEquals(List.of(first, second), told);
        }
    }
}
