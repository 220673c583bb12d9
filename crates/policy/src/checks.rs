//! What members say together: the service's cross-field rules as errors, and what surprises people as
//! warnings. The source of each is in its doc comment; "assumption" marks what AWS does not document.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::model::Action;
use crate::model::DetailDocument;
use crate::model::Document;
use crate::model::ExclusionsDocument;
use crate::model::FilterType;
use crate::model::Form;
use crate::model::ResourceType;
use crate::model::Unit;
use crate::model::normalised_name;
use crate::shape;

/// Runs every check on a document; `root` is the pointer of the policy in it.
pub(crate) fn run(document: &Document, root: &str, out: &mut Vec<Diagnostic>) {
    let mut found = Findings { root, out };
    arn_and_name_agree(document, &mut found);
    status_is_written_on_update(document, &mut found);
    for (index, detail) in document.policy_details.iter().enumerate() {
        let mut found = Findings { root: &format!("{root}/policyDetails/{index}"), out: found.out };
        action_once(document, index, detail, &mut found);
        action_fits_resource_type(document, detail, &mut found);
        include_fits(document, detail, &mut found);
        snapshots_with_amis(document, detail, &mut found);
        filter_members(detail, &mut found);
        ami_exclusions_fit(document, detail, &mut found);
        deletes_leave_nothing_behind(document, detail, &mut found);
        exclusion_selects_nothing(document, detail, &mut found);
        launches_are_reported_late(detail, &mut found);
    }
    thresholds_increase(document, &mut found);
    sharing_survives_disable(document, &mut found);
    one_selector(document, &mut found);
    wildcards_trail(document, &mut found);
}

const INCLUDE: &str = "/action/includeResources";

struct Findings<'a> {
    root: &'a str,
    out: &'a mut Vec<Diagnostic>,
}

impl Findings<'_> {
    /// Whether something stands at this place that could not be read: then it is not absent, and reading it
    /// has already said what is wrong.
    fn unreadable(&self, place: &str) -> bool {
        let path = format!("{}{place}", self.root);
        self.out.iter().any(|diagnostic| {
            diagnostic.severity == Severity::Error
                && diagnostic
                    .path
                    .strip_prefix(&path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    fn push(&mut self, severity: Severity, code: &'static str, place: &str, message: String, help: &str) {
        let path = format!("{}{place}", self.root);
        self.out.push(Diagnostic { code, severity, path, message, help: help.to_owned() });
    }

    fn error(&mut self, code: &'static str, place: &str, message: impl Into<String>, help: &str) {
        self.push(Severity::Error, code, place, message.into(), help);
    }

    fn warning(&mut self, code: &'static str, place: &str, message: impl Into<String>, help: &str) {
        self.push(Severity::Warning, code, place, message.into(), help);
    }
}

/// Name and resource type cannot change: the name in the ARN is the policy's own, normalised.
/// Documented in the API model of `UpdateLifecyclePolicy`.
fn arn_and_name_agree(document: &Document, found: &mut Findings<'_>) {
    let arn = document.arn.as_deref().and_then(shape::policy_arn);
    if let (Some((_, _, in_arn)), Some(name)) = (arn, &document.name)
        && normalised_name(name) != normalised_name(in_arn)
    {
        found.error(
            "name-changed",
            "/name",
            format!("the name `{name}` is not the `{in_arn}` of the ARN, and a policy cannot be renamed"),
            "create a new policy, or take the name of the ARN",
        );
    }
}

/// An update replaces the whole policy, and an omitted status means ENABLED. Documented.
fn status_is_written_on_update(document: &Document, found: &mut Findings<'_>) {
    if document.form == Form::Update && document.enabled.is_none() && !found.unreadable("/status") {
        found.warning(
            "update-enables",
            "/status",
            "an update without `status` enables the policy, even one that was disabled",
            "write `status`",
        );
    }
}

/// At most one rule per action. Documented.
fn action_once(document: &Document, index: usize, detail: &DetailDocument, found: &mut Findings<'_>) {
    let Some(action) = detail.action else { return };
    if document.policy_details.iter().take(index).any(|earlier| earlier.action == Some(action)) {
        found.error(
            "duplicate-action",
            "/action/type",
            format!("there is more than one {} rule", action.as_str()),
            "keep one rule per action",
        );
    }
}

/// Container images can only be deleted. Documented.
fn action_fits_resource_type(document: &Document, detail: &DetailDocument, found: &mut Findings<'_>) {
    let container = document.resource_type == Some(ResourceType::ContainerImage);
    if let Some(action @ (Action::Deprecate | Action::Disable)) = detail.action
        && container
    {
        found.error(
            "container-action",
            "/action/type",
            format!("{} does not apply to container images", action.as_str()),
            "use `DELETE`, the only action for `CONTAINER_IMAGE`",
        );
    }
}

/// Which resources an action may take along. That deprecate and disable take AMIs only is documented; that
/// the flags must fit the resource type is inferred from AWS's own CDK module. Only `true` is an error:
/// AWS accepts an explicit `false`.
fn include_fits(document: &Document, detail: &DetailDocument, found: &mut Findings<'_>) {
    let include = detail.include.unwrap_or_default();
    let container = document.resource_type == Some(ResourceType::ContainerImage);
    let ami = document.resource_type == Some(ResourceType::AmiImage);
    let softer = matches!(detail.action, Some(Action::Deprecate | Action::Disable));
    let flags = [
        ("amis", include.amis, container, false),
        ("snapshots", include.snapshots, container, softer),
        ("containers", include.containers, ami, softer),
    ];
    for (name, _, wrong_type, wrong_action) in flags.into_iter().filter(|flag| flag.1 == Some(true)) {
        let place = format!("/action/includeResources/{name}");
        if wrong_type {
            let policy = if container { "a container" } else { "an AMI" };
            found.error(
                "include-resource-type",
                &place,
                format!("{policy} policy cannot include {name}"),
                if container { "include `containers`" } else { "include `amis` and `snapshots`" },
            );
        } else if wrong_action {
            let action = detail.action.map_or("", Action::as_str);
            found.error(
                "include-action",
                &place,
                format!("{action} cannot include {name}, only amis"),
                "set it to false or leave it out",
            );
        }
    }
}

/// Snapshots go only with their AMIs. Documented.
fn snapshots_with_amis(document: &Document, detail: &DetailDocument, found: &mut Findings<'_>) {
    const AMIS: &str = "/action/includeResources/amis";
    let include = detail.include.unwrap_or_default();
    let alone = include.snapshots == Some(true) && include.amis != Some(true) && !found.unreadable(AMIS);
    // A container policy has neither: that is the finding there.
    let container = document.resource_type == Some(ResourceType::ContainerImage);
    if alone && !container && detail.action == Some(Action::Delete) {
        found.error(
            "snapshots-without-amis",
            AMIS,
            "snapshots can only be deleted together with their AMIs",
            "set `amis` to true, or `snapshots` to false",
        );
    }
}

/// COUNT is for DELETE, AGE needs a unit: documented. COUNT with `unit` or `retainAtLeast`, and
/// `retainAtLeast` on other actions than DELETE: accepted, without a documented effect.
fn filter_members(detail: &DetailDocument, found: &mut Findings<'_>) {
    let retain = detail.retain_at_least.is_some();
    match (detail.filter_type, detail.action) {
        (Some(FilterType::Count), Some(action @ (Action::Deprecate | Action::Disable))) => found.error(
            "count-needs-delete",
            "/filter/type",
            format!("COUNT does not apply to {}", action.as_str()),
            "use `AGE`, or make it a `DELETE` rule",
        ),
        (Some(FilterType::Age), _) if detail.unit.is_none() && !found.unreadable("/filter/unit") => found
            .error(
                "age-without-unit",
                "/filter/unit",
                "an AGE filter needs a `unit`",
                "write `DAYS`, `WEEKS`, `MONTHS` or `YEARS`",
            ),
        _ => {}
    }
    if detail.filter_type == Some(FilterType::Count) {
        if detail.unit.is_some() {
            found.warning(
                "count-ignores-unit",
                "/filter/unit",
                "`unit` has no documented effect on a COUNT filter",
                "leave it out",
            );
        }
        if retain {
            found.warning(
                "count-ignores-retain",
                "/filter/retainAtLeast",
                "`retainAtLeast` has no documented effect on a COUNT filter, whose value already is what is kept",
                "leave it out",
            );
        }
    } else if retain && matches!(detail.action, Some(Action::Deprecate | Action::Disable)) {
        found.warning(
            "retain-without-effect",
            "/filter/retainAtLeast",
            "`retainAtLeast` has a documented effect on DELETE only",
            "leave it out; every image that is old enough is acted on",
        );
    }
    let floor = retain || found.unreadable("/filter/retainAtLeast");
    if detail.action == Some(Action::Delete) && detail.filter_type == Some(FilterType::Age) && !floor {
        found.warning(
            "no-floor",
            "/filter/retainAtLeast",
            "without `retainAtLeast` every image of a recipe version may be deleted",
            "keep at least one with `retainAtLeast`: 1",
        );
    }
}

/// AMI exclusions in a container policy: refused by AWS's own CDK module. Where AMIs are not included they do
/// nothing; on DELETE they spare the AMI but not the image record.
fn ami_exclusions_fit(document: &Document, detail: &DetailDocument, found: &mut Findings<'_>) {
    let Some(amis) = detail.exclusion_rules.as_ref().and_then(|rules| rules.amis.as_ref()) else { return };
    let effective = amis.is_public == Some(true)
        || amis.regions.as_ref().is_some_and(|regions| !regions.is_empty())
        || amis.shared_accounts.is_some()
        || amis.last_launched.is_some()
        || amis.tag_map.is_some();
    if document.resource_type == Some(ResourceType::ContainerImage) {
        found.error(
            "container-ami-exclusions",
            "/exclusionRules/amis",
            "a container policy cannot exclude AMIs",
            "exclude images by `tagMap` instead",
        );
    } else if effective && detail.include.and_then(|include| include.amis) != Some(true) {
        if found.unreadable(INCLUDE) {
            return;
        }
        found.warning(
            "ami-exclusions-without-effect",
            "/exclusionRules/amis",
            "the rule does not include AMIs, so these exclusions spare nothing and the image is still acted on",
            "include `amis`, or exclude images by `tagMap`",
        );
    } else if effective && detail.action == Some(Action::Delete) {
        found.warning(
            "ami-exclusions-orphan",
            "/exclusionRules/amis",
            "an AMI that is spared here stays, but its image is still deleted, so nothing manages it any more",
            "to keep both, exclude the image by a tag in `tagMap`",
        );
    }
}

/// A delete without its resources removes records only. From AWS's sample repository.
fn deletes_leave_nothing_behind(document: &Document, detail: &DetailDocument, found: &mut Findings<'_>) {
    if detail.action != Some(Action::Delete) || found.unreadable(INCLUDE) {
        return;
    }
    let include = detail.include.unwrap_or_default();
    let on = |flag: Option<bool>| flag == Some(true);
    match document.resource_type {
        Some(ResourceType::AmiImage) if !on(include.amis) && !on(include.snapshots) => found.warning(
            "deletes-record-only",
            INCLUDE,
            "only image records are deleted; their AMIs and snapshots stay and keep costing",
            "include `amis` and `snapshots`",
        ),
        Some(ResourceType::AmiImage) if on(include.amis) && !on(include.snapshots) => found.warning(
            "snapshots-left",
            "/action/includeResources/snapshots",
            "AMIs are deregistered but their snapshots stay, unmanaged, and keep costing",
            "include `snapshots`",
        ),
        Some(ResourceType::ContainerImage) if !on(include.containers) => found.warning(
            "deletes-record-only",
            INCLUDE,
            "only image records are deleted; their container images stay in the repository",
            "include `containers`",
        ),
        _ => {}
    }
}

/// A rule that excludes what the policy selects acts on nothing.
fn exclusion_selects_nothing(document: &Document, detail: &DetailDocument, found: &mut Findings<'_>) {
    let selected = document.resource_selection.as_ref().and_then(|selection| selection.tag_map.as_ref());
    let excluded = detail.exclusion_rules.as_ref().and_then(|rules| rules.tag_map.as_ref());
    let (Some(selected), Some(excluded)) = (selected, excluded) else { return };
    if !selected.is_empty() && selected.iter().all(|tag| excluded.contains(tag)) {
        found.warning(
            "excludes-selection",
            "/exclusionRules/tagMap",
            "every selected tag is also excluded, so the rule acts on failed builds at most",
            "exclude another tag",
        );
    }
}

/// EC2 reports launches up to a day late. Documented.
fn launches_are_reported_late(detail: &DetailDocument, found: &mut Findings<'_>) {
    let amis = detail.exclusion_rules.as_ref().and_then(|rules: &ExclusionsDocument| rules.amis.as_ref());
    let Some(period) = amis.and_then(|amis| amis.last_launched) else { return };
    if period.unit == Some(Unit::Days) && period.value == Some(1) {
        found.warning(
            "launches-reported-late",
            "/exclusionRules/amis/lastLaunched/value",
            "EC2 reports launches up to 24 hours late, so a period of one day may miss them",
            "use two days or more",
        );
    }
}

/// Deprecate, disable, delete at growing ages: no source enforces it, but one action a night makes another
/// order act later than it reads.
fn thresholds_increase(document: &Document, found: &mut Findings<'_>) {
    // In twelfths of a day, so that twelve months are one year.
    let age = |detail: &DetailDocument| {
        let unit = match detail.unit? {
            Unit::Days => 12,
            Unit::Weeks => 84,
            Unit::Months => 365,
            Unit::Years => 4380,
        };
        let age = detail.filter_type == Some(FilterType::Age);
        detail.value.filter(|_| age).map(|value| u64::from(value) * unit)
    };
    for (index, detail) in document.policy_details.iter().enumerate() {
        let (Some(action), Some(mine)) = (detail.action, age(detail)) else { continue };
        let earlier = document.policy_details.iter().find(|other| {
            other.action.is_some_and(|other| other < action) && age(other).is_some_and(|other| other > mine)
        });
        if let Some(earlier) = earlier.and_then(|earlier| earlier.action) {
            found.warning(
                "thresholds-out-of-order",
                &format!("/policyDetails/{index}/filter/value"),
                format!(
                    "{} comes at a lower age than {}, so images go without that step",
                    action.as_str(),
                    earlier.as_str()
                ),
                "let the ages grow from deprecate to disable to delete",
            );
        }
    }
}

/// Disabling an AMI takes its launch permissions away, so later exclusions by sharing no longer see them.
/// Inferred from what EC2 documents of DisableImage.
fn sharing_survives_disable(document: &Document, found: &mut Findings<'_>) {
    let find = |action| {
        let is = |(_, detail): &(usize, &DetailDocument)| detail.action == Some(action);
        document.policy_details.iter().enumerate().find(is)
    };
    let (Some((_, disable)), Some((index, delete))) = (find(Action::Disable), find(Action::Delete)) else {
        return;
    };
    if disable.include.and_then(|include| include.amis) != Some(true) {
        return;
    }
    let amis = |detail: &DetailDocument| detail.exclusion_rules.clone()?.amis;
    let (first, then) = (amis(disable).unwrap_or_default(), amis(delete).unwrap_or_default());
    let public = then.is_public == Some(true) && first.is_public != Some(true);
    let spared = first.shared_accounts.unwrap_or_default();
    let shared =
        then.shared_accounts.is_some_and(|list| list.iter().any(|account| !spared.contains(account)));
    for (member, _) in [("isPublic", public), ("sharedAccounts", shared)].into_iter().filter(|lost| lost.1) {
        found.warning(
            "sharing-lost-on-disable",
            &format!("/policyDetails/{index}/exclusionRules/amis/{member}"),
            "the DISABLE rule takes launch permissions away, so this no longer spares AMIs when DELETE comes",
            "put the same exclusion on the DISABLE rule",
        );
    }
}

/// Recipes or tags, exactly one of them. Documented.
fn one_selector(document: &Document, found: &mut Findings<'_>) {
    let Some(selection) = &document.resource_selection else { return };
    match (&selection.recipes, &selection.tag_map) {
        (Some(_), Some(_)) => found.error(
            "two-selectors",
            "/resourceSelection",
            "images are selected by `recipes` and by `tagMap`, and only one of them is allowed",
            "remove one; use two policies for both",
        ),
        (None, None) if !found.unreadable("/resourceSelection") => found.error(
            "no-selector",
            "/resourceSelection",
            "neither `recipes` nor `tagMap` says which images the policy applies to",
            "add one of them",
        ),
        _ => {}
    }
}

/// Once a node is `x`, so is every node to its right. Documented for versions in general; whether the service
/// enforces it for policies is not.
fn wildcards_trail(document: &Document, found: &mut Findings<'_>) {
    let recipes = document.resource_selection.iter().flat_map(|selection| &selection.recipes).flatten();
    for (index, recipe) in recipes.enumerate() {
        let Some(text) = &recipe.semantic_version else { continue };
        let Some(version) = shape::version(text) else { continue };
        let first = version.iter().position(Option::is_none).unwrap_or(version.len());
        if version.iter().skip(first).any(Option::is_some) {
            found.error(
                "wildcard-not-trailing",
                &format!("/resourceSelection/recipes/{index}/semanticVersion"),
                format!("`{text}` has a number to the right of an `x`"),
                "use `1.0.x`, `1.x.x` or `x.x.x`",
            );
        }
    }
}
