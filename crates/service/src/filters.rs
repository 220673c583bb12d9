//! `filters` of the lists.

use crate::error::ApiError;
use crate::error::Problems;
use crate::error::shown;
use crate::input::Input;

/// What an item has to be: one of the values of each filter.
#[derive(Debug, Clone, Default)]
pub(crate) struct Filters<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Filters<'a> {
    /// Reads the filters of a valid request, for a list that knows some names.
    pub(crate) fn read(input: &Input<'a>, known: &[&str]) -> Result<Self, ApiError> {
        let mut problems = Problems::default();
        let mut filters = Vec::new();
        for (index, filter) in input.list("filters").unwrap_or_default().iter().enumerate() {
            let filter = Input::of(filter);
            let path = format!("/filters/{index}");
            match filter.text("name") {
                Some(name) if known.contains(&name) => match filter.list("values") {
                    Some(_) => filters.push((name, filter.texts("values"))),
                    None => problems.add(path + "/values", "`values` is missing"),
                },
                Some(name) => {
                    let known = known.join("`, `");
                    problems.add(path + "/name", format!("`{}` is none of `{known}`", shown(name)));
                }
                None => problems.add(path + "/name", "`name` is missing"),
            }
        }
        problems.into_result(crate::error::Code::InvalidRequest)?;
        Ok(Self(filters))
    }

    /// Whether an item passes, which is asked for what each filter is about.
    pub(crate) fn take<'b>(&self, value: impl Fn(&str) -> &'b str) -> bool {
        self.0.iter().all(|(name, values)| {
            let found = value(name);
            values.iter().any(|wanted| match *name {
                "name" => matches_name(wanted, found),
                "version" => *wanted == found || found.split('/').next() == Some(wanted),
                _ => *wanted == found,
            })
        })
    }
}

/// Names may be asked for with a `*` at either end.
fn matches_name(wanted: &str, found: &str) -> bool {
    match (wanted.strip_prefix('*'), wanted.strip_suffix('*')) {
        (Some(""), _) => true,
        (Some(rest), Some(_)) => found.contains(rest.strip_suffix('*').unwrap_or(rest)),
        (Some(rest), None) => found.ends_with(rest),
        (None, Some(start)) => found.starts_with(start),
        (None, None) => wanted == found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything_at_either_end_of_a_name() {
        for (wanted, yes, no) in [
            ("web", "web", "webs"),
            ("web*", "webs", "my-web"),
            ("*web", "my-web", "webs"),
            ("*web*", "my-webs", "wed"),
            ("*", "anything", ""),
            ("**", "anything", ""),
            ("w*b", "w*b", "web"),
        ] {
            assert!(matches_name(wanted, yes), "{wanted} {yes}");
            assert!(no.is_empty() || !matches_name(wanted, no), "{wanted} {no}");
        }
    }
}
