//! How a request says where the clock shall stand.

use afterimage_inventory::Instant;
use serde_json::Map;
use serde_json::Value;

/// Where the clock is read and moved.
pub(super) const PATH: &str = "/_afterimage/clock";

const HELP: &str = r#"write {"now": "2026-11-23T12:00:00Z"} or {"advance": {"days": 3}}"#;

/// A move of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Move {
    To(Instant),
    /// By milliseconds.
    By(i64),
}

impl Move {
    /// Where it leads.
    pub(super) fn from(self, now: Instant) -> Result<Instant, String> {
        match self {
            Self::To(to) => Ok(to),
            Self::By(span) => now.0.checked_add(span).map(Instant).ok_or_else(|| TOO_FAR.to_owned()),
        }
    }
}

const TOO_FAR: &str = "`advance` leads beyond the end of the calendar";

pub(super) fn read(body: &[u8]) -> Result<Move, String> {
    let body: Value = serde_json::from_slice(body)
        .map_err(|error| format!("the body is not valid JSON: {error}; {HELP}"))?;
    let Value::Object(members) = body else { return Err(format!("the body is not a JSON object; {HELP}")) };
    if let Some(unknown) = unknown(&members, &["now", "advance"]) {
        return Err(format!("`{unknown}` is not known here; {HELP}"));
    }
    match (members.get("now"), members.get("advance")) {
        (Some(_), Some(_)) => Err(format!("`now` and `advance` exclude each other; {HELP}")),
        (None, None) => Err(format!("the body says nothing; {HELP}")),
        (Some(Value::String(now)), None) => {
            Instant::parse(now).map(Move::To).map_err(|error| format!("`now`: {error}; {HELP}"))
        }
        (Some(_), None) => Err(format!("`now` is not a string; {HELP}")),
        (None, Some(Value::Object(spans))) => span(spans).map(Move::By),
        (None, Some(_)) => Err(format!("`advance` is not an object; {HELP}")),
    }
}

/// Days, hours and minutes together, in milliseconds.
fn span(spans: &Map<String, Value>) -> Result<i64, String> {
    const UNITS: [(&str, i64); 3] = [("days", Instant::DAY), ("hours", 3_600_000), ("minutes", 60_000)];
    if let Some(unknown) = unknown(spans, &UNITS.map(|(name, _)| name)) {
        return Err(format!("`{unknown}` is no unit: `advance` has `days`, `hours` and `minutes`"));
    }
    if spans.is_empty() {
        return Err("`advance` is empty: it has `days`, `hours` and `minutes`".to_owned());
    }
    let mut sum = 0_i64;
    for (name, length) in UNITS {
        let Some(count) = spans.get(name) else { continue };
        let whole = || format!("`{name}` is {count}: it has to be a whole number, 0 or more");
        if !count.is_u64() {
            return Err(whole());
        }
        let count = count.as_i64().and_then(|count| count.checked_mul(length));
        sum = count.and_then(|span| sum.checked_add(span)).ok_or(TOO_FAR)?;
    }
    Ok(sum)
}

fn unknown<'a>(members: &'a Map<String, Value>, known: &[&str]) -> Option<&'a str> {
    members.keys().map(String::as_str).find(|name| !known.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Move, String> {
        read(text.as_bytes())
    }

    #[test]
    fn a_clock_is_set_or_advanced() {
        let noon = Instant::parse("2026-11-23T12:00:00Z").unwrap();
        assert_eq!(read_text(r#"{"now": "2026-11-23T12:00:00Z"}"#), Ok(Move::To(noon)));
        assert_eq!(read_text(r#"{"advance": {"days": 3}}"#), Ok(Move::By(3 * Instant::DAY)));
        let together = read_text(r#"{"advance": {"minutes": 2, "hours": 1, "days": 1}}"#);
        assert_eq!(together, Ok(Move::By(Instant::DAY + 62 * 60_000)));
        assert_eq!(Move::By(60_000).from(noon), Ok(Instant(noon.0 + 60_000)));
        assert_eq!(Move::To(noon).from(Instant(0)), Ok(noon));
    }

    #[test]
    fn what_is_no_move_is_told() {
        for (text, words) in [
            ("", "not valid JSON"),
            ("[]", "not a JSON object"),
            ("{}", "says nothing"),
            (r#"{"later": 1}"#, "`later` is not known"),
            (r#"{"now": 5}"#, "`now` is not a string"),
            (r#"{"now": "noon"}"#, "`noon` is not a timestamp"),
            (r#"{"now": "2026-11-23T12:00:00Z", "advance": {"days": 1}}"#, "exclude each other"),
            (r#"{"advance": 3}"#, "`advance` is not an object"),
            (r#"{"advance": {}}"#, "`advance` is empty"),
            (r#"{"advance": {"weeks": 1}}"#, "`weeks` is no unit"),
            (r#"{"advance": {"days": -1}}"#, "`days` is -1"),
            (r#"{"advance": {"days": 1.5}}"#, "`days` is 1.5"),
            (r#"{"advance": {"hours": "1"}}"#, "`hours` is \"1\""),
            (r#"{"advance": {"days": 18446744073709551615}}"#, "end of the calendar"),
            (r#"{"advance": {"days": 106751991167, "hours": 24}}"#, "end of the calendar"),
        ] {
            let told = read_text(text).unwrap_err();
            assert!(told.contains(words), "{text}: {told}");
        }
        assert!(Move::By(i64::MAX).from(Instant(1)).is_err());
    }
}
