// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.device.Attachment;
import io.pktkit.impair.ImpairedLink;
import io.pktkit.impair.Impairment;
import io.pktkit.lab.LanConfig;
import io.pktkit.wire.Frame;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Makes the links of guests bad. It is opened before the parts that attach guests, so that no frame of theirs passes a link
 * before that is as bad as it is to be.
 */
final class ImpairPart implements UpPart {
    @Option(
            names = "--impair",
            paramLabel = "[ATTACHMENT=]SETTINGS",
            description = {
                "Make the link of a guest bad, in each direction: \"delay=30ms loss=1%%\", or",
                "\"pk0=rate=10mbit\" for the one of --tap pk0. Settings: delay, jitter, loss, duplicate,",
                "corrupt, rate, queue (packets) and seed. May be given more than once; what names an",
                "attachment wins for that one."
            })
    private List<String> texts = List.of();

    private final Map<String, Impairment> named = new HashMap<>();
    private @Nullable Impairment others;

    @Override
    public boolean attaches() {
        return false;
    }

    @Override
    public void configure(LanConfig.Builder config) throws UsageException {
        for (String text : texts) {
            Options.set("--impair", text, () -> add(ImpairmentText.parse(text)));
        }
    }

    private void add(ImpairmentText text) {
        String attachment = text.attachment();
        if (attachment == null ? others != null : named.containsKey(attachment)) {
            throw new IllegalArgumentException((attachment == null ? "all guests have" : attachment + " has")
                    + " settings already: write them into one --impair");
        }
        if (attachment == null) {
            others = text.impairment();
        } else {
            named.put(attachment, text.impairment());
        }
    }

    @Override
    public void open(RunningLan running) {
        if (!texts.isEmpty()) {
            running.onAttached(this::impair);
        }
    }

    private void impair(String name, Attachment<Frame> attachment) {
        Impairment impairment = named.getOrDefault(name, others);
        if (impairment != null && !impairment.isPerfect()) {
            ImpairedLink.on(attachment, impairment); // goes with the attachment
        }
    }

    @Override
    public void opened(Set<String> attachments) throws UsageException {
        Set<String> unknown = new TreeSet<>(named.keySet());
        unknown.removeAll(attachments);
        if (!unknown.isEmpty()) {
            throw new UsageException("--impair " + unknown.iterator().next()
                    + "=...: there is no such attachment; there is " + String.join(", ", new TreeSet<>(attachments)));
        }
    }

    @Override
    public List<String> ready() {
        return List.of();
    }
}
