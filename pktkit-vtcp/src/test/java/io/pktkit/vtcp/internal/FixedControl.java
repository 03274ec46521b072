// SPDX-License-Identifier: MIT
package io.pktkit.vtcp.internal;

import io.pktkit.vtcp.TcpInfo;
import io.pktkit.vtcp.internal.congestion.CongestionControl;
import io.pktkit.vtcp.internal.congestion.RateSample;

/** A congestion control that is what the test sets, and counts what it is told. */
final class FixedControl implements CongestionControl {
    final boolean owns;
    int samples;
    int undos;
    int silences;
    boolean sack;
    long rate;
    long interval;
    long priorDelivered;
    int windowsSet;
    int remembered;
    long newlyAcked;
    long newlyLost;
    long inFlight;
    int window = 20_000;
    int threshold = 10_000;
    long pacingRate;

    FixedControl(boolean owns) {
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
