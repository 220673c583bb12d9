//! The images of a run in order of what was decided about them.

use crate::run::Code;
use crate::run::Run;
use crate::verdict::Outcome;

/// Ranks that are told apart.
const RANKS: usize = 32;
/// The rank of images that are left out, behind all others.
const NONE: u8 = RANKS as u8;

impl Run {
    /// Images by a rank below 32, and in the order of the inventory where it is the same. Those without a rank are
    /// left out.
    pub fn ranked(&self, rank: impl Fn(Outcome) -> Option<u8>) -> Vec<u32> {
        // An outcome is a byte, so each is asked about once.
        let mut ranks = [NONE; 1 << u8::BITS];
        for (code, of_code) in (0..=u8::MAX).zip(&mut ranks) {
            *of_code = self.read(Code(code)).and_then(&rank).map_or(NONE, |rank| rank.min(NONE - 1));
        }
        sorted(&self.codes, &ranks)
    }
}

/// Positions of codes by rank, in their order where it is the same.
fn sorted(codes: &[Code], ranks: &[u8; 1 << u8::BITS]) -> Vec<u32> {
    let rank = |code: &Code| ranks.get(usize::from(code.0)).copied().map_or(RANKS, usize::from);
    let mut next = [0_usize; RANKS + 1];
    for code in codes {
        if let Some(count) = next.get_mut(rank(code)) {
            *count = count.wrapping_add(1);
        }
    }
    let mut listed = 0_usize;
    for count in next.iter_mut().take(RANKS) {
        let first = listed;
        listed = listed.wrapping_add(*count);
        *count = first;
    }
    let mut images = vec![0; listed];
    // Those that are left out find no place.
    if let Some(left_out) = next.last_mut() {
        *left_out = listed;
    }
    for (code, image) in codes.iter().zip(0..) {
        let Some(next) = next.get_mut(rank(code)) else { continue };
        if let Some(place) = images.get_mut(*next) {
            *place = image;
            *next = next.wrapping_add(1);
        }
    }
    images
}
