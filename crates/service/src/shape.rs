//! The shapes of requests, and whether a request has its shape.

use afterimage_policy::json::Json;
use afterimage_policy::json::escape;

use crate::error::Problems;
use crate::error::shown;
use crate::input;
use crate::settings::LAST;

/// What a member holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text(Text),
    OneOf(&'static [&'static str]),
    Integer {
        least: i64,
        most: i64,
    },
    Boolean,
    /// Seconds since 1970.
    Timestamp,
    List {
        least: usize,
        most: usize,
        item: &'static Kind,
    },
    /// Keys and values of tags.
    Tags,
    Structure(&'static [Member]),
}

/// Whether a text fits, and how texts that do are described.
pub(crate) type Pattern = (fn(&str) -> bool, &'static str);

/// Limits of a string.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Text {
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) pattern: Option<Pattern>,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) kind: Kind,
}

pub(crate) const fn required(name: &'static str, kind: Kind) -> Member {
    Member { name, required: true, kind }
}

pub(crate) const fn optional(name: &'static str, kind: Kind) -> Member {
    Member { name, required: false, kind }
}

pub(crate) const fn text(least: usize, most: usize) -> Kind {
    Kind::Text(Text { least, most, pattern: None })
}

pub(crate) const fn matching(most: usize, pattern: fn(&str) -> bool, described: &'static str) -> Kind {
    Kind::Text(Text { least: 0, most, pattern: Some((pattern, described)) })
}

const MOST_TAGS: usize = 50;

/// Finds every way in which the members of an object do not fit. Members that the shape does not have are
/// passed over, as AWS does.
pub(crate) fn check(body: &Json, members: &[Member], path: &str, problems: &mut Problems) {
    for member in members {
        let place = format!("{path}/{}", escape(member.name));
        match body.member(member.name).filter(|value| **value != Json::Null) {
            Some(value) => member.kind.check(value, &place, problems),
            None if member.required => problems.add(place, format!("`{}` is missing", member.name)),
            None => {}
        }
    }
}

impl Kind {
    fn check(&self, value: &Json, path: &str, problems: &mut Problems) {
        let wrong = |wanted: &str| format!("{wanted} is wanted, and this is {}", value.kind());
        match self {
            Self::Text(limits) => match value {
                Json::String(text) => limits.check(text, path, problems),
                _ => problems.add(path, wrong("a string")),
            },
            Self::OneOf(values) => match value {
                Json::String(text) if values.contains(&text.as_str()) => {}
                Json::String(text) => {
                    let values = values.join("`, `");
                    problems.add(path, format!("`{}` is none of `{values}`", shown(text)));
                }
                _ => problems.add(path, wrong("a string")),
            },
            Self::Integer { least, most } => match input::integer(value) {
                Some(number) if (*least..=*most).contains(&number) => {}
                Some(number) => problems.add(path, format!("{number} is outside {least} to {most}")),
                None => problems.add(path, wrong("a whole number")),
            },
            Self::Boolean => {
                if !matches!(value, Json::Bool(_)) {
                    problems.add(path, wrong("true or false"));
                }
            }
            Self::Timestamp => match input::instant(value) {
                Some(at) if at.0 <= LAST => {}
                Some(_) => problems.add(path, "it is after the year 9999"),
                None => problems.add(path, wrong("a time in seconds since 1970")),
            },
            Self::List { least, most, item } => match value {
                Json::Array(items) => {
                    count(items.len(), (*least, *most), "items", path, problems);
                    // One problem says that there are too many; it takes none for each.
                    for (index, value) in items.iter().take(*most).enumerate() {
                        item.check(value, &format!("{path}/{index}"), problems);
                    }
                }
                _ => problems.add(path, wrong("a list")),
            },
            Self::Tags => match value {
                Json::Object(tags) => {
                    count(tags.len(), (1, MOST_TAGS), "tags", path, problems);
                    for (key, value) in tags.iter().take(MOST_TAGS) {
                        tag(key, value, &format!("{path}/{}", escape(key)), problems);
                    }
                }
                _ => problems.add(path, wrong("an object")),
            },
            Self::Structure(members) => match value {
                Json::Object(_) => check(value, members, path, problems),
                _ => problems.add(path, wrong("an object")),
            },
        }
    }
}

impl Text {
    fn check(&self, text: &str, path: &str, problems: &mut Problems) {
        let length = text.chars().count();
        if !(self.least..=self.most).contains(&length) {
            let (least, most) = (self.least, self.most);
            problems.add(path, format!("it has {length} characters, and {least} to {most} are allowed"));
        } else if let Some((_, described)) = self.pattern.filter(|(fits, _)| !fits(text)) {
            problems.add(path, format!("`{}` is not {described}", shown(text)));
        }
    }
}

fn count(found: usize, (least, most): (usize, usize), what: &str, path: &str, problems: &mut Problems) {
    if found < least || found > most {
        let allowed = match most {
            usize::MAX => format!("at least {least}"),
            _ => format!("{least} to {most}"),
        };
        problems.add(path, format!("it has {found} {what}, and {allowed} are allowed"));
    }
}

fn tag(key: &str, value: &Json, path: &str, problems: &mut Problems) {
    let length = key.chars().count();
    if !(1..=128).contains(&length) || key.starts_with("aws:") || !afterimage_policy::shape::is_tag_key(key) {
        problems.add(path, format!("`{}` is not the key of a tag", shown(key)));
    }
    text(0, 256).check(value, path, problems);
}
