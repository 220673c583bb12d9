//! Colours and columns for a terminal.

use afterimage_simulator::Verdict;
use anstyle::AnsiColor;
use anstyle::Style;
use comfy_table::Table;
use comfy_table::presets;

pub(crate) const RED: Style = AnsiColor::Red.on_default().bold();
pub(crate) const AMBER: Style = AnsiColor::Yellow.on_default();
pub(crate) const BLUE: Style = AnsiColor::Cyan.on_default();
const VIOLET: Style = AnsiColor::Magenta.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const GREY: Style = AnsiColor::BrightBlack.on_default();

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

/// Columns without lines, the verdict that begins a line in its colour.
///
/// The colour goes on afterwards, so that the columns are measured without it.
pub(crate) fn render<const N: usize>(header: [&str; N], rows: Vec<[String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for row in rows {
        table.add_row(row);
    }
    let mut text = String::new();
    for line in table.lines() {
        let line = line.strip_prefix(' ').unwrap_or(&line).trim_end();
        let verdict = Verdict::ALL
            .into_iter()
            .find(|verdict| line.strip_prefix(verdict.as_str()).is_some_and(|rest| rest.starts_with(' ')));
        match verdict {
            Some(verdict) => {
                let (style, word) = (style(verdict), verdict.as_str());
                let rest = line.strip_prefix(word).unwrap_or(line);
                text.push_str(&format!("{style}{word}{style:#}{rest}"));
            }
            None => text.push_str(line),
        }
        text.push('\n');
    }
    text
}
