// SPDX-License-Identifier: MIT
package io.pktkit.tuntap;

import io.pktkit.device.DropReason;
import io.pktkit.wire.Pdu;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;

/**
 * This program's end of an interface, the same for frames and packets: what {@link Tap} and {@link Tun} are faces of. Any
 * thread.
 */
final class InterfaceEnd implements InterfaceReader.Receiver {

    private final KernelInterface kernel;
    private final InterfaceDevice<?> face;
    private final ObjIntConsumer<ByteBuffer> arrived;
    private final IntConsumer changeMtu;
    private final InterfaceReader reader;
    private final InterfaceWriter writer;

    /**
     * Makes the end; {@link #start} starts its thread.
     *
     * @param longest the longest message in bytes
     * @param attached whether anybody receives what comes
     * @param arrived takes a message: bytes 0 to the length of a buffer
     * @param changeMtu takes the interface's MTU
     */
    InterfaceEnd(
            KernelInterface kernel,
            InterfaceDevice<?> face,
            int longest,
            BooleanSupplier attached,
            ObjIntConsumer<ByteBuffer> arrived,
            IntConsumer changeMtu)
            throws IOException {
        this.kernel = kernel;
        this.face = face;
        this.arrived = arrived;
        this.changeMtu = changeMtu;
        reader = new InterfaceReader(kernel.fd(), kernel.changes(), kernel.name(), longest, attached, this);
        writer = new InterfaceWriter(kernel.fd(), face.stats(), longest);
        changeMtu.accept(kernel.mtu());
    }

    void start() {
        reader.start();
    }

    /** Looks whether anybody is attached now. */
    void attached() {
        reader.wake();
    }

    boolean send(Pdu pdu, boolean valid, int length) {
        if (valid && !pdu.isUnfinished()) {
            return writer.write(pdu.buffer(), pdu.offset(), length);
        }
        face.stats().sendDropped(valid ? DropReason.UNSUPPORTED : DropReason.MALFORMED);
        return false;
    }

    KernelInterface kernel() {
        return kernel;
    }

    void setMtu(int mtu) throws IOException {
        kernel.setMtu(mtu);
        changeMtu.accept(mtu);
    }

    /** Closes the interface, and tells the thread to end. */
    Thread stop() {
        reader.stop();
        kernel.close();
        return reader.thread();
    }

    @Override
    public void onMessage(ByteBuffer buffer, int length) {
        arrived.accept(buffer, length);
    }

    @Override
    public void onTruncated() {
        face.stats().receiveDropped(DropReason.TRUNCATED);
    }

    @Override
    public void onChange() {
        int mtu = kernel.changedMtu();
        if (mtu != 0) {
            changeMtu.accept(mtu);
        }
    }

    @Override
    public void onGone(Throwable reason) {
        face.stats().error();
        GoneLog.record(kernel.name(), reason);
        face.close();
    }
}
