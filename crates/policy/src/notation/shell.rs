//! The words of a shell command, as bash splits them.
//!
//! Nothing is expanded: a word in which the shell would put something else is marked.

use crate::json::SyntaxError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// A variable or a command stands in it, so the text is not what the command gets.
    pub(crate) expands: bool,
}

/// The words of the first command, and whether something else follows it.
pub(crate) fn words(text: &str) -> Result<(Vec<Word>, bool), SyntaxError> {
    let mut lexer = Lexer { rest: text, text };
    let mut words = Vec::new();
    while let Some(word) = lexer.word(words.is_empty())? {
        // The prompt of an example that was copied with it.
        if !(words.is_empty() && word.text == "$") {
            words.push(word);
        }
    }
    let more = lexer.rest.lines().any(|line| {
        let line = line.trim_matches([' ', '\t', '\r', ';', '&']);
        !line.is_empty() && !line.starts_with('#')
    });
    Ok((words, more))
}

struct Lexer<'a> {
    text: &'a str,
    rest: &'a str,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = self.rest.get(letter.len_utf8()..).unwrap_or_default();
        Some(letter)
    }

    fn skip(&mut self, prefix: &str) -> bool {
        let after = self.rest.strip_prefix(prefix);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    /// The next word; `None` at the end of the command.
    fn word(&mut self, first: bool) -> Result<Option<Word>, SyntaxError> {
        loop {
            if self.skip("\\\n")
                || self.skip("\\\r\n")
                || self.skip(" ")
                || self.skip("\t")
                || self.skip("\r")
            {
                continue;
            }
            if self.rest.starts_with('#') {
                let line = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = self.rest.get(line..).unwrap_or_default();
            }
            if !(first && self.skip("\n")) {
                break;
            }
        }
        let mut word = Word { text: String::new(), expands: false };
        let mut begun = false;
        loop {
            match self.rest.chars().next() {
                None | Some(' ' | '\t' | '\n' | ';' | '&' | '|') => return Ok(begun.then_some(word)),
                Some('\r') if self.rest.starts_with("\r\n") => return Ok(begun.then_some(word)),
                Some('<' | '>' | '(' | ')') => {
                    return Err(self.error("a redirection or a group stands here; give the command alone"));
                }
                Some(_) => {}
            }
            begun = true;
            let before = self.rest;
            match self.next() {
                Some('\'') => self.single(&mut word, before)?,
                Some('"') => self.double(&mut word, before)?,
                Some('\\') => match self.next() {
                    Some('\n') | None => {}
                    Some('\r') if self.skip("\n") => {}
                    Some(letter) => word.text.push(letter),
                },
                Some('$') if self.skip("'") => self.ansi(&mut word, before)?,
                Some('$') if self.skip("\"") => self.double(&mut word, before)?,
                Some(letter) => {
                    let names = |c: char| c.is_ascii_alphanumeric() || "_{(*@#?!$-".contains(c);
                    word.expands |= letter == '`' || (letter == '$' && self.rest.starts_with(names));
                    word.text.push(letter);
                }
                None => {}
            }
        }
    }

    fn single(&mut self, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some(letter) => word.text.push(letter),
                None => return Err(self.unclosed(before)),
            }
        }
    }

    fn double(&mut self, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        loop {
            match self.next() {
                Some('"') => return Ok(()),
                Some('\\') => match self.next() {
                    Some('\n') => {}
                    Some(letter @ ('$' | '`' | '"' | '\\')) => word.text.push(letter),
                    Some(letter) => {
                        word.text.push('\\');
                        word.text.push(letter);
                    }
                    None => return Err(self.unclosed(before)),
                },
                Some(letter) => {
                    let names = |c: char| c.is_ascii_alphanumeric() || "_{(*@#?!$-".contains(c);
                    word.expands |= letter == '`' || (letter == '$' && self.rest.starts_with(names));
                    word.text.push(letter);
                }
                None => return Err(self.unclosed(before)),
            }
        }
    }

    /// `$'…'`, with the escapes of C.
    fn ansi(&mut self, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        loop {
            match self.next() {
                Some('\'') => return Ok(()),
                Some('\\') => {
                    let letter = match self.next() {
                        Some('n') => Some('\n'),
                        Some('t') => Some('\t'),
                        Some('r') => Some('\r'),
                        Some('a') => Some('\u{7}'),
                        Some('b') => Some('\u{8}'),
                        Some('f') => Some('\u{c}'),
                        Some('v') => Some('\u{b}'),
                        Some('e' | 'E') => Some('\u{1b}'),
                        Some('u') => self.number(4, 16),
                        Some('U') => self.number(8, 16),
                        Some(letter @ ('\'' | '"' | '\\' | '?')) => Some(letter),
                        // Bytes of an unknown encoding.
                        _ => None,
                    };
                    match letter {
                        Some(letter) => word.text.push(letter),
                        None => return Err(self.error("this escape is not read; write the character itself")),
                    }
                }
                Some(letter) => word.text.push(letter),
                None => return Err(self.unclosed(before)),
            }
        }
    }

    fn number(&mut self, most: usize, radix: u32) -> Option<char> {
        let digits = self.rest.chars().take(most).take_while(|c| c.is_digit(radix)).count();
        let (number, rest) = self.rest.split_at_checked(digits)?;
        self.rest = rest;
        u32::from_str_radix(number, radix).ok().and_then(char::from_u32)
    }

    fn unclosed(&self, before: &str) -> SyntaxError {
        place_of(self.text, before, "the quote that begins here is not closed")
    }

    fn error(&self, message: &str) -> SyntaxError {
        place_of(self.text, self.rest, message)
    }
}

fn place_of(text: &str, rest: &str, message: &str) -> SyntaxError {
    let before = text.get(..text.len().saturating_sub(rest.len())).unwrap_or_default();
    let line = before.matches('\n').count().saturating_add(1);
    let last = before.rsplit('\n').next().unwrap_or_default();
    SyntaxError { line, column: last.chars().count().saturating_add(1), message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn says(text: &str, wanted: &[&str]) {
        let (words, _) = words(text).unwrap();
        assert_eq!(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn quotes_are_those_of_bash() {
        says(
            "# note\n\n$ a 'b c' \"d \\\" $e\" f\\ g \\\n  'h'\\''i' $'j\\n\\u00e9\\'' ''",
            &["a", "b c", "d \" $e", "f g", "h'i", "j\né'", ""],
        );
        says("a b # c\nd", &["a", "b"]);
        says("a#b", &["a#b"]);
    }

    #[test]
    fn what_the_shell_replaces_is_marked() {
        let expands = |text: &str| words(text).unwrap().0.iter().any(|word| word.expands);
        for text in ["$a", "\"$a\"", "${a}", "$(b)x", "`b`"] {
            assert!(words(text).is_err() || expands(text), "{text}");
        }
        for text in ["'$a'", "\\$a", "a$", "\"\\$a\"", "$'a'"] {
            assert!(!expands(text), "{text}");
        }
    }

    #[test]
    fn an_open_quote_is_named_at_its_place() {
        let error = words("a\\\n  'b").unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
    }

    #[test]
    fn what_follows_the_command_is_noticed() {
        assert!(words("a b\nc").unwrap().1);
        assert!(!words("a b\n\n# c\n").unwrap().1);
    }
}
