// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal.congestion;

import io.pktkit.vtcp.TcpInfo;

/** A congestion control that is what the test sets, and counts what it is told. */
public final class FixedControl implements CongestionControl {
    public final boolean owns;
    public int samples;
    public int undos;
    public int silences;
    public boolean sack;
    public long rate;
    public long interval;
    public long priorDelivered;
    public int windowsSet;
    public int remembered;
    public long newlyAcked;
    public long newlyLost;
    public long inFlight;
    public int window = 20_000;
    public int threshold = 10_000;
    public long pacingRate;

    public FixedControl(boolean owns) {
        this.owns = owns;
    }

    @Override
    public String name() {
        return "fixed";
    }

    @Override
    public void start(int mss, int initialWindow) {}

    @Override
    public void segmentSize(int mss) {}

    @Override
    public void onAck(long bytes, long smoothedRtt, long now) {}

    @Override
    public void onDelivered(RateSample sample) {
        samples++;
        newlyAcked += sample.newlyAcked;
        newlyLost += sample.newlyLost;
        inFlight = sample.inFlight;
        rate = sample.deliveryRate;
        interval = sample.interval;
        priorDelivered = sample.priorDelivered;
    }

    @Override
    public void onLoss(long flight, long now) {}

    @Override
    public void remember() {
        remembered++;
    }

    @Override
    public void undo() {
        undos++;
    }

    @Override
    public void useSack(boolean on) {
        sack = on;
    }

    @Override
    public void onSilence() {
        silences++;
    }

    @Override
    public void onRecovered() {}

    @Override
    public void onTimeout(long flight, boolean repeated, long now) {}

    @Override
    public void onIdle(long idle, int restartWindow) {}

    @Override
    public void setWindow(int bytes) {
        windowsSet++;
    }

    @Override
    public int window() {
        return window;
    }

    @Override
    public int threshold() {
        return threshold;
    }

    @Override
    public TcpInfo.SlowStart slowStart() {
        return new TcpInfo.SlowStart(TcpInfo.SlowStartPhase.ENDED, TcpInfo.SlowStartExit.LOSS, window, 0);
    }

    @Override
    public boolean ownsRecovery() {
        return owns;
    }

    @Override
    public long pacingRate() {
        return pacingRate;
    }
}
