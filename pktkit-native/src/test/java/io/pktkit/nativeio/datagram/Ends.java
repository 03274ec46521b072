// SPDX-License-Identifier: MIT
package io.pktkit.nativeio.datagram;

import io.pktkit.datagram.DatagramBatch;
import io.pktkit.datagram.DatagramConfig;
import io.pktkit.datagram.DatagramEndpoint;
import io.pktkit.datagram.DatagramPath;
import io.pktkit.datagram.DatagramProvider;
import io.pktkit.datagram.Datagrams;
import io.pktkit.datagram.FixedPath;
import io.pktkit.datagram.OffloadMode;
import io.pktkit.nativeio.KernelVersion;
import io.pktkit.wire.IpAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Random;

/** Endpoints on loopback, and what is sent between them. */
final class Ends {

    static final IpAddress V4 = IpAddress.parse("127.0.0.1");
    static final IpAddress V6 = IpAddress.parse("::1");

    private Ends() {}

    static DatagramProvider provider(String name) {
        return Datagrams.providers().stream()
                .filter(provider -> provider.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static DatagramEndpoint open(String provider, IpAddress address) throws IOException {
        return provider(provider).open(DatagramConfig.builder().address(address).build());
    }

    static DatagramEndpoint linux(UdpCalls calls) throws IOException {
        return new LinuxDatagramProvider(calls, new KernelVersion(6, 18, 0))
                .open(DatagramConfig.builder()
                        .address(V4)
                        .offload(OffloadMode.ON)
                        .build());
    }

    static FixedPath to(DatagramEndpoint endpoint, IpAddress address) {
        return FixedPath.to(address, endpoint.port());
    }

    static byte[] payload(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static boolean send(DatagramEndpoint from, DatagramPath to, byte[] payload) {
        return from.send(ByteBuffer.wrap(payload), 0, payload.length, to);
    }

    /** Writes a datagram into the thread's batch, in room that is larger than needed and full of junk. */
    static boolean write(DatagramEndpoint from, DatagramPath to, byte[] payload) {
        DatagramBatch batch = Objects.requireNonNull(from.batch());
        int room = Math.min(payload.length + 7, DatagramConfig.MAX_PAYLOAD);
        int at = batch.reserve(room, to, 0);
        if (at < 0) {
            return false;
        }
        for (int i = 0; i < room; i++) {
            batch.buffer().put(at + i, (byte) 0xa5);
        }
        batch.buffer().put(at, payload);
        return batch.commit(payload.length);
    }
}
