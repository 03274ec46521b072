// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.pktkit.device.Attachment;
import io.pktkit.link.PipeL2;
import io.pktkit.wire.Frame;
import io.pktkit.wire.MacAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AnnouncedGuestTest {

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void shouldTellOfItsPlaceOnceAndBeforeTheFirstFrame(boolean prepared) {
        List<String> seen = new ArrayList<>();
        List<Attachment<Frame>> told = new ArrayList<>();
        PipeL2 pipe = new PipeL2(MacAddress.ZERO);
        Frame frame = new Frame().wrap(ByteBuffer.allocate(60));
        AnnouncedGuest guest = new AnnouncedGuest(pipe, place -> {
            told.add(place);
            seen.add("announced " + pipe.inject(frame));
        });

        Attachment<Frame> place = prepared
                ? guest.attach(in -> seen.add("in"), mine -> seen.add("prepared"))
                : guest.attach(in -> seen.add("in"));
        pipe.inject(frame);

        assertEquals(prepared ? List.of("prepared", "announced false", "in") : List.of("announced false", "in"), seen);
        assertEquals(1, told.size());
        assertSame(place, told.get(0));
    }
}
