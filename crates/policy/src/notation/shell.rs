//! The words of a shell command, as its shell splits them.
//!
//! Nothing is expanded: a word in which the shell would put something else is marked.

use std::ops::Range;

use crate::json::SyntaxError;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    /// A variable or a command stands in it, so the text is not what the command gets.
    pub(crate) expands: bool,
    /// Where it stands in the script, with its quotes.
    pub(crate) range: Range<usize>,
}

/// How a shell splits words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Bash,
    /// The command prompt of Windows.
    Cmd,
    PowerShell,
}

impl Dialect {
    const ALL: [Self; 3] = [Self::Bash, Self::Cmd, Self::PowerShell];

    /// What continues a command on the next line, and takes its meaning from the next character.
    fn escape(self) -> char {
        match self {
            Self::Bash => '\\',
            Self::Cmd => '^',
            Self::PowerShell => '`',
        }
    }

    /// The shell in which a line that ends so goes on.
    fn continued(line: &str) -> Option<Self> {
        let line = line.strip_suffix('\r').unwrap_or(line);
        Self::ALL.into_iter().find(|shell| {
            let before = line.strip_suffix(shell.escape());
            // In bash, a backtick at the end of a line may close a command.
            before.is_some_and(|before| *shell == Self::Bash || before.ends_with([' ', '\t']))
        })
    }

    /// The shell that a command is meant for: how its first line goes on tells.
    pub(crate) fn of(command: &str) -> Self {
        command.split('\n').next().and_then(Self::continued).unwrap_or(Self::Bash)
    }
}

/// The first line of a text and those that continue it.
pub(crate) fn continued_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut goes_on = true;
    text.split('\n')
        .take_while(move |line| std::mem::replace(&mut goes_on, Dialect::continued(line).is_some()))
}

/// The words of the command that begins at a place of a script, and where it ends. What it prints may go to a file.
pub(crate) fn words(text: &str, from: usize) -> Result<(Vec<Word>, usize), SyntaxError> {
    let rest = text.get(from..).unwrap_or_default();
    let mut lexer = Lexer { text, rest, dialect: Dialect::of(rest), to_file: false };
    let mut words = Vec::new();
    while let Some(word) = lexer.word()? {
        // `2>` says which output goes there.
        let is_output = lexer.rest.starts_with('>') && word.text.bytes().all(|byte| byte.is_ascii_digit());
        if !std::mem::take(&mut lexer.to_file) && !is_output {
            words.push(word);
        }
    }
    Ok((words, lexer.at()))
}

struct Lexer<'a> {
    text: &'a str,
    rest: &'a str,
    dialect: Dialect,
    /// The next word names the file that the output goes to.
    to_file: bool,
}

impl Lexer<'_> {
    fn at(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

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

    /// Passes over what continues the command on the next line.
    fn skip_continuation(&mut self) -> bool {
        let after = self.rest.strip_prefix(self.dialect.escape());
        let next = after.and_then(|rest| rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n')));
        self.rest = next.unwrap_or(self.rest);
        next.is_some()
    }

    /// The next word; `None` at the end of the command.
    fn word(&mut self) -> Result<Option<Word>, SyntaxError> {
        loop {
            if self.skip(">&") || self.skip(">") {
                self.to_file = true;
            } else if !(self.skip_continuation() || self.skip(" ") || self.skip("\t")) {
                break;
            }
        }
        if self.rest.starts_with('#') {
            let line = self.rest.find('\n').unwrap_or(self.rest.len());
            self.rest = self.rest.get(line..).unwrap_or_default();
        }
        let mut word = Word { text: String::new(), expands: false, range: self.at()..self.at() };
        let mut begun = false;
        loop {
            match self.rest.chars().next() {
                None | Some(' ' | '\t' | '\n' | ';' | '&' | '|' | '>' | ')') => break,
                Some('\r') if matches!(self.rest, "\r") || self.rest.starts_with("\r\n") => break,
                Some('<') => {
                    return Err(
                        self.error("what the command reads stands elsewhere; write it into the command")
                    );
                }
                Some('(') => return Err(self.error("a group stands here; give the command alone")),
                Some(_) => {}
            }
            begun = true;
            let before = self.rest;
            if self.skip_continuation() {
                continue;
            }
            match self.next() {
                Some('\'') if self.dialect != Dialect::Cmd => self.single(&mut word, before)?,
                Some('"') => self.double(&mut word, before)?,
                Some('\\') if self.dialect == Dialect::Cmd && self.skip("\"") => word.text.push('"'),
                Some(letter) if letter == self.dialect.escape() => word.text.extend(self.next()),
                Some('$') if self.dialect == Dialect::Bash && self.skip("'") => {
                    self.ansi(&mut word, before)?
                }
                Some('$') if self.dialect == Dialect::Bash && self.skip("\"") => {
                    self.double(&mut word, before)?
                }
                Some(letter) => self.plain(letter, &mut word, before)?,
                None => {}
            }
        }
        word.range.end = self.at();
        Ok(begun.then_some(word))
    }

    /// A character that means itself, unless it is where the shell puts something.
    fn plain(&mut self, letter: char, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        let names = |c: char| c.is_ascii_alphanumeric() || "_{(*@#?!$-".contains(c);
        word.text.push(letter);
        word.expands |= match self.dialect {
            Dialect::Cmd => letter == '%' && self.rest.starts_with(|c: char| c.is_ascii_alphabetic()),
            Dialect::Bash if letter == '`' => true,
            Dialect::Bash | Dialect::PowerShell => letter == '$' && self.rest.starts_with(names),
        };
        if letter == '$' && word.expands && self.rest.starts_with('(') {
            self.inner_command(word, before)?;
        }
        Ok(())
    }

    /// `(…)` behind a `$`, to its end.
    fn inner_command(&mut self, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        let mut depth = 0_usize;
        let mut quote = None;
        while let Some(letter) = self.next() {
            word.text.push(letter);
            match (letter, quote) {
                ('\\', None | Some('"')) => word.text.extend(self.next()),
                (_, Some(open)) if letter == open => quote = None,
                ('"' | '\'', None) => quote = Some(letter),
                ('(', None) => depth = depth.saturating_add(1),
                (')', None) if depth < 2 => return Ok(()),
                (')', None) => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        Err(place_of(self.text, before, "the command that begins here in another one is not closed"))
    }

    fn single(&mut self, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        loop {
            match self.next() {
                Some('\'') if self.dialect == Dialect::PowerShell && self.skip("'") => word.text.push('\''),
                Some('\'') => return Ok(()),
                Some(letter) => word.text.push(letter),
                None => return Err(self.unclosed(before)),
            }
        }
    }

    fn double(&mut self, word: &mut Word, before: &str) -> Result<(), SyntaxError> {
        loop {
            let here = self.rest;
            match (self.next(), self.dialect) {
                (Some('"'), Dialect::Cmd | Dialect::PowerShell) if self.skip("\"") => word.text.push('"'),
                (Some('"'), _) => return Ok(()),
                (Some('\\'), Dialect::Bash) => match self.next() {
                    Some('\n') => {}
                    Some(letter @ ('$' | '`' | '"' | '\\')) => word.text.push(letter),
                    Some(letter) => {
                        word.text.push('\\');
                        word.text.push(letter);
                    }
                    None => return Err(self.unclosed(before)),
                },
                (Some('\\'), Dialect::Cmd) if self.skip("\"") => word.text.push('"'),
                (Some('`'), Dialect::PowerShell) => word.text.extend(self.next()),
                (Some(letter), _) => self.plain(letter, word, here)?,
                (None, _) => return Err(self.unclosed(before)),
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
        let (words, _) = words(text, 0).unwrap();
        assert_eq!(words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>(), wanted);
    }

    #[test]
    fn quotes_are_those_of_bash() {
        says(
            "a 'b c' \"d \\\" $e\" f\\ g \\\n  'h'\\''i' $'j\\n\\u00e9\\'' ''",
            &["a", "b c", "d \" $e", "f g", "h'i", "j\né'", ""],
        );
        says("a b # c\nd", &["a", "b"]);
        says("a#b", &["a#b"]);
    }

    #[test]
    fn quotes_are_those_of_the_command_prompt() {
        says(
            "a ^\r\n 'b c' ^\r\n \"[\\\"d\\\", \"\"e\"\"]\" f^&g\r\nh",
            &["a", "'b", "c'", "[\"d\", \"e\"]", "f&g"],
        );
    }

    #[test]
    fn quotes_are_those_of_powershell() {
        says(
            "a `\n 'b ''c'' ' \"d\\ `\"e`\" \"\"f\"\"\" g`;h\ni",
            &["a", "b 'c' ", "d\\ \"e\" \"f\"", "g;h"],
        );
    }

    #[test]
    fn what_the_shell_replaces_is_marked() {
        let expands = |text: &str| words(text, 0).unwrap().0.iter().any(|word| word.expands);
        for text in
            ["$a", "\"$a\"", "${a}", "$(b \")\" $(c))x", "\"$(b \"c\")\"", "`b`", "a ^\n%b%", "a `\n$b"]
        {
            assert!(expands(text), "{text}");
        }
        for text in ["'$a'", "\\$a", "a$", "\"\\$a\"", "$'a'", "a ^\n5% $b", "a `\n`$b"] {
            assert!(!expands(text), "{text}");
        }
    }

    #[test]
    fn an_open_quote_is_named_at_its_place() {
        let error = words("a\\\n  'b", 0).unwrap_err();
        assert_eq!((error.line, error.column), (2, 3));
    }

    #[test]
    fn a_command_ends_with_its_line_or_what_it_stands_in() {
        for (text, end) in [("x=$(a b)", 7), ("a b\nc", 3), ("a b | c", 4), ("a b", 3), ("a b; c", 3)] {
            let from = text.find('a').unwrap();
            let (words, at) = words(text, from).unwrap();
            assert_eq!((words.len(), at), (2, end), "{text}");
        }
    }

    #[test]
    fn where_the_output_goes_is_no_word() {
        says("a b 2>&1 >> c > d e 2> f", &["a", "b", "e"]);
    }
}
