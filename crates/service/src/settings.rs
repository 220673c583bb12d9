//! What a service is started with.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::shape;
use afterimage_simulator::Assumptions;

/// What a service is started with. [`Settings::at`] fills in the usual values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The account that calls: twelve digits.
    pub account: String,
    /// The Region that is called, such as `us-west-2`.
    pub region: String,
    /// Where the clock starts.
    pub now: Instant,
    /// Execution IDs and request IDs follow from it.
    pub seed: u64,
    /// Simulated time that an execution takes for each image; with 0 it ends in the instant in which it begins.
    pub seconds_per_resource: u32,
    /// How many images an execution works on before it pauses until the next daily run; `None`: it never does.
    pub resources_per_run: Option<u32>,
    /// Second of the day, in UTC, at which the daily runs begin.
    pub daily_run_at: u32,
    /// What is assumed where AWS documents nothing.
    pub assumptions: Assumptions,
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    #[error("the account `{0}` is not twelve digits")]
    Account(String),
    #[error("`{0}` is not the name of a Region such as us-west-2")]
    Region(String),
    #[error("the clock cannot start {0}, outside the years 1970 to 9999")]
    Now(Instant),
    #[error("an execution that works on no image in a daily run never ends")]
    ResourcesPerRun,
    #[error("the daily runs cannot begin {0} seconds after midnight: a day has 86400")]
    DailyRunAt(u32),
}

impl Settings {
    /// The usual settings, with the clock at an instant.
    pub fn at(now: Instant) -> Self {
        Self {
            account: "123456789012".to_owned(),
            region: "us-west-2".to_owned(),
            now,
            seed: 0,
            seconds_per_resource: 0,
            resources_per_run: None,
            daily_run_at: 0,
            assumptions: Assumptions::default(),
        }
    }

    /// The usual settings, for the account and Region that most of the images are of.
    pub fn home_of(inventory: &Inventory, now: Instant) -> Self {
        let usual = Self::at(now);
        let mut homes: Vec<(&str, &str, usize)> = Vec::new();
        for group in &inventory.images.group {
            let Some(group) = inventory.groups.get(group.0 as usize) else { continue };
            let (account, region) = (inventory.text(group.account), inventory.text(group.region));
            // Groups are ordered by account and Region, and so are images by their groups.
            match homes.last_mut() {
                Some(last) if (last.0, last.1) == (account, region) => last.2 = last.2.saturating_add(1),
                _ => homes.push((account, region, 1)),
            }
        }
        let usable = |(account, region, _): &&(&str, &str, usize)| {
            shape::is_account(account) && shape::is_region(region)
        };
        // Of homes with as many images, the first.
        let home = homes.iter().rev().filter(usable).max_by_key(|home| home.2);
        match home {
            Some((account, region, _)) => {
                Self { account: (*account).to_owned(), region: (*region).to_owned(), ..usual }
            }
            None => usual,
        }
    }

    /// Whether a service can start with these.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub fn check(&self) -> Result<(), SettingsError> {
        if !shape::is_account(&self.account) {
            return Err(SettingsError::Account(self.account.clone()));
        }
        if !shape::is_region(&self.region) {
            return Err(SettingsError::Region(self.region.clone()));
        }
        if !(0..=LAST).contains(&self.now.0) {
            return Err(SettingsError::Now(self.now));
        }
        if self.resources_per_run == Some(0) {
            return Err(SettingsError::ResourcesPerRun);
        }
        if self.daily_run_at >= 86_400 {
            return Err(SettingsError::DailyRunAt(self.daily_run_at));
        }
        Ok(())
    }
}

/// 9999-12-31T23:59:59.999Z: the last instant that every client can spell.
pub(crate) const LAST: i64 = 253_402_300_799_999;
