//! The run on screen, and the totals beside it.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Action;
use afterimage_policy::Filter;
use afterimage_policy::Rule;
use afterimage_policy::Tag;
use afterimage_policy::Unit;
use afterimage_simulator as simulator;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::Run;
use afterimage_simulator::State;
use afterimage_simulator::Verdict;

use crate::engine::compiled::Compiled;
use crate::engine::nights::Forecast;
use crate::protocol::Fates;
use crate::protocol::Incomplete;
use crate::protocol::Outcome;
use crate::protocol::Query;
use crate::protocol::RuleEffect;

/// The run on screen.
pub(super) struct Shown {
    pub(super) day: u32,
    /// When it begins.
    pub(super) at: Instant,
    pub(super) state: State,
    pub(super) run: Run,
    /// What stays the same while the user scrolls and filters.
    pub(super) outcome: Outcome,
}

impl Shown {
    /// Any night but the first asks for the forecast. `last` is another run on the same inventory.
    pub(super) fn new(
        policy: &Compiled,
        plan: &Plan,
        inventory: &Inventory,
        forecast: Option<&Forecast>,
        query: &Query,
        last: Option<Self>,
    ) -> Self {
        let tonight = last.filter(|last| last.day == 0).map(|last| last.state);
        let state = match forecast.filter(|_| query.day > 0) {
            Some(forecast) => plan.state_before(inventory, &forecast.fates, query.day),
            None => tonight.unwrap_or_else(|| State::new(inventory)),
        };
        let at = Instant(query.now).plus_days(i64::from(query.day));
        let run = plan.run(inventory, &state, at);
        let totals = plan.totals(inventory, &state, &run);
        let fates = |counts: simulator::OutputCounts| Fates {
            deleted: counts.deleted,
            skipped: counts.skipped,
            left: counts.left,
            failed: counts.failed,
        };
        let mut reasons = [[0_u32; Reason::ALL.len()]; Verdict::ALL.len()];
        let mut acts = [0_u32; 8];
        for (verdict, reason, rule, images) in run.counts() {
            let count =
                reasons.get_mut(verdict as usize).and_then(|reasons| reasons.get_mut(reason as usize));
            if let Some(count) = count {
                *count += images;
            }
            let rule = rule.filter(|_| verdict.is_action());
            if let Some(count) = rule.and_then(|rule| acts.get_mut(usize::from(rule))) {
                *count += images;
            }
        }
        // Such a deletion still takes the AMIs that are neither protected nor spared.
        let staying = plan.staying(inventory, &state, &run);
        let [failing, waiting] = [staying.failing, staying.waiting].map(|why| Incomplete {
            images: why.images,
            amis: why.amis,
            snapshots: why.snapshots,
        });
        let named = |(verdict, counts): (Verdict, [u32; Reason::ALL.len()])| {
            let of = |(reason, count): (Reason, u32)| {
                (verdict.as_str().to_owned(), reason.as_str().to_owned(), count)
            };
            Reason::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(of).collect::<Vec<_>>()
        };
        let effect = |rule: &Rule| {
            let spared = totals.spared.iter().find(|spared| usize::from(spared.rule) == rule.index);
            let spared = spared.copied().unwrap_or_default();
            let (about_days, age) = match rule.filter {
                Filter::Age { value, unit, .. } => {
                    let days = match unit {
                        Unit::Days => 1.0,
                        Unit::Weeks => 7.0,
                        Unit::Months => 30.44,
                        Unit::Years => 365.25,
                    };
                    (Some(f64::from(value) * days), Some(age_in_words(value, unit)))
                }
                Filter::Count { .. } => (None, None),
            };
            RuleEffect {
                rule: rule.index as u32,
                action: rule.action.as_str().to_owned(),
                acts: acts.get(rule.index).copied().unwrap_or(0),
                failing: if rule.action == Action::Delete { failing.images } else { 0 },
                waiting: if rule.action == Action::Delete { waiting.images } else { 0 },
                spared_images: spared.images,
                spared_amis: [
                    spared.region,
                    spared.public,
                    spared.ami_tag,
                    spared.shared_account,
                    spared.last_launched,
                ],
                about_days,
                age,
                keep: plan.keeps(rule.index),
                takes: takes(rule),
                except: except(rule),
            }
        };
        let mut amis = fates(totals.amis);
        amis.deleted = amis.deleted.saturating_sub(failing.amis + waiting.amis);
        let mut snapshots = fates(totals.snapshots);
        snapshots.deleted = snapshots.deleted.saturating_sub(failing.snapshots + waiting.snapshots);
        // Where the record stays, its AMIs are not left behind.
        let mut behind = fates(totals.behind);
        for kept in [staying.failing.kept, staying.waiting.kept] {
            behind.skipped = behind.skipped.saturating_sub(kept.skipped);
            behind.left = behind.left.saturating_sub(kept.left);
            behind.failed = behind.failed.saturating_sub(kept.failed);
        }
        let outcome = Outcome {
            at: run.at.0,
            day: query.day,
            disabled: policy.disabled,
            verdicts: Verdict::ALL.map(|v| (v.as_str().to_owned(), run.summary.count(v))).to_vec(),
            reasons: Verdict::ALL.into_iter().zip(reasons).flat_map(named).collect(),
            rules: policy.rules.iter().map(effect).collect(),
            selected: policy.selected.clone(),
            amis,
            snapshots,
            containers: fates(totals.containers),
            behind,
            failing,
            waiting,
        };
        Self { day: query.day, at, state, run, outcome }
    }
}

fn takes(rule: &Rule) -> Vec<String> {
    let kinds = [
        (rule.include.amis, "AMIs"),
        (rule.include.snapshots, "snapshots"),
        (rule.include.containers, "container images"),
    ];
    kinds.into_iter().filter(|(is_included, _)| *is_included).map(|(_, words)| words.to_owned()).collect()
}

fn except(rule: &Rule) -> Vec<String> {
    let amis = &rule.exclude.amis;
    let tagged = |what: &str, tags: &[Tag]| {
        let tags: Vec<String> = tags.iter().map(|tag| format!("{}={}", tag.key, tag.value)).collect();
        (!tags.is_empty()).then(|| format!("{what} tagged {}", tags.join(" or ")))
    };
    let list =
        |what: &str, words: &[String]| (!words.is_empty()).then(|| format!("{what} {}", words.join(" or ")));
    let lately = amis
        .last_launched
        .map(|last| format!("AMIs launched within the last {}", age_in_words(last.value, last.unit)));
    [
        tagged("images", &rule.exclude.image_tags),
        list("AMIs in", &amis.regions),
        amis.public.then(|| "public AMIs".to_owned()),
        tagged("AMIs", &amis.tags),
        list("AMIs shared with", &amis.shared_accounts),
        lately,
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// `1 day`, `90 days`.
fn age_in_words(value: u32, unit: Unit) -> String {
    let word = match unit {
        Unit::Days => "day",
        Unit::Weeks => "week",
        Unit::Months => "month",
        Unit::Years => "year",
    };
    format!("{value} {word}{}", if value == 1 { "" } else { "s" })
}
