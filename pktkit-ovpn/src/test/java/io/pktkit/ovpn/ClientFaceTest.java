// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.device.Attachment;
import io.pktkit.device.Device;
import io.pktkit.device.Interposer;
import io.pktkit.device.L2Connector;
import io.pktkit.device.Registration;
import io.pktkit.ovpn.client.ClientNetwork;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.wire.Frame;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The places of clients in their networks. */
class ClientFaceTest {

    private static final ClientSettings NOTHING = ClientSettings.builder().build();

    private final ServerCore core = TapFaceTest.core();
    private final StationTable stations = new StationTable();

    /** A place that does something when it is closed. */
    private record Place(Attachment<Frame> its, Runnable closes) implements Attachment<Frame> {

        @Override
        public Device<Frame> device() {
            return its.device();
        }

        @Override
        public boolean send(Frame frame) {
            return its.send(frame);
        }

        @Override
        public Registration interpose(Interposer<Frame> interposer) {
            return its.interpose(interposer);
        }

        @Override
        public void close() {
            its.close();
            closes.run();
        }
    }

    private TapFace tap(int number, L2Connector network) throws Exception {
        TapFace face = new TapFace(core, TapFaceTest.link(core, number), NOTHING, network, stations);
        face.open();
        return face;
    }

    /** Its MAC address would be nobody's for as long as the server runs. */
    @Test
    void shouldGiveBackTheStationWhenTheNetworkFails() throws Exception {
        TapFace first = tap(
                1,
                device -> new Place(device.attach(frame -> {}), () -> {
                    throw new IllegalStateException("on purpose");
                }));
        assertTrue(TapFaceTest.isTaken(first));
        first.close();
        assertTrue(TapFaceTest.isTaken(tap(2, device -> device.attach(frame -> {}))));
    }

    /** A network may close the device, or the server, while it takes it in. */
    @Test
    void shouldLeaveANetworkThatClosesItMeanwhile() throws Exception {
        List<String> left = new ArrayList<>();
        TapFace tap = tap(1, device -> {
            Place place = new Place(device.attach(frame -> {}), () -> left.add("tap"));
            device.close();
            return place;
        });
        tap.close();
        assertNull(tap.attachment());
        ClientNetwork network = (client, device) -> {
            device.close();
            return () -> left.add("tun");
        };
        TunFace tun = new TunFace(
                core,
                TapFaceTest.link(core, 2),
                NOTHING,
                network,
                1500,
                core.config().clamp());
        tun.open();
        tun.close();
        assertEquals(List.of("tap", "tun"), left);
    }
}
