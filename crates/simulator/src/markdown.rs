//! Text in a table of Markdown.

/// Text that Markdown takes as text.
pub fn markdown_cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => cell.push_str("&lt;"),
            '&' => cell.push_str("&amp;"),
            '\\' | '|' | '`' | '*' | '[' | ']' => cell.extend(['\\', c]),
            _ if c.is_control() => cell.push(' '),
            _ => cell.push(c),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_break_out_of_its_cell() {
        let text = "a|b <img> [x](y) `c`\n|";
        assert_eq!(markdown_cell(text), "a\\|b &lt;img> \\[x\\](y) \\`c\\` \\|");
    }
}
