//! What is measured: an invented fleet of any size, as AWS exports it, and one night of a policy on it.
//!
//! [`Fleet`] works every image out from its number alone, so exports of any length are written as a stream
//! and come out the same, byte for byte, on every machine. [`POLICY`] acts on such a fleet at [`NOW`].
//!
//! Small inventories whose every verdict is known are elsewhere: in `tests/cases` and `tests/fixtures`.

mod export;
mod fleet;
mod night;

pub use export::write_amis;
pub use export::write_images;
pub use fleet::Ami;
pub use fleet::Fleet;
pub use fleet::Image;
pub use fleet::NOW;
pub use fleet::VERSION;
pub use night::Counts;
pub use night::Night;

/// Three rules with exclusions of every kind that such exports tell of, for 50 recipes.
pub const POLICY: &str = include_str!("policy.json");
