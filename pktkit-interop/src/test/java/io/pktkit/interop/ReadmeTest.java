// SPDX-License-Identifier: MIT
package io.pktkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject.Kind;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's Java is compiled, so that what a newcomer copies works. */
class ReadmeTest {
    private static final Pattern BLOCK = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final List<String> PACKAGES = List.of(
            "io.pktkit.device",
            "io.pktkit.dhcp",
            "io.pktkit.hub",
            "io.pktkit.l2adapter",
            "io.pktkit.lab",
            "io.pktkit.link",
            "io.pktkit.slirp",
            "io.pktkit.time",
            "io.pktkit.vclient",
            "io.pktkit.vclient.http",
            "io.pktkit.wire",
            "java.net",
            "java.nio",
            "java.nio.charset",
            "java.time");

    @TempDir
    Path classes;

    @Test
    void shouldCompile() throws IOException {
        String readme = Files.readString(Path.of(System.getProperty("pktkit.root"), "README.md"));
        List<String> snippets = new ArrayList<>();
        for (Matcher matcher = BLOCK.matcher(readme); matcher.find(); ) {
            snippets.add(matcher.group(1));
        }
        assertFalse(snippets.isEmpty(), "no Java in the README");

        assertEquals("", compile(source(snippets)));
    }

    private static String source(List<String> snippets) {
        StringBuilder source = new StringBuilder();
        PACKAGES.forEach(name -> source.append("import ").append(name).append(".*;\n"));
        source.append("class Readme {\n");
        for (int i = 0; i < snippets.size(); i++) {
            boolean needsHost =
                    snippets.get(i).contains("alice") && !snippets.get(i).contains("LanHost alice");
            source.append("static void snippet")
                    .append(i)
                    .append(needsHost ? "(LanHost alice)" : "()")
                    .append(" throws Exception {\n")
                    .append(snippets.get(i))
                    .append("}\n");
        }
        return source.append("}\n").toString();
    }

    private String compile(String source) {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter complaints = new StringWriter();
        SimpleJavaFileObject file = new SimpleJavaFileObject(URI.create("string:///Readme.java"), Kind.SOURCE) {
            @Override
            public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                return source;
            }
        };
        List<String> options = List.of("-d", classes.toString(), "-proc:none", "-classpath", classPath());
        boolean compiled = compiler.getTask(complaints, null, null, options, null, List.of(file))
                .call();
        return compiled ? "" : complaints + "\n" + source;
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }
}
