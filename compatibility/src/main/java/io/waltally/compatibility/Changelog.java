package io.waltally.compatibility;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sections of CHANGELOG.md, which begin with {@code ## VERSION (unreleased)} or {@code ## VERSION (date)}. */
final class Changelog {
    private static final Pattern SECTION = Pattern.compile("(?m)^## (\\S+)(.*)$");
    private static final String UNRELEASED = "(unreleased)";
    private static final String UPGRADE = "**Upgrade:**";

    /** Versions in their order, not that of their texts. */
    static final Comparator<String> VERSIONS = (left, right) -> Arrays.compare(numbers(left), numbers(right));

    private final List<Section> sections = new ArrayList<>();

    private record Section(String version, boolean released, String text) {}

    Changelog(String text) {
        Matcher heading = SECTION.matcher(text);
        List<int[]> places = new ArrayList<>();
        while (heading.find()) {
            places.add(new int[] {heading.start(), heading.end()});
            sections.add(new Section(heading.group(1), !heading.group(2).contains(UNRELEASED), ""));
        }
        for (int i = 0; i < places.size(); i++) {
            int end = i + 1 < places.size() ? places.get(i + 1)[0] : text.length();
            Section section = sections.get(i);
            sections.set(i, new Section(section.version(), section.released(), text.substring(places.get(i)[1], end)));
        }
    }

    private static int[] numbers(String version) {
        return Arrays.stream(version.split("\\.")).mapToInt(Integer::parseInt).toArray();
    }

    /** Whether a section says that the version is not released yet. */
    boolean isUnreleased(String version) {
        return sections.stream().anyMatch(section -> section.version().equals(version) && !section.released());
    }

    /** Whether an upgrade note of a version after this one names the form. */
    boolean hasUpgradeNote(String version, String form) {
        return sections.stream()
                .filter(section -> VERSIONS.compare(section.version(), version) > 0)
                .flatMap(section -> Arrays.stream(section.text().split("\\n(?=- )")))
                .anyMatch(item -> item.contains(UPGRADE) && item.contains("`" + form + "`"));
    }
}
