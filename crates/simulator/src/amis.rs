//! What rules see of an AMI, and what follows from it.

use std::borrow::Cow;
use std::cmp::Ordering;

use afterimage_inventory::AmiId;
use afterimage_inventory::AmiProfile;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_policy::AmiExclusions;
use afterimage_policy::Policy;
use afterimage_policy::Tag;

use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;
use crate::calendar::Age;
use crate::calendar::Arithmetic;
use crate::calendar::Interval;
use crate::plan::MOST_RULES;
use crate::plan::RulePlan;
use crate::plan::carriers;
use crate::run::AmiMarks;
use crate::run::State;
use crate::verdict::OutputVerdict;
use crate::verdict::Reason;

/// What a rule's decision about an AMI depends on. Of the exclusions, the lowest bit that is set decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AmiFacts(pub(crate) u8);

impl AmiFacts {
    const REGION: u8 = 1 << 0;
    const PUBLIC: u8 = 1 << 1;
    pub(crate) const TAG_BIT: u32 = 2;
    const TAG: u8 = 1 << Self::TAG_BIT;
    const SHARED: u8 = 1 << 3;
    pub(crate) const LAUNCHED_BIT: u32 = 4;
    const LAUNCHED: u8 = 1 << Self::LAUNCHED_BIT;
    const PROTECTED: u8 = 1 << 5;
    pub(crate) const COUNT: usize = 1 << 6;

    /// The exclusion that spares the AMI, first match first.
    pub(crate) fn exclusion(self) -> Option<Reason> {
        let exclusions = [
            (Self::REGION, Reason::Region),
            (Self::PUBLIC, Reason::Public),
            (Self::TAG, Reason::AmiTag),
            (Self::SHARED, Reason::SharedAccount),
            (Self::LAUNCHED, Reason::LastLaunched),
        ];
        exclusions.into_iter().find(|&(bit, _)| self.0 & bit != 0).map(|(_, reason)| reason)
    }

    pub(crate) fn is_protected(self) -> bool {
        self.0 & Self::PROTECTED != 0
    }
}

/// What the rules see of AMIs at any time.
#[derive(Debug, Clone)]
pub(crate) struct Amis {
    /// Per profile, as exported and then without launch permissions, what each rule sees; see [`Amis::cell`].
    profiles: Vec<AmiFacts>,
    /// Per AMI and by bit, the rules that exclude its tags.
    tags: Vec<u8>,
    /// The rules, by bit, that exclude the tag of a deprecation, which comes and goes; mostly none.
    of_deprecated: u8,
    /// Like `tags`, but for that tag; empty where no rule excludes it.
    other_tags: Vec<u8>,
}

impl Amis {
    pub(crate) fn new(policy: &Policy, inventory: &Inventory) -> Self {
        let known = |names: &[String]| names.iter().filter_map(|name| inventory.texts.find(name)).collect();
        let exclusions: Vec<(Vec<Text>, Vec<Text>, bool)> = policy
            .rules
            .iter()
            .map(|rule| &rule.exclude.amis)
            .map(|amis| (known(&amis.regions), known(&amis.shared_accounts), amis.public))
            .collect();
        let mut profiles = Vec::with_capacity(Self::cell(inventory.ami_profiles.len(), false, 0));
        for profile in &inventory.ami_profiles {
            for sealed in [false, true] {
                for position in 0..Self::RULES {
                    let rule = exclusions.get(position);
                    profiles.push(rule.map_or(AmiFacts(0), |(regions, accounts, public)| {
                        seen(profile, sealed, regions, accounts, *public)
                    }));
                }
            }
        }
        let excluded = || policy.rules.iter().map(|rule| rule.exclude.amis.tags.as_slice());
        let of_deprecated = excluded()
            .enumerate()
            .filter(|(_, tags)| tags.iter().any(Tag::is_of_deprecation))
            .fold(0, |rules, (position, _)| rules | 1 << position);
        let carriers = |lists: &[&[Tag]]| {
            carriers(inventory, &inventory.tagged_amis, inventory.amis.len(), lists.iter().copied())
        };
        let mut other_tags = Vec::new();
        if of_deprecated != 0 {
            let others = |tags: &[Tag]| tags.iter().filter(|tag| !tag.is_of_deprecation()).cloned().collect();
            let others: Vec<Vec<Tag>> = excluded().map(others).collect();
            other_tags = carriers(&others.iter().map(Vec::as_slice).collect::<Vec<_>>());
        }
        Self { profiles, tags: carriers(&excluded().collect::<Vec<_>>()), of_deprecated, other_tags }
    }

    /// Whether a rule spares AMIs for being deprecated.
    pub(crate) fn spare_deprecated(&self) -> bool {
        self.of_deprecated != 0
    }

    /// Per AMI and by bit, the rules that exclude its tags in this state.
    pub(crate) fn tags(&self, state: &State) -> Cow<'_, [u8]> {
        if !self.spare_deprecated() {
            return Cow::Borrowed(&self.tags);
        }
        let amis = (0..self.tags.len() as u32).map(AmiId);
        amis.map(|ami| self.excluding(ami, state.marks(ami))).collect()
    }

    fn excluding(&self, ami: AmiId, marks: AmiMarks) -> u8 {
        let of = |tags: &[u8]| tags.get(ami.0 as usize).copied().unwrap_or_default();
        match marks.tag().filter(|_| self.spare_deprecated()) {
            None => of(&self.tags),
            Some(true) => of(&self.tags) | self.of_deprecated,
            Some(false) => of(&self.other_tags),
        }
    }

    /// Places for the rules of a policy, and one for no rule.
    const RULES: usize = MOST_RULES + 1;

    #[inline]
    fn cell(profile: usize, sealed: bool, position: usize) -> usize {
        (profile.wrapping_mul(2).wrapping_add(usize::from(sealed)))
            .wrapping_mul(Self::RULES)
            .wrapping_add(position)
    }

    /// What the rule at a position sees that neither tags nor launches tell. Past the last rule, nothing.
    #[inline]
    pub(crate) fn profile(&self, profile: u32, sealed: bool, position: usize) -> AmiFacts {
        let cell = Self::cell(profile as usize, sealed, position);
        self.profiles.get(cell).copied().unwrap_or(AmiFacts(0))
    }

    /// What a rule sees of the AMI in a row of the outputs.
    pub(crate) fn facts(
        &self,
        rule: &RulePlan,
        inventory: &Inventory,
        state: &State,
        (row, ami): (usize, AmiId),
        now: Instant,
    ) -> AmiFacts {
        let Some(&profile) = inventory.ami_outputs.profile.get(row) else { return AmiFacts(0) };
        let marks = state.marks(ami);
        let AmiFacts(mut facts) = self.profile(profile, marks.is_sealed(), rule.position);
        if marks.is_deregistered() {
            facts &= !AmiFacts::PROTECTED;
        }
        let excluding = self.excluding(ami, marks);
        facts |= (excluding >> rule.position & 1) << AmiFacts::TAG_BIT;
        facts |= u8::from(rule.launched.is_late(inventory, ami, now)) << AmiFacts::LAUNCHED_BIT;
        AmiFacts(facts)
    }
}

fn seen(profile: &AmiProfile, sealed: bool, regions: &[Text], accounts: &[Text], public: bool) -> AmiFacts {
    let bits = [
        (AmiFacts::REGION, regions.contains(&profile.region)),
        (AmiFacts::PUBLIC, public && profile.public && !sealed),
        (AmiFacts::SHARED, !sealed && profile.shared.iter().any(|account| accounts.contains(account))),
        (AmiFacts::PROTECTED, profile.protected),
    ];
    AmiFacts(bits.into_iter().filter(|(_, holds)| *holds).fold(0, |facts, (bit, _)| facts | bit))
}

/// A rule's exclusion of AMIs that were launched lately.
#[derive(Debug, Clone)]
pub(crate) struct LastLaunched {
    age: Option<Age>,
    /// A launch exactly at the age counts as late.
    at_threshold: bool,
    arithmetic: Arithmetic,
}

impl LastLaunched {
    pub(crate) fn new(exclude: &AmiExclusions, assumptions: &Assumptions) -> Self {
        Self {
            age: exclude.last_launched.map(|l| Age { value: l.value, unit: l.unit }),
            at_threshold: assumptions.choice(Assumption::LastLaunchedAtThreshold) == 0,
            arithmetic: Arithmetic::assumed(assumptions),
        }
    }

    /// Whether a recent launch spares an AMI.
    pub(crate) fn is_late(&self, inventory: &Inventory, ami: AmiId, now: Instant) -> bool {
        let launched = inventory.amis.launched.get(ami.0 as usize);
        self.age.zip(launched).is_some_and(|(age, launched)| {
            match age.compare(launched, now, self.arithmetic) {
                Ordering::Less => true,
                Ordering::Equal => self.at_threshold,
                Ordering::Greater => false,
            }
        })
    }

    /// The launches that spare nothing at an instant, in ascending order and never none. A launch that is not
    /// known is one of them, since the first has no beginning.
    pub(crate) fn long_ago(&self, now: Instant) -> Vec<Interval> {
        let always = || vec![(Instant(i64::MIN), Instant(i64::MAX))];
        self.age.map_or_else(always, |age| age.old_enough(now, self.arithmetic, !self.at_threshold))
    }
}

impl RulePlan {
    /// The order for an AMI: included, excluded, protected, acted on.
    #[inline]
    pub(crate) fn fate(&self, facts: AmiFacts, acted: (OutputVerdict, Reason)) -> (OutputVerdict, Reason) {
        if !self.include.amis {
            return (OutputVerdict::Left, Reason::NotIncluded);
        }
        if let Some(reason) = facts.exclusion() {
            return (OutputVerdict::Skip, reason);
        }
        if acted.0 == OutputVerdict::Delete && facts.is_protected() {
            return (OutputVerdict::Fail, Reason::DeregistrationProtected);
        }
        acted
    }

    /// What becomes of the snapshots of an AMI that meets this fate.
    #[inline]
    pub(crate) fn below(
        &self,
        (verdict, reason): (OutputVerdict, Reason),
        acted: OutputVerdict,
    ) -> (OutputVerdict, Reason) {
        match verdict {
            OutputVerdict::Fail => (OutputVerdict::Left, Reason::AmiKept),
            _ if verdict == acted && !self.include.snapshots => (OutputVerdict::Left, Reason::NotIncluded),
            _ => (verdict, reason),
        }
    }
}
