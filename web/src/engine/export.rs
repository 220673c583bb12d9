//! The policy in a notation, and what it does as a file.

use std::io;
use std::io::Write;

use afterimage_inventory::Instant;
use afterimage_policy::FilledInValue;
use afterimage_policy::Reading;
use afterimage_simulator as simulator;
use afterimage_simulator::markdown_cell;
use afterimage_simulator::spreadsheet;

use crate::engine::Engine;
use crate::engine::compiled::assumptions;
use crate::engine::compiled::enabled;
use crate::protocol::Answer;
use crate::protocol::Format;
use crate::protocol::List;
use crate::protocol::Query;
use crate::protocol::Row;
use crate::protocol::TARGETS;
use crate::protocol::Written;
use crate::text;

/// Images that are taken from the table at once.
const ROWS: u32 = 1000;

/// The policy in one of [`TARGETS`]; an empty ARN is none.
pub(crate) fn write(policy: &str, target: u32, arn: &str) -> Written {
    let reading = afterimage_policy::read_json(policy);
    let Some(&target) = TARGETS.get(target as usize) else { return Written::default() };
    match reading.write(target, Some(arn).filter(|arn| !arn.is_empty())) {
        Ok(written) => Written {
            text: written.text,
            remarks: written.remarks,
            filled: filled_in(&reading),
            problems: Vec::new(),
        },
        Err(problems) => {
            let problems = problems.into_iter().map(|problem| (problem.message, problem.help)).collect();
            Written { problems, ..Written::default() }
        }
    }
}

/// Members that are left out: where, what AWS takes instead, and what comes of it.
pub(super) fn filled_in(reading: &Reading) -> Vec<(String, String, String)> {
    let filled = reading.filled_in().into_iter().map(|filled| {
        let value = match filled.value {
            Some(FilledInValue::Word(word)) => word,
            Some(FilledInValue::Flag(true)) => "true",
            Some(FilledInValue::Flag(false)) => "false",
            None => "",
        };
        (filled.path, value.to_owned(), filled.meaning.to_owned())
    });
    filled.collect()
}

impl Engine {
    /// Writes what the policy does: every run up to the chosen night, or as Markdown that night's.
    pub(crate) fn report(&mut self, format: Format, query: &Query, out: &mut dyn Write) -> io::Result<()> {
        if format == Format::Markdown {
            return self.markdown(query, out);
        }
        let (reading, _) = enabled(&query.policy);
        let (assumptions, now) = (assumptions(&query.assume), Instant(query.now));
        let report = simulator::report(&reading, &self.inventory, assumptions, now, query.day);
        if format == Format::Csv {
            return spreadsheet::write(&report, &self.inventory, out);
        }
        serde_json::to_writer_pretty(&mut *out, &report)?;
        out.write_all(b"\n")
    }

    /// What is printed: the chosen night, and its images in the order of what they lose.
    pub(crate) fn sheet(&mut self, query: &Query, first: u32, rows: u32) -> Answer {
        self.answer(&Query { list: List::default(), first, rows, ..query.clone() })
    }

    fn markdown(&mut self, query: &Query, out: &mut dyn Write) -> io::Result<()> {
        let mut first = 0;
        loop {
            let answer = self.sheet(query, first, ROWS);
            let Some(outcome) = &answer.result else { return Ok(()) };
            if first == 0 {
                self.foresee();
                let loss = self.loss();
                let nights = self.forecast.as_ref().map_or([].as_slice(), |forecast| &forecast.nights);
                let headline = text::headline(outcome, nights, loss.as_ref(), query.now);
                let headline: String = headline.into_iter().map(|(_, words)| words).collect();
                let headline = match outcome.disabled {
                    true => format!("{}\n\n{headline}", text::DISABLED),
                    false => headline,
                };
                let policy = crate::state::parsed(&query.policy);
                writeln!(
                    out,
                    "# Run of {} on {}\n\n{headline}\n\n{}\n\n{}\n",
                    markdown_cell(&crate::state::title(&policy)),
                    text::instant(outcome.at),
                    text::below(outcome, loss.as_ref()),
                    text::assumed(&query.assume),
                )?;
                for rule in &outcome.rules {
                    writeln!(out, "- {}", markdown_cell(&text::in_words(rule)))?;
                }
                let to_come = text::nights_to_come(nights, outcome.day, query.now);
                if !to_come.is_empty() {
                    out.write_all(b"\n## The nights to come\n\n")?;
                }
                for night in to_come {
                    writeln!(out, "- {night}")?;
                }
                out.write_all(b"\n| verdict | image | created | state | outputs | why |\n")?;
                out.write_all(b"|---|---|---|---|---|---|\n")?;
            }
            let rows = &answer.window.rows;
            // Those that the policy does not consider come last.
            let of_policy = |row: &&Row| row.verdict != "IGNORE";
            for row in rows.iter().take_while(of_policy) {
                let image = format!("{}/{}", row.name, row.version);
                let why = text::why(row, &outcome.rules);
                let fate = if row.fate == "FAIL" { "deletion will fail" } else { text::look(&row.fate).word };
                writeln!(
                    out,
                    "| {fate} | {} | {} | {} | {}{} | {} |",
                    markdown_cell(&image),
                    text::date(row.created),
                    markdown_cell(&row.before),
                    text::outputs(&row.amis),
                    if row.uses > 0 { " ▲ in use" } else { "" },
                    markdown_cell(&why),
                )?;
            }
            first += ROWS;
            if first >= answer.window.matching || !rows.last().as_ref().is_some_and(of_policy) {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use afterimage_policy::Target;

    use super::*;
    use crate::engine::tests::engine;
    use crate::engine::tests::query;
    use crate::sample;

    const ARN: &str = "arn:aws:imagebuilder:us-west-2:111122223333:lifecycle-policy/";

    #[test]
    fn every_notation_is_written() {
        let reading = afterimage_policy::read_json(sample::POLICY);
        let arn = format!("{ARN}{}", reading.document.name.unwrap());
        for target in 0..TARGETS.len() as u32 {
            let written = write(sample::POLICY, target, &arn);
            assert_eq!(written.problems, Vec::new(), "{:?}", TARGETS[target as usize]);
            assert!(
                !afterimage_policy::read(&written.text).has_errors()
                    || TARGETS[target as usize] == Target::Cdk
            );
        }
    }

    #[test]
    fn an_update_wants_the_arn_of_this_policy() {
        assert_eq!(write(sample::POLICY, 1, "").problems.len(), 1);
        assert!(write(sample::POLICY, 1, &format!("{ARN}another")).problems[0].0.contains("another"));
        assert!(write("{}", 0, "").problems.len() > 1);
    }

    fn report(format: Format, query: &Query) -> String {
        let mut out = Vec::new();
        engine().report(format, query, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_report_names_every_image_of_the_chosen_night() {
        let outcome = engine().answer(&query()).result.unwrap();
        let csv = report(Format::Csv, &query());
        assert_eq!(csv.matches(",IMAGE,").count(), outcome.total() as usize);
        assert!(csv.matches(",DELETE,").count() > outcome.count("DELETE") as usize);
        let assume = vec!["failed-ignores-age=false".to_owned()];
        assert!(
            report(Format::Markdown, &Query { assume, ..query() })
                .contains(" failed-ignores-age=false; else")
        );
        let markdown = report(Format::Markdown, &query());
        assert!(
            markdown.starts_with("# Run of nightly-ami-retention on ")
                && markdown.contains("nothing but the defaults.")
        );
        let disabled = Query { policy: sample::POLICY.replace("ENABLED", "DISABLED"), ..query() };
        assert!(report(Format::Csv, &disabled) == csv, "the same");
        assert_eq!(
            markdown.replacen("\n\n", &format!("\n\n{}\n\n", text::DISABLED), 1),
            report(Format::Markdown, &disabled)
        );
        for words in [
            "Except images tagged LifecyclePin=retain.",
            "\n## The nights to come\n\n- ",
            "Storage is at most",
            ", up to ",
            "| 2 deleted | ",
        ] {
            assert!(markdown.contains(words), "{words}: {markdown}");
        }
        let in_scope = outcome.total() - outcome.count("IGNORE");
        assert_eq!(markdown.lines().filter(|line| line.starts_with("| ")).count(), 1 + in_scope as usize);
        let json: serde_json::Value = serde_json::from_str(&report(Format::Json, &query())).unwrap();
        assert_eq!(json["runs"][0]["images"].as_array().unwrap().len(), outcome.total() as usize);
        let json: serde_json::Value =
            serde_json::from_str(&report(Format::Json, &Query { day: 2, ..query() })).unwrap();
        assert_eq!(json["runs"].as_array().unwrap().len(), 3);
    }

    #[test]
    fn the_spreadsheet_is_an_export() {
        let csv = report(Format::Csv, &query());
        let mut again = Engine::default();
        let mut loading = again.begin(true);
        let mut feed = loading.begin("report.csv");
        feed.push(csv.as_bytes()).unwrap();
        loading.end("report.csv".to_owned(), feed);
        again.end(loading);
        let (before, after) = (engine().answer(&query()).result, again.answer(&query()).result);
        assert_eq!(before.unwrap().verdicts, after.unwrap().verdicts);
    }
}
