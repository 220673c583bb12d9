//! Numbers and dates in the user's own way of writing, times in UTC always.
//!
//! The page speaks English, so months and weekdays do too: a user of English reads dates as at home, and everybody
//! else as in Britain. The digits of the policy and of what is typed are Latin ones, so those of numbers are too.
//! Outside a browser, for tests, there is one way.

#[cfg(target_arch = "wasm32")]
pub(crate) use self::browser::{date, full_date, instant, long_date, number, prepare, short_date};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use self::plain::{date, full_date, instant, long_date, number, prepare, short_date};

#[cfg(target_arch = "wasm32")]
mod browser {
    use js_sys::Array;
    use js_sys::Function;
    use js_sys::Intl::DateTimeFormat;
    use js_sys::Intl::NumberFormat;
    use js_sys::Object;
    use js_sys::Reflect;
    use wasm_bindgen::JsValue;

    thread_local! {
        static NUMBER: Function = NumberFormat::new(&Array::new(), &options(&[("numberingSystem", "latn")])).format();
        static DATE: Function = dates(&[("weekday", "short"), ("day", "numeric"), ("month", "short"), ("year", "numeric")]);
        static SHORT: Function = dates(&[("day", "numeric"), ("month", "short")]);
        static LONG: Function = dates(&[("weekday", "long"), ("day", "numeric"), ("month", "long")]);
        static FULL: Function = dates(&[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")]);
        static INSTANT: Function = dates(&[("dateStyle", "medium"), ("timeStyle", "short"), ("hourCycle", "h23")]);
    }

    fn options(parts: &[(&str, &str)]) -> Object {
        let options = Object::new();
        for (name, value) in parts {
            // Setting a member of a fresh object has nothing to fail at.
            let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
        }
        options
    }

    /// Made once: making one takes far longer than using it.
    fn dates(parts: &[(&str, &str)]) -> Function {
        let options = options(&[parts, &[("timeZone", "UTC")]].concat());
        let own = web_sys::window().and_then(|window| window.navigator().language());
        let own = own.filter(|language| language.starts_with("en")).unwrap_or_else(|| "en-GB".to_owned());
        DateTimeFormat::new(&Array::of1(&own.into()), &options).format()
    }

    fn written(with: &Function, value: f64) -> String {
        let text = with.call1(&JsValue::UNDEFINED, &value.into());
        text.ok().and_then(|text| text.as_string()).unwrap_or_default()
    }

    /// Makes what writes numbers and dates. A browser takes as long for the first as for a tenth of a drawing.
    pub(crate) fn prepare() {
        for format in [&NUMBER, &DATE, &SHORT, &LONG, &FULL] {
            format.with(|with| written(with, 0.0));
        }
    }

    pub(crate) fn number(value: u32) -> String {
        NUMBER.with(|with| written(with, f64::from(value)))
    }

    pub(crate) fn date(at: i64) -> String {
        DATE.with(|with| written(with, at as f64))
    }

    pub(crate) fn short_date(at: i64) -> String {
        SHORT.with(|with| written(with, at as f64))
    }

    pub(crate) fn long_date(at: i64) -> String {
        LONG.with(|with| written(with, at as f64))
    }

    pub(crate) fn full_date(at: i64) -> String {
        FULL.with(|with| written(with, at as f64))
    }

    pub(crate) fn instant(at: i64) -> String {
        INSTANT.with(|with| format!("{} UTC", written(with, at as f64)))
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod plain {
    use chrono::DateTime;
    use chrono::Utc;

    pub(crate) fn prepare() {}

    pub(crate) fn number(value: u32) -> String {
        let digits = value.to_string();
        let mut grouped = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        grouped
    }

    pub(crate) fn date(at: i64) -> String {
        formatted(at, "%a, %-d %b %Y")
    }

    pub(crate) fn short_date(at: i64) -> String {
        formatted(at, "%-d %b")
    }

    pub(crate) fn long_date(at: i64) -> String {
        formatted(at, "%A %-d %B")
    }

    pub(crate) fn full_date(at: i64) -> String {
        formatted(at, "%A %-d %B %Y")
    }

    pub(crate) fn instant(at: i64) -> String {
        formatted(at, "%-d %b %Y, %H:%M UTC")
    }

    fn formatted(at: i64, format: &str) -> String {
        let at = DateTime::<Utc>::from_timestamp_millis(at);
        at.map_or_else(String::new, |at| at.format(format).to_string())
    }
}
