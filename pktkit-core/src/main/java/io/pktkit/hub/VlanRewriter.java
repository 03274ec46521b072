// SPDX-License-Identifier: MIT
package io.pktkit.hub;

import io.pktkit.internal.Scratch;
import io.pktkit.wire.Frame;
import io.pktkit.wire.FrameBuilder;
import java.nio.ByteBuffer;

/**
 * Writes a frame with another VLAN tag, or without one, into a buffer of the thread. A tag is replaced and never stacked
 * onto another, and the priority and DEI bits of the old one are kept.
 */
final class VlanRewriter {

    private static final int TAG_LENGTH = Frame.VLAN_HEADER_LENGTH - Frame.HEADER_LENGTH;
    private static final int PRIORITY_AND_DEI = 0xF000;

    private VlanRewriter() {}

    static Frame untagged(Scratch scratch, Frame frame) {
        ByteBuffer target = scratch.buffer(Scratch.UNTAGGED, frame.length());
        int length = FrameBuilder.writeUntagged(frame, target, 0);
        return wrap(scratch.frame(Scratch.UNTAGGED), target, length, frame);
    }

    static Frame tagged(Scratch scratch, Frame frame, int vlan) {
        ByteBuffer target = scratch.buffer(Scratch.TAGGED, frame.length() + TAG_LENGTH);
        int length = FrameBuilder.writeTagged(frame, (frame.vlanTci() & PRIORITY_AND_DEI) | vlan, target, 0);
        return wrap(scratch.frame(Scratch.TAGGED), target, length, frame);
    }

    private static Frame wrap(Frame view, ByteBuffer target, int length, Frame original) {
        return view.wrap(target, 0, length)
                .segmentSize(original.segmentSize())
                .checksumPending(original.checksumPending());
    }
}
