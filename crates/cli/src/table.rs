//! Colours and columns for a terminal.

use afterimage_simulator::Verdict;
use anstyle::AnsiColor;
use anstyle::Style;
use comfy_table::CellAlignment;
use comfy_table::ColumnConstraint;
use comfy_table::ContentArrangement;
use comfy_table::Table;
use comfy_table::Width;
use comfy_table::presets;

pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const AMBER: Style = AnsiColor::Yellow.on_default();
pub(crate) const BLUE: Style = AnsiColor::Cyan.on_default();
const VIOLET: Style = AnsiColor::Magenta.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const GREY: Style = AnsiColor::BrightBlack.on_default();

/// One line of the table, and what stands indented below it.
pub(crate) struct Line {
    /// Begins with the verdict.
    pub(crate) cells: [String; 5],
    pub(crate) below: Vec<String>,
}

pub(crate) fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Deprecate => AMBER,
        Verdict::Disable => VIOLET,
        Verdict::Delete => RED,
        Verdict::Skip => BLUE,
        Verdict::Keep => GREEN,
        Verdict::Ignore => GREY,
    }
}

/// Columns without rules between them, the verdict that begins a line in its colour. Given a width, the last
/// column wraps to keep within it.
///
/// The colour goes on afterwards, so that the columns are measured without it.
pub(crate) fn render(header: [&str; 5], rows: Vec<Line>, width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    if let Some(width) = width {
        table.set_width(width).set_content_arrangement(ContentArrangement::Dynamic);
        // A sentence wraps well, a name does not.
        let mut constraints = [ColumnConstraint::ContentWidth; 5];
        constraints[4] = ColumnConstraint::LowerBoundary(Width::Fixed(20));
        table.set_constraints(constraints);
    }
    if let Some(age) = table.column_mut(2) {
        age.set_cell_alignment(CellAlignment::Right);
    }
    // No space is lost at the edges.
    for (column, padding) in [(0, (0, 1)), (4, (1, 0))] {
        if let Some(column) = table.column_mut(column) {
            column.set_padding(padding);
        }
    }
    let mut below = Vec::with_capacity(rows.len());
    for row in rows {
        table.add_row(row.cells);
        below.push(row.below);
    }
    let mut below = below.into_iter();
    let mut current = Vec::new();
    let mut text = String::new();
    for line in table.lines() {
        let line = line.trim_end();
        let verdict = Verdict::ALL
            .into_iter()
            .find(|verdict| line.strip_prefix(verdict.as_str()).is_some_and(|rest| rest.starts_with(' ')));
        match verdict {
            Some(verdict) => {
                put_below(&mut text, &current);
                current = below.next().unwrap_or_default();
                let (style, word) = (style(verdict), verdict.as_str());
                let rest = line.strip_prefix(word).unwrap_or(line);
                text.push_str(&format!("{style}{word}{style:#}{rest}\n"));
            }
            None => text.push_str(&format!("{line}\n")),
        }
    }
    put_below(&mut text, &current);
    text
}

/// Columns of which all but the first `names` are numbers, and align as such.
pub(crate) fn columns<const N: usize>(header: [&str; N], rows: Vec<[String; N]>, names: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header).add_rows(rows);
    for column in names..N {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    if let Some(column) = table.column_mut(0) {
        column.set_padding((0, 1));
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

fn put_below(text: &mut String, lines: &[String]) {
    for line in lines {
        text.push_str(&format!("  {line}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(width: Option<u16>) -> String {
        let line = |verdict: &str, below: &[&str]| Line {
            cells: [verdict, "web/1.0.0/10", "7 d", "AVAILABLE", "TOO_YOUNG: DEPRECATE at 90 days"]
                .map(str::to_owned),
            below: below.iter().map(|&line| line.to_owned()).collect(),
        };
        let header = ["verdict", "image", "age", "state", "why"];
        let text = render(header, vec![line("KEEP", &["one"]), line("DELETE", &["two", "three"])], width);
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn what_belongs_to_a_row_stands_below_it() {
        let text = shown(None);
        let places =
            ["verdict", "KEEP", "one", "DELETE", "two", "three"].map(|word| text.find(word).unwrap());
        assert!(places.is_sorted(), "{text}");
    }

    #[test]
    fn only_the_last_column_wraps() {
        let text = shown(Some(64));
        assert!(text.lines().all(|line| line.chars().count() <= 64), "{text}");
        assert_eq!(text.matches("web/1.0.0/10").count(), 2, "{text}");
        assert!(text.find("days").unwrap() < text.find("one").unwrap(), "{text}");
    }
}
