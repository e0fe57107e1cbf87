package io.waltally.app.http.page;

import io.javalin.config.RoutesConfig;
import io.javalin.http.Handler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The page of an instance. Its files hold nothing of the instance, and need no token: the page gets everything from the
 * API, as any other client does.
 */
public final class PageRoutes {
    private static final String OWN = "/io/waltally/app/http/page/";
    private static final String PREFIX = "/page/";
    private static final String HTML = "text/html; charset=utf-8";
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";

    private static final List<String> SCRIPTS = List.of(
            "main.js",
            "json.js",
            "api.js",
            "format.js",
            "state.js",
            "parts.js",
            "lists.js",
            "overview.js",
            "storage.js",
            "users.js",
            "flow.js",
            "work.js");

    private static final Pattern IMPORT_MAP =
            Pattern.compile("<script type=\"importmap\">(.*?)</script>", Pattern.DOTALL);

    private final Map<String, PageFile> files = new LinkedHashMap<>();
    private final Map<String, String> headers;

    public PageRoutes() {
        PageFile index = PageFile.of(OWN + "index.html", HTML);
        files.put("/", index);
        files.put(PREFIX + "page.css", PageFile.of(OWN + "page.css", STYLE));
        files.put(PREFIX + "icon.svg", PageFile.of(OWN + "icon.svg", "image/svg+xml"));
        SCRIPTS.forEach(name -> files.put(PREFIX + name, PageFile.of(OWN + name, SCRIPT)));
        String preact = library("preact");
        files.put(PREFIX + "preact.js", PageFile.of(preact + "dist/preact.module.js", SCRIPT));
        files.put(PREFIX + "hooks.js", PageFile.of(preact + "hooks/dist/hooks.module.js", SCRIPT));
        String uplot = library("uplot");
        files.put(PREFIX + "uplot.js", PageFile.of(uplot + "dist/uPlot.iife.min.js", SCRIPT));
        files.put(PREFIX + "uplot.css", PageFile.of(uplot + "dist/uPlot.min.css", STYLE));
        headers = Map.of(
                "Content-Security-Policy",
                policy(index.text()),
                "X-Content-Type-Options",
                "nosniff",
                "Referrer-Policy",
                "no-referrer",
                "Cross-Origin-Opener-Policy",
                "same-origin",
                "Cross-Origin-Resource-Policy",
                "same-origin");
    }

    /** The directory of a WebJar. */
    private static String library(String name) {
        String resource = "/META-INF/maven/org.webjars.npm/" + name + "/pom.properties";
        Properties properties = new Properties();
        try (InputStream in = PageRoutes.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException("there is no resource " + resource);
            }
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException("reading " + resource, e);
        }
        return "/META-INF/resources/webjars/" + name + "/" + properties.getProperty("version") + "/";
    }

    /** Allows nothing from elsewhere, and no script or style within the document, except the names of its modules. */
    private static String policy(String html) {
        Matcher modules = IMPORT_MAP.matcher(html);
        if (!modules.find()) {
            throw new IllegalStateException("index.html has no import map");
        }
        String hash = PageFile.policyHash(modules.group(1).getBytes(StandardCharsets.UTF_8));
        return "default-src 'none'; script-src 'self' " + hash
                + "; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
                + " frame-ancestors 'none'; require-trusted-types-for 'script'";
    }

    /** The paths of all files. */
    public Set<String> paths() {
        return files.keySet();
    }

    public void addTo(RoutesConfig routes) {
        files.forEach((path, file) -> {
            Handler handler = context -> {
                headers.forEach(context::header);
                file.respond(context);
            };
            routes.get(path, handler);
            routes.head(path, handler);
        });
    }
}
