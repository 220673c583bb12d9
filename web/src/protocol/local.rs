//! The local service: what the page asks of it, and what it tells. Behind these stand requests of the lifecycle API,
//! so that the page shows what a client of AWS would see.

use serde::Deserialize;
use serde::Serialize;

/// Something to do, and what to show afterwards.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Serve {
    pub ground: Ground,
    pub act: Option<Act>,
    pub view: Viewed,
}

/// What the page holds: a service begins with it, and follows the policies from then on.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Ground {
    /// The page's name of each policy, which stays when the policy is renamed, and its text.
    pub policies: Vec<(String, String)>,
    /// The instant of tonight's run, in milliseconds since 1970.
    pub now: i64,
    /// `name=value` of each assumption that is not the default.
    pub assume: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Act {
    /// Moves the clock, as far as one turn of the worker goes. The rest is asked for again, of the same service.
    Run {
        to: i64,
        of: Option<u32>,
    },
    /// The execution of this ID.
    Cancel(String),
    Update(Update),
    /// Starts over, with so many seconds that an execution takes for each image.
    Begin {
        pace: u32,
    },
}

/// One image is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Update {
    /// Its ARN.
    pub image: String,
    /// `AVAILABLE`, `DEPRECATED`, `DISABLED` or `DELETED`.
    pub status: String,
    pub amis: bool,
    pub snapshots: bool,
    pub containers: bool,
    /// Not now but then.
    pub at: Option<i64>,
    pub spare: Spare,
}

/// AMIs of the image that stay as they are.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Spare {
    pub public: bool,
    pub regions: Vec<String>,
    pub accounts: Vec<String>,
    /// Launched within so many days.
    pub launched: Option<u32>,
    pub tags: Vec<(String, String)>,
}

/// What is shown: the newest executions, and one of them opened.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Viewed {
    /// Executions at most.
    pub executions: u32,
    /// Of this policy alone.
    pub policy: Option<String>,
    pub open: Option<String>,
    /// Resources at most.
    pub resources: u32,
    /// The image of the open execution whose AMIs are listed.
    pub image: Option<String>,
    /// An image whose state is told.
    pub about: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Served {
    /// Counts up with each service.
    pub service: u32,
    /// Another inventory was loaded while the last service had something to tell.
    pub lost: bool,
    /// Something has been run or changed, so that the page's instant counts no more.
    pub touched: bool,
    pub now: i64,
    /// Where the clock is still to go.
    pub to: Option<i64>,
    /// When the next daily run is.
    pub next: i64,
    pub pace: u32,
    pub account: String,
    pub region: String,
    /// Images of other accounts and Regions, which no run here acts on.
    pub elsewhere: u32,
    pub policies: Vec<PolicyRow>,
    pub executions: Vec<ExecutionRow>,
    pub more: bool,
    pub open: Option<Resources>,
    pub about: Option<ImageNow>,
    /// The execution that an update has started; none when it was done at once.
    pub started: Option<String>,
    /// Why what was asked for is not done, in the words of the API.
    pub refused: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct PolicyRow {
    pub name: String,
    /// Empty when the service has none of this name.
    pub arn: String,
    pub enabled: bool,
    pub last_run: Option<i64>,
    /// Why the service does not take the policy as it stands.
    pub refused: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ExecutionRow {
    pub id: String,
    /// Name of the policy, or ARN of the image that somebody asked to change.
    pub subject: String,
    pub by_hand: bool,
    pub started: i64,
    pub ended: Option<i64>,
    pub status: String,
    pub reason: String,
    pub impact: Impact,
}

/// Images of an execution: how many were or are to be what.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Impact {
    /// The action where it succeeded, else the state, and images.
    pub counts: Vec<(String, u32)>,
    /// There are more than were counted.
    pub more: bool,
    /// There were images, and the service lists none of them any more.
    pub forgotten: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Resources {
    pub execution: ExecutionRow,
    pub image: Option<String>,
    pub rows: Vec<ResourceRow>,
    pub more: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ResourceRow {
    pub id: String,
    pub account: String,
    pub region: String,
    pub action: String,
    pub why: String,
    pub status: String,
    pub reason: String,
    pub ended: Option<i64>,
    pub snapshots: Vec<SnapshotState>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct SnapshotState {
    pub id: String,
    pub status: String,
    pub reason: String,
}

/// What an image is on the local service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct ImageNow {
    pub arn: String,
    /// Empty: it is not there.
    pub status: String,
    /// When it is deprecated.
    pub deprecation: Option<i64>,
    /// It is a container image, of which less can be asked.
    pub is_container: bool,
    /// What it was loaded with.
    pub amis: u32,
    pub snapshots: u32,
    pub containers: u32,
}
