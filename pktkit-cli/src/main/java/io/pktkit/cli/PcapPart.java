// SPDX-License-Identifier: MIT
package io.pktkit.cli;

import io.pktkit.device.Attachment;
import io.pktkit.dhcp.LeaseEvent;
import io.pktkit.dhcp.ServerLease;
import io.pktkit.lab.LanConfig;
import io.pktkit.pcap.Capture;
import io.pktkit.pcap.CaptureConfig;
import io.pktkit.pcap.CaptureFilter;
import io.pktkit.pcap.CaptureFormat;
import io.pktkit.wire.Frame;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Records what guests send and get. It is opened before the parts that attach guests, and before what makes their links bad, so
 * that it sees what they see.
 */
final class PcapPart implements UpPart {
    private static final String STANDARD_OUTPUT = "-";

    @Option(
            names = "--pcap",
            paramLabel = "FILE|-",
            description = {
                "Record what guests send and get into FILE, for Wireshark: pcapng, or classic pcap if its name",
                "ends in .pcap. A named pipe is waited for. With -, to standard output, and everything",
                "else is printed to standard error. May be given more than once."
            })
    private List<String> files = List.of();

    @Option(
            names = "--pcap-filter",
            paramLabel = "FILTER",
            description = "Record only what matches, in a part of tcpdump's language: \"arp or udp port 67\".")
    private @Nullable String filter;

    @Option(
            names = "--pcap-snaplen",
            paramLabel = "BYTES",
            description = "Record at most so much of each packet. Default: 262144")
    private @Nullable Integer snapLength;

    private CaptureConfig config = CaptureConfig.DEFAULT;
    private final List<Capture> captures = new ArrayList<>();

    @Override
    public boolean attaches() {
        return false;
    }

    @Override
    public boolean takesStandardOutput() {
        return files.contains(STANDARD_OUTPUT);
    }

    @Override
    public void configure(LanConfig.Builder lan) throws UsageException {
        Integer length = snapLength;
        if (length != null) {
            requireFile("--pcap-snaplen " + length);
            Options.set("--pcap-snaplen", length.toString(), () -> config = config.withSnapLength(length));
        }
        String text = filter;
        if (text != null) {
            requireFile("--pcap-filter " + text);
            Options.set("--pcap-filter", text, () -> config = config.withFilter(CaptureFilter.parse(text)));
        }
        if (files.stream().filter(STANDARD_OUTPUT::equals).count() > 1) {
            throw new UsageException("--pcap -: standard output can be recorded to only once");
        }
        Set<Path> named = new HashSet<>();
        for (String file : files) {
            if (!file.equals(STANDARD_OUTPUT)
                    && !named.add(Path.of(file).toAbsolutePath().normalize())) {
                throw new UsageException("--pcap " + file + ": two captures in one file; leave one of them out");
            }
        }
    }

    private void requireFile(String option) throws UsageException {
        if (files.isEmpty()) {
            throw new UsageException(option + ": there is nothing recorded; give --pcap FILE");
        }
    }

    @Override
    public void open(RunningLan running) throws UsageException {
        for (String file : files) {
            Capture capture = running.own(open(file));
            captures.add(capture);
            capture.done().whenComplete((nothing, failure) -> {
                if (failure != null && !running.isClosed()) {
                    running.say(
                            "--pcap %s: nothing is recorded any more: %s", file, String.valueOf(failure.getMessage()));
                }
            });
        }
        if (!captures.isEmpty()) {
            running.onAttached(this::tap);
        }
    }

    private Capture open(String file) throws UsageException {
        if (file.equals(STANDARD_OUTPUT)) {
            return Capture.toStream(new FileOutputStream(FileDescriptor.out), config);
        }
        CaptureFormat format =
                file.toLowerCase(Locale.ROOT).endsWith(".pcap") ? CaptureFormat.PCAP : CaptureFormat.PCAPNG;
        try {
            return Capture.toFile(Path.of(file), config.withFormat(format));
        } catch (IOException | IllegalArgumentException e) {
            throw new UsageException(
                    "--pcap " + file + ": the file cannot be made: choose another, in a directory that is there", e);
        }
    }

    private void tap(String name, Attachment<Frame> attachment) {
        for (Capture capture : captures) {
            try {
                capture.tap(name, attachment);
            } catch (IllegalStateException ended) {
                // The guest is gone again, or the capture is over: either is no reason not to attach.
            }
        }
    }

    @Override
    public void onLease(ServerLease lease, LeaseEvent event) {
        String name = lease.hostname();
        if (event == LeaseEvent.GRANTED && name != null) {
            captures.forEach(capture -> capture.name(lease.address(), name));
        }
    }

    @Override
    public List<String> ready() {
        return List.of();
    }

    @Override
    public List<String> hints() {
        return files.isEmpty() ? List.of() : List.of("recording to " + String.join(", ", files));
    }
}
