//! The images of a run in order of what was decided about them.

use crate::run::Code;
use crate::run::Run;
use crate::run::set;
use crate::verdict::Outcome;

/// Ranks that are told apart.
const RANKS: usize = 32;

impl Run {
    /// Images by a rank below 32, and in the order of the inventory where it is the same. Those without a rank are
    /// left out.
    pub fn ranked(&self, rank: impl Fn(Outcome) -> Option<u8>) -> Vec<u32> {
        // An outcome is a byte, so each is asked about once. Those without a rank come last.
        let mut ranks = [RANKS; Code::COUNT];
        for (code, of_code) in (0..=u8::MAX).map(Code).zip(&mut ranks) {
            let rank = self.read(code).and_then(&rank);
            *of_code = rank.map_or(RANKS, |rank| usize::from(rank).min(RANKS - 1));
        }
        let mut counts = [0_usize; RANKS + 1];
        for (rank, images) in ranks.into_iter().zip(self.tally) {
            if let Some(count) = counts.get_mut(rank) {
                *count = count.wrapping_add(images as usize);
            }
        }
        let mut listed = 0_usize;
        let places = counts.map(|count| {
            let first = listed;
            listed = listed.wrapping_add(count);
            first
        });
        let [.., left_out] = places;
        sorted(&self.codes, &ranks, places, left_out)
    }
}

/// Puts each code's position where its rank begins, or behind those that are there already, as far as `listed`.
/// Whoever is compiled for size and calls this alone must not have it compiled alike.
#[inline(never)]
fn sorted(
    codes: &[Code],
    ranks: &[usize; Code::COUNT],
    mut places: [usize; RANKS + 1],
    listed: usize,
) -> Vec<u32> {
    let mut images = vec![0; listed];
    // Neighbours are mostly alike, and a place in memory would wait for itself.
    let (mut last, mut place) = (RANKS, listed);
    for (code, image) in codes.iter().zip(0..) {
        let rank = ranks.get(usize::from(code.0)).copied().unwrap_or(RANKS);
        if rank != last {
            set(&mut places, last, place);
            place = places.get(rank).copied().unwrap_or(listed);
            last = rank;
        }
        set(&mut images, place, image);
        place = place.wrapping_add(1);
    }
    images
}
