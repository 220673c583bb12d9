//! The table of those who simulate the same night, and whether they agree.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::Result;

/// One who loaded and evaluated one fleet.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    who: &'static str,
    images: u64,
    /// What it printed: `load` and `evaluate` in milliseconds, `counts`, and more.
    answer: Value,
}

impl Row {
    pub(crate) fn new(who: &'static str, images: u64, answer: Value) -> Self {
        Self { who, images, answer }
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.answer.pointer(name)?.as_f64()
    }

    fn counts(&self, of: &str) -> BTreeMap<&str, u64> {
        let counts = self.answer["counts"][of].as_object().into_iter().flatten();
        counts.filter_map(|(fate, count)| Some((fate.as_str(), count.as_u64()?))).collect()
    }

    /// Images by the verdict alone, for who cannot give reasons.
    fn taken(&self) -> BTreeMap<&str, u64> {
        let mut taken = BTreeMap::new();
        for (fate, count) in self.counts("images") {
            let verdict = fate.split('/').next().unwrap_or_default();
            if ["DEPRECATE", "DISABLE", "DELETE"].contains(&verdict) {
                *taken.entry(verdict).or_default() += count;
            }
        }
        taken
    }
}

/// Fails when two rows count differently, or one counts nothing.
pub(crate) fn agree(rows: &[Row]) -> Result<()> {
    let Some(first) = rows.first() else { return Ok(()) };
    for row in rows {
        let pairs = if row.answer["counts"]["taken"].is_object() {
            vec![(row.counts("taken"), first.taken())]
        } else {
            ["images", "amis"].map(|of| (row.counts(of), first.counts(of))).to_vec()
        };
        if let Some((found, wanted)) =
            pairs.into_iter().find(|(found, wanted)| found != wanted || found.is_empty())
        {
            let (who, images, why) = (row.who, row.images, row.answer["error"].as_str().unwrap_or_default());
            return Err(format!(
                "{who} counts differently on {images} images: {found:?}, not {wanted:?} {why}"
            ));
        }
    }
    Ok(())
}

/// The rows with how they compare to the first of their size, and the targets.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| images | who | load, s | evaluate, ms | against native |\n|---:|---|---:|---:|---:|\n",
    );
    for row in rows {
        let native = find(rows, "Afterimage", row.images).and_then(|row| row.number("/evaluate"));
        let evaluate = row.number("/evaluate");
        let times =
            evaluate.zip(native).map_or_else(String::new, |(own, native)| format!("{:.1} ×", own / native));
        text += &format!(
            "| {} | {} | {} | {} | {times} |\n",
            row.images,
            row.who,
            shown(row.number("/load").map(|load| load / 1e3), 2),
            shown(evaluate, 2),
        );
        if let Some(floor) = row.number("/floor") {
            let times = native.map_or_else(String::new, |native| format!("{:.2} ×", floor / native));
            text += &format!("| {} | reading the columns once |  | {floor:.2} | {times} |\n", row.images);
        }
        if let Some(forecast) = row.number("/forecast") {
            text += &format!("| {} | forecast of a year |  | {forecast:.2} |  |\n", row.images);
        }
    }
    text += "\n| target | images | measured |\n|---|---:|---:|\n";
    for target in targets(rows) {
        text += &format!("{target}\n");
    }
    text
}

fn find<'a>(rows: &'a [Row], who: &str, images: u64) -> Option<&'a Row> {
    rows.iter().find(|row| row.who == who && row.images == images)
}

fn targets(rows: &[Row]) -> Vec<String> {
    let mut sizes: Vec<u64> = rows.iter().map(|row| row.images).collect();
    sizes.dedup();
    sizes.into_iter().flat_map(|images| targets_of(rows, images)).collect()
}

fn targets_of(rows: &[Row], images: u64) -> Vec<String> {
    let (least, most, any) = (1.0, -1.0, 0.0);
    let number = |who: &str, name: &str| find(rows, who, images)?.number(name);
    let ratio = |one: Option<f64>, other: Option<f64>| Some(one? / other?);
    let native = number("Afterimage", "/evaluate");
    let wasm = "Afterimage in Chromium";
    let javascript = "JavaScript in Chromium";
    let (parse, text) = (number(javascript, "/parsed/parse"), number(javascript, "/parsed/text"));
    let forecast = number("Afterimage", "/forecast").map(|milliseconds| milliseconds / 1e3);
    let each = native.map(|native| native * 1e6 / images as f64);
    // What is measured, its bound, and whether that is the least or the most it may be.
    let lines = [
        (
            "as fast as DuckDB, at least 20",
            ratio(number("DuckDB, all cores", "/evaluate"), native),
            20.0,
            least,
            "×",
        ),
        (
            "as fast as JavaScript, at least 50",
            ratio(number(javascript, "/evaluate"), native),
            50.0,
            least,
            "×",
        ),
        (
            "reading the columns once, at most 3",
            ratio(native, number("Afterimage", "/floor")),
            3.0,
            most,
            "×",
        ),
        ("Chromium against native, at most 2", ratio(number(wasm, "/evaluate"), native), 2.0, most, "×"),
        ("as fast to load as `JSON.parse`, at least 2", ratio(parse, number(wasm, "/load")), 2.0, least, "×"),
        (
            "as fast to load as file, text and `JSON.parse`",
            ratio(parse.zip(text).map(|(parse, text)| parse + text), number(wasm, "/load")),
            0.0,
            any,
            "×",
        ),
        ("forecast of a year, at most 1 s", forecast, 1.0, most, "s"),
        ("evaluation of one image", each, 0.0, any, "ns"),
    ];
    let met =
        |measured: f64, bound: f64, way: f64| if (measured - bound) * way >= 0.0 { "" } else { ", missed" };
    let mut lines: Vec<String> = lines
        .into_iter()
        .filter_map(|(what, measured, bound, way, unit)| {
            let measured = measured?;
            Some(format!("| {what} | {images} | {measured:.2} {unit}{} |", met(measured, bound, way)))
        })
        .collect();
    let why = find(rows, javascript, images).and_then(|row| row.answer["parsed"]["error"].as_str());
    lines.extend(why.map(|why| format!("| `JSON.parse` cannot load it at all | {images} | {why} |")));
    lines
}

fn shown(number: Option<f64>, digits: usize) -> String {
    number.map_or_else(String::new, |number| format!("{number:.digits$}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(who: &'static str, evaluate: f64, counts: Value) -> Row {
        Row::new(who, 10, json!({"load": 1000.0, "evaluate": evaluate, "floor": 0.5, "counts": counts}))
    }

    #[test]
    fn a_difference_is_an_error() {
        let counts = json!({"images": {"DELETE/AGE": 2, "KEEP/RETAINED": 3}, "amis": {"DELETE/AGE": 4}});
        let native = row("Afterimage", 1.0, counts.clone());
        assert_eq!(agree(&[native.clone(), row("DuckDB", 9.0, counts)]), Ok(()));
        let other = json!({"images": {"DELETE/AGE": 2, "KEEP/TOO_YOUNG": 3}, "amis": {"DELETE/AGE": 4}});
        assert!(agree(&[native.clone(), row("DuckDB", 9.0, other)]).is_err());
        assert!(agree(&[native, row("DuckDB", 9.0, json!({}))]).is_err());
    }

    #[test]
    fn actions_alone_are_compared_by_verdict() {
        let counts = json!({"images": {"DELETE/AGE": 2, "DELETE/FAILED_BUILD": 1, "KEEP/RETAINED": 3}, "amis": {"DELETE/AGE": 4}});
        let native = row("Afterimage", 1.0, counts);
        let custodian = |deleted: u64| row("Custodian", 9.0, json!({"taken": {"DELETE": deleted}}));
        assert_eq!(agree(&[native.clone(), custodian(3)]), Ok(()));
        assert!(agree(&[native, custodian(2)]).is_err());
    }

    #[test]
    fn loading_compares_with_parsing_alone_and_with_all_that_it_takes() {
        let browser = |who, answer| Row::new(who, 10, answer);
        let rows = [
            browser("Afterimage in Chromium", json!({"load": 100.0})),
            browser("JavaScript in Chromium", json!({"parsed": {"text": 200.0, "parse": 150.0}})),
        ];
        let table = table(&rows);
        assert!(table.contains("`JSON.parse`, at least 2 | 10 | 1.50 ×, missed |"), "{table}");
        assert!(table.contains("file, text and `JSON.parse` | 10 | 3.50 × |"), "{table}");
    }

    #[test]
    fn the_table_compares_with_the_native_row() {
        let counts = json!({"images": {"DELETE/AGE": 2}, "amis": {"DELETE/AGE": 4}});
        let rows = [row("Afterimage", 1.0, counts.clone()), row("DuckDB, all cores", 30.0, counts)];
        let table = table(&rows);
        assert!(table.contains("| 10 | DuckDB, all cores | 1.00 | 30.00 | 30.0 × |"), "{table}");
        assert!(table.contains("| as fast as DuckDB, at least 20 | 10 | 30.00 × |"), "{table}");
        assert!(table.contains("| reading the columns once, at most 3 | 10 | 2.00 × |"), "{table}");
    }
}
