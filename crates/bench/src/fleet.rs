//! The facts of an invented fleet.

use afterimage_inventory::Instant;

/// Raised with each change of what is generated, so that files of an older form are not taken for it.
pub const VERSION: u32 = 2;

/// 2026-11-23T12:00:00Z.
pub const NOW: Instant = Instant(1_795_435_200_000);

const TEAMS: [&str; 10] =
    ["web", "data", "mobile", "Billing", "search", "platform", "security", "media", "edge", "batch"];
const KINDS: [&str; 6] = ["base", "api", "worker", "runner", "db", "gateway"];
const RECIPES: u64 = 60;
/// The last ones make container images.
const CONTAINER_RECIPES: u64 = 2;

/// Builds of one version after another, over and over: most have some, a few have one or many.
const BUILDS: [u64; 8] = [7, 31, 12, 52, 1, 25, 20, 40];
const BUILDS_OF_EIGHT_VERSIONS: u64 = 188;

const DAYS: u64 = 1100;
const DAY: u64 = Instant::DAY.unsigned_abs();

pub(crate) const ACCOUNT: &str = "123456789012";
const REGIONS: [&str; 4] = ["us-west-2", "eu-west-1", "us-east-1", "ap-southeast-2"];

/// So many images, built over three years by sixty recipes; about 1.5 AMIs each.
#[derive(Debug, Clone, Copy)]
pub struct Fleet {
    pub images: u64,
    pub seed: u64,
}

/// One image build version.
#[derive(Debug, Clone)]
pub struct Image {
    pub team: &'static str,
    pub kind: &'static str,
    pub version: [u64; 3],
    pub build: u64,
    pub created: Instant,
    pub container: bool,
    pub status: &'static str,
    pub build_type: &'static str,
    pub environment: &'static str,
    pub pinned: bool,
    /// Value of a tag that only some images have.
    pub release: Option<u64>,
    pub amis: Vec<Ami>,
}

/// One AMI of an image, with what EC2 says of it.
#[derive(Debug, Clone)]
pub struct Ami {
    /// The last 16 digits of its ID.
    pub id: u64,
    pub region: &'static str,
    /// Whether EC2 still lists it.
    pub described: bool,
    pub public: bool,
    pub protected: bool,
    pub production: bool,
    pub launched: Option<Instant>,
    /// The last 16 digits of each snapshot's ID, and its size in GiB.
    pub snapshots: Vec<(u64, u64)>,
}

impl Fleet {
    /// Image `number`, counted from the oldest; neighbours come from different recipes.
    pub fn image(&self, number: u64) -> Image {
        let recipe = number % RECIPES;
        let builds = (self.images + RECIPES - 1 - recipe) / RECIPES;
        let (major, minor, patch, build) = version(number / RECIPES, recipe);
        let mut dice = Dice(mix(self.seed ^ mix(number)));
        let created = created(number / RECIPES, builds, &mut dice);
        let age = (NOW.0 - created.0) / Instant::DAY;
        let status = status(age, &mut dice);
        let container = recipe >= RECIPES - CONTAINER_RECIPES;
        let unfinished = matches!(status, "FAILED" | "CANCELLED" | "BUILDING" | "TESTING" | "DISTRIBUTING");
        let copies = match dice.below(10) {
            _ if unfinished || container => 0,
            0..6 => 1,
            6..9 => 2,
            _ => 4,
        };
        let amis = REGIONS.iter().take(copies).zip(number * 4..);
        Image {
            team: pick(&TEAMS, recipe / KINDS.len() as u64),
            kind: pick(&KINDS, recipe),
            version: [major, minor, patch],
            build,
            created,
            container,
            status,
            build_type: pick(&["USER_INITIATED", "IMPORT", "SCHEDULED"], dice.below(200).min(2)),
            environment: pick(&["production", "staging", "development"], dice.below(3)),
            pinned: dice.below(100) < 4,
            release: Some(dice.below(200)).filter(|_| dice.below(5) == 0),
            amis: amis.map(|(region, number)| self.ami(region, number, created)).collect(),
        }
    }

    fn ami(&self, region: &'static str, number: u64, created: Instant) -> Ami {
        let mut dice = Dice(mix(self.seed.rotate_left(32) ^ mix(number)));
        let age = NOW.0.abs_diff(created.0);
        let launched = match dice.below(100) {
            0..40 => None,
            40..55 => Some(dice.below(age.min(30 * DAY))),
            _ => Some(dice.below(age)),
        };
        Ami {
            // Mixing is one to one, so no ID comes twice.
            id: mix(number ^ (self.seed << 48)),
            region,
            described: dice.below(200) != 0,
            public: dice.below(100) == 0,
            protected: dice.below(300) == 0,
            production: dice.below(10) == 0,
            // EC2 tells a last launch in whole seconds.
            launched: launched.map(|ago| Instant((NOW.0 - ago as i64) / 1000 * 1000)),
            snapshots: (0..1 + u64::from(dice.below(7) == 0))
                .map(|disk| {
                    (mix((number * 2 + disk) ^ !(self.seed << 48)), pick(&[8, 20, 50, 100], dice.below(4)))
                })
                .collect(),
        }
    }
}

impl Image {
    /// The recipe's name as AWS displays it, and as it stands in ARNs.
    pub fn name(&self) -> (String, String) {
        // A team that writes its name with a capital also writes it with a space.
        let mark = if self.team.starts_with(char::is_uppercase) { ' ' } else { '-' };
        let name = format!("{}{mark}{}", self.team, self.kind);
        let normalised = name.to_lowercase().replace(' ', "-");
        (name, normalised)
    }

    pub fn arn(&self) -> String {
        let [major, minor, patch] = self.version;
        let (_, name) = self.name();
        let build = self.build;
        format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:image/{name}/{major}.{minor}.{patch}/{build}")
    }
}

/// Version and build number of a recipe's build.
fn version(build: u64, recipe: u64) -> (u64, u64, u64, u64) {
    let (round, mut rest) = (build / BUILDS_OF_EIGHT_VERSIONS, build % BUILDS_OF_EIGHT_VERSIONS);
    let mut version = round * BUILDS.len() as u64;
    // Recipes are out of step, so that they do not begin versions on the same day.
    for builds in BUILDS.iter().cycle().skip((recipe % 8) as usize).take(BUILDS.len()) {
        if rest < *builds {
            break;
        }
        rest -= builds;
        version += 1;
    }
    (version / 4 + 1, version / 2 % 2, version % 2, rest + 1)
}

/// A recipe builds at a steady pace, a little irregularly; the last build is of the last days.
fn created(build: u64, builds: u64, dice: &mut Dice) -> Instant {
    let pace = DAYS * DAY / builds.max(1);
    let ago = (builds.saturating_sub(build)) * pace;
    Instant(NOW.0.saturating_sub_unsigned(ago).saturating_add_unsigned(dice.below(pace)))
}

fn status(age: i64, dice: &mut Dice) -> &'static str {
    let fate = dice.below(1000);
    match (age, fate) {
        (_, 0..60) => "FAILED",
        (_, 60..70) => "CANCELLED",
        (_, 70..73) => "DELETED",
        (0, 73..150) => "BUILDING",
        (0, 150..200) => "TESTING",
        (0, 200..230) => "DISTRIBUTING",
        (90..180, 0..500) | (180..400, 0..400) | (400.., 0..300) => "DEPRECATED",
        (180..400, 0..600) | (400.., 0..750) => "DISABLED",
        _ => "AVAILABLE",
    }
}

fn pick<T: Copy + Default>(of: &[T], at: u64) -> T {
    of.iter().copied().cycle().nth(at as usize % of.len().max(1)).unwrap_or_default()
}

/// A stream of numbers out of one: SplitMix64 by Steele, Lea and Flood (2014).
///
/// Written out, because a library may change what a seed gives.
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        mix(self.0) % end.max(1)
    }
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of SplitMix64, one to one.
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
