//! Colours for text in any of the notations: keys, strings, numbers and words of the language, comments.

use yew::prelude::*;

/// The text in parts, each with its class; plain parts have none.
fn parts(text: &str) -> Vec<(&'static str, &str)> {
    let mut parts: Vec<(&'static str, &str)> = Vec::new();
    let (mut rest, mut plain) = (text, 0);
    let mut fresh = true;
    while let Some(letter) = rest.get(plain..).and_then(|rest| rest.chars().next()) {
        let (before, here) = rest.split_at(plain);
        let length = match letter {
            '"' | '\'' => quoted(here, letter),
            '#' if fresh => Some(here.find('\n').unwrap_or(here.len())),
            '/' if here.starts_with("//") && fresh => Some(here.find('\n').unwrap_or(here.len())),
            _ if fresh && (letter.is_ascii_alphanumeric() || letter == '_') => {
                let end = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'));
                let word = here.get(..here.find(end).unwrap_or(here.len())).unwrap_or(here);
                Some(word.trim_end_matches(':').len().max(1))
            }
            _ => None,
        };
        let Some((own, after)) = length.and_then(|length| here.split_at_checked(length)) else {
            fresh = !letter.is_alphanumeric();
            plain += letter.len_utf8();
            continue;
        };
        let follows = after.trim_start_matches(' ');
        let is_key = follows.starts_with(':') || (follows.starts_with('=') && !follows.starts_with("=="));
        let class = match letter {
            '#' | '/' => "t-note",
            _ if is_key => "t-key",
            '"' | '\'' => "t-text",
            _ if letter.is_ascii_digit() || matches!(own, "true" | "false" | "null") => "t-word",
            _ => "",
        };
        parts.extend([("", before), (class, own)].into_iter().filter(|(_, part)| !part.is_empty()));
        (rest, plain, fresh) = (after, 0, true);
    }
    parts.push(("", rest));
    parts
}

/// Bytes of a string with its quotes; `None` when it does not end on its line.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        match letter {
            '\n' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if letter == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

pub(super) fn highlight(text: &str) -> Html {
    let part = |(class, part): (&'static str, &str)| match class {
        "" => html! { { part.to_owned() } },
        _ => html! { <span {class}>{ part.to_owned() }</span> },
    };
    parts(text).into_iter().map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::parts;

    fn of(text: &str, class: &str) -> Vec<String> {
        assert_eq!(parts(text).iter().map(|(_, part)| *part).collect::<String>(), text);
        parts(text).into_iter().filter(|part| part.0 == class).map(|part| part.1.to_owned()).collect()
    }

    #[test]
    fn keys_and_values_are_told_apart_in_every_notation() {
        let json = "{\n  \"a\\\"b\": [\"x: y\", 12, true]\n}";
        assert_eq!(of(json, "t-key"), ["\"a\\\"b\""]);
        assert_eq!(of(json, "t-text"), ["\"x: y\""]);
        assert_eq!(of(json, "t-word"), ["12", "true"]);
        let yaml = "# note\nType: AWS::ImageBuilder::LifecyclePolicy\nRole: 'é'\nUnit: 7";
        assert_eq!(of(yaml, "t-key"), ["Type", "Role", "Unit"]);
        assert_eq!((of(yaml, "t-text"), of(yaml, "t-word")), (vec!["'é'".to_owned()], vec!["7".to_owned()]));
        assert_eq!(of(yaml, "t-note"), ["# note"]);
        let terraform = "resource \"a\" \"b\" {\n  name = \"n\" # why\n  on   = true\n}";
        assert_eq!(of(terraform, "t-key"), ["name", "on"]);
        assert_eq!(of(terraform, "t-note"), ["# why"]);
        let shell = "aws x --cli-input-json '{\n  \"name\": \"n\"\n}'";
        assert_eq!(
            (of(shell, "t-key"), of(shell, "t-text")),
            (vec!["\"name\"".to_owned()], vec!["\"n\"".to_owned()])
        );
    }
}
