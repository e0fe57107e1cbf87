package io.waltally.app.terminal;

import java.util.ArrayList;
import java.util.List;

/** A table with columns as wide as their widest cell, and lines of free text between its rows. */
public final class TextTable {
    private final List<Column> columns;
    private final List<Line> lines = new ArrayList<>();

    /** A column; figures are aligned to the right. */
    public record Column(String header, boolean figures) {
        public static Column text(String header) {
            return new Column(header, false);
        }

        public static Column figures(String header) {
            return new Column(header, true);
        }

        private String padded(String cell, int width) {
            String padding = " ".repeat(width - cell.length());
            return figures ? padding + cell : cell + padding;
        }
    }

    /** A row has a cell for each column, free text is a single cell. */
    private record Line(boolean row, List<String> cells) {}

    public TextTable(Column... columns) {
        this.columns = List.of(columns);
        lines.add(new Line(true, this.columns.stream().map(Column::header).toList()));
    }

    public void row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        }
        lines.add(new Line(true, List.of(cells)));
    }

    public void text(String text) {
        lines.add(new Line(false, List.of(text)));
    }

    /** The header, and what was added; nothing if there is nothing but the header. */
    public List<String> lines() {
        return (lines.size() == 1 ? List.<Line>of() : lines)
                .stream().map(this::format).toList();
    }

    private String format(Line line) {
        if (!line.row()) {
            return line.cells().get(0);
        }
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < columns.size(); i++) {
            cells.add(columns.get(i).padded(line.cells().get(i), width(i)));
        }
        return String.join(" ", cells).stripTrailing();
    }

    private int width(int column) {
        return lines.stream()
                .filter(Line::row)
                .mapToInt(line -> line.cells().get(column).length())
                .max()
                .orElse(0);
    }
}
