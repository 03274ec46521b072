// SPDX-License-Identifier: MIT
package io.pktkit.ovpn;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.pktkit.datagram.FixedPath;
import io.pktkit.ovpn.client.ClientSettings;
import io.pktkit.ovpn.internal.session.OvpnSession;
import io.pktkit.ovpn.internal.session.SessionOrigin;
import io.pktkit.ovpn.internal.session.TestCerts;
import io.pktkit.ovpn.internal.wrap.PlainWrap;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.InvalidKeyException;
import java.util.List;
import org.junit.jupiter.api.Test;

class TapFaceTest {

    private static final long STATION = 0x02_00_00_00_00_07L;

    private final StationTable stations = new StationTable();
    private final ServerCore core = core();

    private static ServerCore core() {
        TestCerts.Holder own = TestCerts.server();
        OvpnServerConfig config = OvpnServerConfig.builder(own.chain(), own.key())
                .clientCertificates(List.of(TestCerts.authority()))
                .build();
        return new ServerCore(config, (core, link, settings) -> {
            throw new AssertionError("nobody comes in");
        });
    }

    private TapFace face(int number) throws IOException, InvalidKeyException {
        VirtualServer rig = new VirtualServer();
        rig.close();
        OvpnSession session = new OvpnSession(
                core.config().sessions(false, true),
                new SessionOrigin(1, 2, number, new PlainWrap(), null, false, 0),
                core.nowNanos());
        IpAddress address = IpAddress.parse("192.0.2.10");
        UdpTransport transport =
                new UdpTransport(rig.endpoint(address, 4000 + number), FixedPath.to(address, 4000 + number));
        ClientLink link = new ClientLink(core, session, transport, number);
        TapFace face = new TapFace(core, link, settings, device -> device.attach(frame -> {}), stations);
        face.open();
        return face;
    }

    private static boolean isTaken(TapFace face) {
        byte[] frame = new byte[60];
        ByteBuffer buffer = ByteBuffer.wrap(frame);
        buffer.putLong(-1L).position(6);
        // IEEE Std 802, local experimental EtherType 1.
        buffer.putShort((short) (STATION >>> 32)).putInt((int) STATION).putShort((short) 0x88b5);
        return face.arrived(buffer, 0, frame.length, new Joined());
    }

    /** The thread that receives may be a frame behind: what that claims nobody would give back. */
    @Test
    void shouldClaimNoStationForAClientThatIsGone() throws Exception {
        TapFace gone = face(1);
        gone.close();
        assertFalse(isTaken(gone));
        TapFace again = face(2);
        assertTrue(isTaken(again));
        assertFalse(isTaken(face(3)), "it is another's");
        again.close();
        assertTrue(isTaken(face(4)));
    }
}
