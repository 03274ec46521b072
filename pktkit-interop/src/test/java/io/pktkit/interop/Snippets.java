// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/** The Java of the documentation, taken out of its pages and compiled. */
final class Snippets {
    private static final Pattern BLOCK = Pattern.compile("^```(\\w+)\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern PACKAGE = Pattern.compile("^package ([\\w.]+);", Pattern.MULTILINE);
    private static final Pattern TYPE = Pattern.compile("^public (?:final )?class (\\w+)", Pattern.MULTILINE);

    /** What the examples of the README import without saying so. */
    private static final List<String> PACKAGES = List.of(
            "io.pktkit.datagram",
            "io.pktkit.device",
            "io.pktkit.dhcp",
            "io.pktkit.hub",
            "io.pktkit.impair",
            "io.pktkit.l2adapter",
            "io.pktkit.lab",
            "io.pktkit.link",
            "io.pktkit.ovpn",
            "io.pktkit.ovpn.pki",
            "io.pktkit.pcap",
            "io.pktkit.qemu",
            "io.pktkit.slirp",
            "io.pktkit.time",
            "io.pktkit.vclient",
            "io.pktkit.vclient.http",
            "io.pktkit.wg",
            "io.pktkit.wg.tunnel",
            "io.pktkit.wire",
            "java.net",
            "java.nio",
            "java.nio.charset",
            "java.nio.file",
            "java.security",
            "java.sql",
            "java.time",
            "java.util");

    private Snippets() {}

    /**
     * A block of Java: a whole file where it begins with its package, else statements.
     *
     * @param name its class
     * @param page the file it is from
     * @param where file and number of the block
     * @param prints the block of text after it, or null
     */
    record Snippet(String name, String page, String where, String source, String prints) {
        boolean isType() {
            return PACKAGE.matcher(source).find();
        }
    }

    static List<Snippet> of(Path root, UnaryOperator<String> fit) throws IOException {
        List<Path> pages = new ArrayList<>(List.of(root.resolve("README.md")));
        try (Stream<Path> docs = Files.list(root.resolve("docs"))) {
            docs.filter(page -> page.toString().endsWith(".md")).sorted().forEach(pages::add);
        }
        List<Snippet> found = new ArrayList<>();
        for (Path page : pages) {
            find(page.getFileName().toString(), fit.apply(Files.readString(page)), found);
        }
        return found;
    }

    private static void find(String page, String text, List<Snippet> found) {
        List<String[]> blocks = new ArrayList<>();
        for (Matcher matcher = BLOCK.matcher(text); matcher.find(); ) {
            blocks.add(new String[] {matcher.group(1), matcher.group(2)});
        }
        for (int i = 0; i < blocks.size(); i++) {
            if (blocks.get(i)[0].equals("java")) {
                boolean told = i + 1 < blocks.size() && blocks.get(i + 1)[0].equals("text");
                String prints = told ? blocks.get(i + 1)[1] : null;
                String source = blocks.get(i)[1];
                found.add(new Snippet(nameOf(source, found.size()), page, page + " block " + (i + 1), source, prints));
            }
        }
    }

    private static String nameOf(String source, int number) {
        Matcher type = TYPE.matcher(source);
        Matcher in = PACKAGE.matcher(source);
        return in.find() && type.find() ? in.group(1) + "." + type.group(1) : "documentation.Example" + number;
    }

    static void compile(List<Snippet> snippets, Path classes) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        List<String> options =
                List.of("-d", classes.toString(), "-proc:none", "-classpath", System.getProperty("java.class.path"));
        String types = snippets.stream()
                .filter(Snippet::isType)
                .map(type -> "import " + type.name() + ";\n")
                .collect(Collectors.joining());
        List<JavaFileObject> files =
                snippets.stream().map(snippet -> file(snippet, types)).toList();
        if (!compiler.getTask(complaints, null, null, options, null, files).call()) {
            throw new AssertionError("the documentation's Java does not compile:\n" + complaints);
        }
    }

    private static JavaFileObject file(Snippet snippet, String types) {
        String source = snippet.isType() ? snippet.source() : program(snippet, types);
        URI uri = URI.create("string:///" + snippet.name().replace('.', '/') + ".java");
        return new SimpleJavaFileObject(uri, Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
    }

    private static String program(Snippet snippet, String types) {
        StringBuilder source = new StringBuilder("package documentation;\n").append(types);
        PACKAGES.forEach(name -> source.append("import ").append(name).append(".*;\n"));
        snippet.source()
                .lines()
                .filter(Snippets::isImport)
                .forEach(line -> source.append(line).append('\n'));
        boolean makesHost = snippet.source().contains("LanHost alice");
        source.append("public class ")
                .append(snippet.name().substring("documentation.".length()))
                .append(" {\npublic static void run(LanHost ")
                .append(makesHost ? "unused" : "alice")
                .append(") throws Exception {\n");
        snippet.source()
                .lines()
                .filter(line -> !isImport(line))
                .forEach(line -> source.append(line).append('\n'));
        return source.append("}\n}\n").toString();
    }

    private static boolean isImport(String line) {
        return line.startsWith("import ");
    }
}
