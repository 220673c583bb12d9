//! `afterimage compare`: which images another policy, or another inventory, brings another fate.

use std::io::Write;

use afterimage_policy::Action;
use afterimage_policy::Diagnostic;
use afterimage_simulator::ActionChanges;
use afterimage_simulator::Comparison;
use afterimage_simulator::ComparisonReport;
use afterimage_simulator::Fate;
use afterimage_simulator::Forecast;
use afterimage_simulator::ForecastReport;
use afterimage_simulator::OutputChanges;
use afterimage_simulator::Shift;
use afterimage_simulator::Side;
use afterimage_simulator::changes_of_outputs;
use afterimage_simulator::markdown_cell as cell;
use afterimage_simulator::spreadsheet::inert;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::CompareArgs;
use crate::args::Format;
use crate::check;
use crate::input;
use crate::notes;
use crate::table;
use crate::wording::counted;
use crate::wording::day;
use crate::wording::plain;
use crate::wording::short;

pub(crate) fn run(args: &CompareArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    let policies = [&args.policy].into_iter().chain(&args.with);
    input::standard_input_once(policies.chain(&args.inventory).chain(&args.with_inventory))?;
    let options = args.horizon.options();
    let assumptions = args.horizon.assume.chosen();
    let file = args.with.as_ref().unwrap_or(&args.policy);
    let old = input::policy(&args.policy, args.resource.as_deref())?;
    let new = args.with.as_deref().map(|path| input::policy(path, args.resource.as_deref())).transpose()?;
    let new = new.as_ref().unwrap_or(&old);
    let inventory = input::inventory(&args.inventory)?;
    let other = match args.with_inventory.as_slice() {
        [] => None,
        paths => Some(input::inventory(paths)?),
    };
    let other = other.as_ref().unwrap_or(&inventory);
    let before = ForecastReport::new(&old, &inventory, assumptions, &options);
    let after = ForecastReport::new(new, other, assumptions, &options);
    let report = ComparisonReport::new(&before, &after);
    input::builds(report.unknown_recipes())?;
    let policy_is = check::policy_is(&[before.diagnostics(), after.diagnostics()].concat());
    if args.format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        return Ok(policy_is);
    }
    notes::diagnostics(before.diagnostics(), &old, &args.policy)?;
    notes::skipped(&inventory)?;
    if args.with.is_some() {
        notes::diagnostics(after.diagnostics(), new, file)?;
    } else {
        // Of the same policy, only what the other inventory adds.
        let is_said = |found: &&Diagnostic| !before.diagnostics().contains(found);
        let more: Vec<Diagnostic> = after.diagnostics().iter().filter(is_said).cloned().collect();
        notes::diagnostics(&more, new, file)?;
    }
    if !std::ptr::eq(other, &inventory) {
        notes::skipped(other)?;
    }
    let view = View::new(&report);
    match (args.format, &view) {
        (Format::Csv, view) => spreadsheet(view.as_ref(), out)?,
        (Format::Markdown, Some(view)) => markdown(view, out)?,
        (_, Some(view)) => {
            writeln!(out, "{}", view.summary().join("\n"))?;
            let rows: Vec<_> = view.rows().collect();
            if !rows.is_empty() {
                write!(out, "\n{}", table::columns(HEADER, rows, HEADER.len()))?;
            }
            let lists = view.only();
            if !lists.is_empty() {
                writeln!(out, "\n{}", lists.join("\n"))?;
            }
        }
        (_, None) => {}
    }
    Ok(policy_is)
}

const HEADER: [&str; 6] = ["image", "first run", "deprecated", "disabled", "deleted", "outputs"];

/// A comparison with all that is needed to describe it.
struct View<'a> {
    comparison: &'a Comparison,
    before: (&'a ForecastReport<'a>, &'a Forecast),
    after: (&'a ForecastReport<'a>, &'a Forecast),
    sides: [Side<'a>; 2],
}

impl<'a> View<'a> {
    fn new(report: &'a ComparisonReport<'a>) -> Option<Self> {
        Some(Self {
            comparison: report.comparison()?,
            before: (report.before(), report.before().forecast()?),
            after: (report.after(), report.after().forecast()?),
            sides: report.sides()?,
        })
    }

    /// What changes, in a few sentences.
    fn summary(&self) -> Vec<String> {
        let changes = &self.comparison.delete;
        let last = day(self.before.1.at(self.before.1.last_night()));
        let headline = match (changes.newly, changes.spared) {
            (0, 0) if self.comparison.changed.is_empty() => {
                "No image or output meets another fate".to_owned()
            }
            (0, 0) => "The same images are deleted".to_owned(),
            (newly, 0) => format!("Deletes {newly} more"),
            (0, spared) => format!("Spares {spared} from deletion"),
            (newly, spared) => format!("Deletes {newly} more, spares {spared}"),
        };
        let mut lines = vec![format!(
            "{headline} by {last}; {} of {} meet another fate, or their outputs do.",
            self.comparison.changed.len(),
            counted(self.comparison.compared as usize, "image"),
        )];
        for (action, word) in
            [(Action::Delete, "deleted"), (Action::Disable, "disabled"), (Action::Deprecate, "deprecated")]
        {
            lines.extend(counts(word, self.comparison.changes(action)));
        }
        lines.extend(
            outputs(&self.comparison.outputs)
                .filter_map(|(noun, verb, changes)| counts(&format!("{noun}s {verb}"), changes)),
        );
        lines
    }

    /// The images that meet another fate.
    fn rows(&self) -> impl Iterator<Item = [String; 6]> {
        self.fates().map(|(arn, old, new, outputs)| {
            let verdicts = match (old.first.0, new.first.0) {
                (old, new) if old == new => old.as_str().to_owned(),
                (old, new) => format!("{} → {}", old.as_str(), new.as_str()),
            };
            [
                plain(short(arn)),
                verdicts,
                self.night(Action::Deprecate, &old, &new),
                self.night(Action::Disable, &old, &new),
                self.night(Action::Delete, &old, &new),
                short_changes(&outputs),
            ]
        })
    }

    fn fates(&self) -> impl Iterator<Item = (&'a str, Fate, Fate, OutputChanges)> {
        let (before, after, [left, right]) = (self.before, self.after, self.sides);
        self.comparison.changed.iter().filter_map(move |&(old, new)| {
            let fates = (before.1.fate(old as usize)?, after.1.fate(new as usize)?);
            let outputs = changes_of_outputs(left, right, (old, new));
            Some((before.0.inventory().arn(old as usize), fates.0, fates.1, outputs))
        })
    }

    /// When an action comes, before and after.
    fn night(&self, action: Action, old: &Fate, new: &Fate) -> String {
        let word = |fate: &Fate| match fate.night(action) {
            Some(night) => self.before.1.at(night).day(),
            None if action == Action::Delete && fate.refused.is_some() => "stays".to_owned(),
            None => "never".to_owned(),
        };
        let (before, after) = (word(old), word(new));
        let days = match Shift::between(old.night(action), new.night(action)) {
            Shift::Earlier(days) => format!(" (−{days} d)"),
            Shift::Later(days) => format!(" (+{days} d)"),
            _ if before == after && before == "never" => return "·".to_owned(),
            _ if before == after => return before,
            _ => String::new(),
        };
        format!("{before} → {after}{days}")
    }

    /// Images that one of the inventories does not list.
    fn only(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (report, rows, words) in [
            (self.before.0, &self.comparison.only_before, "only in the first inventory"),
            (self.after.0, &self.comparison.only_after, "only in the inventory compared with"),
        ] {
            if !rows.is_empty() {
                lines.push(format!("{words}: {}", counted(rows.len(), "image")));
            }
            let arn = |&row: &u32| plain(short(report.inventory().arn(row as usize)));
            lines.extend(rows.iter().map(|row| format!("  {}", arn(row))));
        }
        lines
    }
}

/// What changes for outputs, kind by kind: of what, what becomes of it, how many.
fn outputs(changes: &OutputChanges) -> impl Iterator<Item = (&'static str, &'static str, &ActionChanges)> {
    [
        ("AMI", "deleted", &changes.amis.delete),
        ("AMI", "left behind", &changes.amis.left),
        ("snapshot", "deleted", &changes.snapshots),
        ("container image", "deleted", &changes.containers),
        ("AMI", "disabled", &changes.amis.disable),
        ("AMI", "deprecated", &changes.amis.deprecate),
    ]
    .into_iter()
    .filter(|(_, _, changes)| !changes.is_empty())
}

/// How many before and after, and how they change; `None` where nothing does.
fn counts(what: &str, changes: &ActionChanges) -> Option<String> {
    let kinds = kinds(changes);
    let kinds: Vec<String> = kinds.map(|(count, word)| format!("{count} {word}")).collect();
    let (before, after) = (changes.before, changes.after);
    (!kinds.is_empty()).then(|| format!("{what}: {before} before, {after} after; {}", kinds.join(", ")))
}

fn kinds(changes: &ActionChanges) -> impl Iterator<Item = (u32, &'static str)> {
    [
        (changes.newly, "newly"),
        (changes.spared, "no longer"),
        (changes.earlier, "earlier"),
        (changes.later, "later"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
}

/// What changes for the outputs of one image apart from it.
fn short_changes(changes: &OutputChanges) -> String {
    let words = outputs(changes).flat_map(|(noun, verb, changes)| {
        kinds(changes).map(move |(count, word)| {
            let many = counted(count as usize, noun);
            match word {
                "newly" | "no longer" => format!("{many} {word} {verb}"),
                _ => format!("{many} {verb} {word}"),
            }
        })
    });
    let words: Vec<String> = words.collect();
    if words.is_empty() { "·".to_owned() } else { words.join(", ") }
}

fn markdown(view: &View<'_>, out: &mut impl Write) -> Result<(), CommandError> {
    writeln!(out, "{}", view.summary().join("  \n"))?;
    let mut rows = view.rows().peekable();
    if rows.peek().is_some() {
        writeln!(out, "\n| {} |\n|---|---|---|---|---|---|", HEADER.join(" | "))?;
    }
    for row in rows {
        writeln!(out, "| {} |", row.map(|text| cell(&text)).join(" | "))?;
    }
    let lists = view.only();
    if !lists.is_empty() {
        let item = |line: &String| {
            line.strip_prefix("  ").map_or_else(|| format!("\n{line}\n"), |arn| format!("- {}", cell(arn)))
        };
        writeln!(out, "{}", lists.iter().map(item).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(())
}

/// One line per image that meets another fate. Without a comparison the header alone.
fn spreadsheet(view: Option<&View<'_>>, out: &mut impl Write) -> Result<(), CommandError> {
    let mut csv = csv::Writer::from_writer(out);
    let names = [
        "verdict",
        "deprecated",
        "disabled",
        "deleted",
        "refused",
        "amis_disabled",
        "amis_deleted",
        "amis_left",
        "snapshots_deleted",
        "containers_deleted",
    ];
    let header = ["arn".to_owned()].into_iter();
    let header =
        header.chain(["before", "after"].iter().flat_map(|side| names.map(|name| format!("{side}_{name}"))));
    csv.write_record(header)?;
    for (arn, old, new, outputs) in view.into_iter().flat_map(View::fates) {
        let columns = |fate: Fate, count: fn(&ActionChanges) -> u32| {
            let at = |night: Option<u32>| {
                let forecast = view.map(|view| view.before.1);
                night.zip(forecast).map(|(night, all)| all.at(night).to_string()).unwrap_or_default()
            };
            [
                fate.first.0.as_str().to_owned(),
                at(fate.deprecated),
                at(fate.disabled),
                at(fate.deleted),
                at(fate.refused),
                count(&outputs.amis.disable).to_string(),
                count(&outputs.amis.delete).to_string(),
                count(&outputs.amis.left).to_string(),
                count(&outputs.snapshots).to_string(),
                count(&outputs.containers).to_string(),
            ]
        };
        let before = columns(old, |changes| changes.before);
        let after = columns(new, |changes| changes.after);
        let record = [inert(arn).into_owned()].into_iter().chain(before).chain(after);
        csv.write_record(record)?;
    }
    Ok(csv.flush()?)
}
