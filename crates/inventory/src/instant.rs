//! Points in time, and every way AWS and its clients spell them.

use std::fmt;

use chrono::DateTime;
use chrono::NaiveDateTime;
use chrono::SecondsFormat;
use chrono::Utc;
use serde::Serialize;
use serde::Serializer;

/// Milliseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Instant(pub i64);

/// The text is no timestamp in any spelling that AWS uses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a timestamp")]
pub struct ParseInstantError(pub String);

impl Instant {
    pub const DAY: i64 = 86_400_000;

    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(days.saturating_mul(Self::DAY)))
    }

    /// Reads a timestamp in any spelling that AWS and its clients use: RFC 3339 with `T` or a space, any
    /// number of fractional digits, an offset with or without colon or none at all (UTC), and epoch seconds.
    ///
    /// # Errors
    ///
    /// The text, when it is none of these or lies outside the calendar.
    pub fn parse(text: &str) -> Result<Self, ParseInstantError> {
        if let Some(at) = Self::parse_usual(text) {
            return Ok(at);
        }
        let trimmed = text.trim();
        let decimal = |b: u8| b.is_ascii_digit() || b == b'.' || b == b'-';
        let parsed = if !trimmed.is_empty() && trimmed.bytes().all(decimal) {
            trimmed.parse().ok().and_then(Self::from_epoch_seconds)
        } else {
            let iso = trimmed.replacen(' ', "T", 1);
            let naive = || NaiveDateTime::parse_from_str(&iso, "%Y-%m-%dT%H:%M:%S%.f").map(|at| at.and_utc());
            DateTime::parse_from_rfc3339(&iso)
                .or_else(|_| DateTime::parse_from_str(&iso, "%Y-%m-%dT%H:%M:%S%.f%z"))
                .map(|at| at.to_utc())
                .or_else(|_| naive())
                .ok()
                .map(Self::from_utc)
        };
        parsed.ok_or_else(|| ParseInstantError(text.chars().take(80).collect()))
    }

    /// The spelling of nearly every timestamp: `2026-09-09T19:34:38.409Z`. `None` for any other.
    fn parse_usual(text: &str) -> Option<Self> {
        let text: &[u8; 24] = text.as_bytes().try_into().ok()?;
        let [a, b, c, d, b'-', e, f, b'-', g, h, b'T', i, j, b':', k, l, b':', m, n, b'.', o, p, q, b'Z'] =
            *text
        else {
            return None;
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0_u32, |value, digit| {
                let digit = digit.wrapping_sub(b'0');
                (digit < 10).then(|| value.wrapping_mul(10).wrapping_add(u32::from(digit)))
            })
        };
        let (year, month, day) = (number(&[a, b, c, d])?, number(&[e, f])?, number(&[g, h])?);
        let (hour, minute, second) = (number(&[i, j])?, number(&[k, l])?, number(&[m, n])?);
        // A leap second, and what is none, are for the calendar to judge.
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let day = i64::from(days(year, month, day)?);
        let seconds = i64::from((hour * 60 + minute) * 60 + second);
        Some(Self(day * Self::DAY + seconds * 1000 + i64::from(number(&[o, p, q])?)))
    }

    /// Seconds since 1970 as the API has them on the wire; `None` outside the calendar.
    pub fn from_epoch_seconds(seconds: f64) -> Option<Self> {
        let millis = (seconds * 1000.0).round();
        // Beyond this the calendar ends; the bound also keeps the cast exact.
        let at = (millis.abs() < 8e15).then_some(Self(millis as i64))?;
        at.to_utc().map(|_| at)
    }

    /// The calendar's view; `None` far outside it.
    pub fn to_utc(self) -> Option<DateTime<Utc>> {
        DateTime::from_timestamp_millis(self.0)
    }

    /// The day in UTC, such as 2026-11-23.
    pub fn day(self) -> String {
        self.to_utc().map_or_else(|| self.to_string(), |at| at.format("%F").to_string())
    }

    /// As Image Builder writes `dateCreated`: RFC 3339 in UTC with milliseconds.
    pub fn to_text(self) -> String {
        self.to_utc().map_or_else(|| self.to_string(), |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }

    pub fn from_utc(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }
}

/// Days since 1970, of a date with four digits for the year; `None` when there is no such day.
fn days(year: u32, month: u32, day: u32) -> Option<i32> {
    const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let at = month.checked_sub(1)? as usize;
    let before = *BEFORE.get(at)?;
    let length = BEFORE.get(at + 1).unwrap_or(&365) - before + u32::from(is_leap && month == 2);
    if day == 0 || day > length {
        return None;
    }
    // 29 February of this year and of all before, since the year 0, which had one.
    let past = if month > 2 { year + 1 } else { year };
    let leaps = past.div_ceil(4) - past.div_ceil(100) + past.div_ceil(400);
    const EPOCH: u32 = 719_528;
    Some((year * 365 + leaps + before + day - 1) as i32 - EPOCH as i32)
}

/// An instant as rest-json has timestamps: seconds since 1970, with a fraction only when there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochSeconds(pub Instant);

impl Serialize for EpochSeconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.0.0;
        if millis % 1000 == 0 {
            serializer.serialize_i64(millis / 1000)
        } else {
            serializer.serialize_f64(millis as f64 / 1000.0)
        }
    }
}

/// RFC 3339 in UTC, milliseconds only when there are any.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.to_utc() {
            Some(at) => f.write_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            None => write!(f, "{} ms", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_one_instant_reads_the_same() {
        for text in [
            "2026-09-09T19:34:38.409Z",
            "2026-09-09T19:34:38.409000+00:00",
            "2026-09-09 19:34:38.409000+00:00",
            "2026-09-09T11:34:38.409000-08:00",
            "2026-09-09T11:34:38.409-0800",
            "2026-09-09T19:34:38.409",
            "1788982478.409",
            " 2026-09-09T19:34:38.409Z ",
        ] {
            assert_eq!(
                Instant::parse(text).map(|at| at.to_string()),
                Ok("2026-09-09T19:34:38.409Z".to_owned())
            );
        }
        assert_eq!(Instant::parse("2019-05-10T13:17:12.000Z").unwrap().to_string(), "2019-05-10T13:17:12Z");
        assert_eq!(Instant::parse("1789161600").unwrap().to_string(), "2026-09-11T21:20:00Z");
    }

    #[test]
    fn the_usual_spelling_reads_like_the_others() {
        for text in [
            "2024-02-29T23:59:59.999Z",
            "0000-01-01T00:00:00.000Z",
            "9999-12-31T23:59:59.001Z",
            "2016-12-31T23:59:60.500Z",
        ] {
            assert_eq!(Instant::parse(text), Instant::parse(&text.replace('Z', "+00:00")), "{text}");
        }
    }

    #[test]
    fn every_day_is_the_calendars() {
        use chrono::Datelike;
        let first = chrono::NaiveDate::from_ymd_opt(0, 1, 1).unwrap();
        let epoch = chrono::NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        for date in first.iter_days().take_while(|date| date.year() < 10_000) {
            let (year, month, day) = (date.year() as u32, date.month(), date.day());
            assert_eq!(days(year, month, day).map(i64::from), Some((date - epoch).num_days()), "{date}");
            let next = chrono::NaiveDate::from_ymd_opt(date.year(), month, day + 1);
            assert_eq!(days(year, month, day + 1).is_some(), next.is_some(), "{date}");
        }
        assert_eq!([days(2026, 0, 1), days(2026, 13, 1), days(2026, 1, 0)], [None; 3]);
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "yesterday",
            "2026-13-01T00:00:00Z",
            "2026-02-30T00:00:00Z",
            "2026-02-30T00:00:00.000Z",
            "2026-02-28T24:00:00.000Z",
            "2026-02-28T2a:00:00.000Z",
            "2026-09-09",
            "1e400",
            "-",
            "99999999999999999999",
        ] {
            assert_eq!(Instant::parse(text), Err(ParseInstantError(text.to_owned())), "{text}");
        }
    }
}
