// SPDX-License-Identifier: MIT
package io.pktkit.datagram;

import io.pktkit.wire.IpAddress;
import io.pktkit.wire.IpFamily;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An endpoint of IPv4 that sends into lists: a list for each call of transmit, of what was in the batch. */
final class RecordingEndpoint extends AbstractDatagramEndpoint {

    final List<List<Sent>> calls = new ArrayList<>();

    /** One datagram, and the length of the run that begins with it. */
    @SuppressWarnings("ArrayRecordComponent") // never compared as a whole
    record Sent(FixedPath path, int trafficClass, byte[] payload, int run) {}

    private int maxSegments = 64;
    private int maxBytes = DatagramConfig.MAX_PAYLOAD;

    RecordingEndpoint(int maxBatches) {
        super(maxBatches);
    }

    void limitRuns(int segments, int bytes) {
        maxSegments = segments;
        maxBytes = bytes;
    }

    @Override
    protected DatagramBatch newBatch() {
        return new DatagramBatch(this) {
            @Override
            protected int transmit() {
                List<Sent> all = new ArrayList<>();
                for (int i = 0; i < size(); i++) {
                    byte[] payload = new byte[length(i)];
                    buffer().get(offset(i), payload);
                    all.add(new Sent(
                            FixedPath.copyOf(path(i)), trafficClass(i), payload, runLength(i, maxSegments, maxBytes)));
                    stats().sent(payload.length);
                }
                synchronized (calls) {
                    calls.add(all);
                }
                return size();
            }
        };
    }

    @Override
    protected int drain() {
        return 0;
    }

    @Override
    protected void awaitReadable() {}

    @Override
    protected void wakeReceiver() {}

    @Override
    protected void release() {}

    @Override
    protected boolean reaches(boolean isIpv4) {
        return isIpv4;
    }

    @Override
    public @Nullable IpAddress localAddress(IpFamily family) {
        return null;
    }

    @Override
    public int port() {
        return 1;
    }

    @Override
    public Set<DatagramFeature> features() {
        return Set.of();
    }

    @Override
    public boolean setSegmentation(boolean wanted) {
        return false;
    }

    @Override
    public String describe() {
        return "recording";
    }
}
