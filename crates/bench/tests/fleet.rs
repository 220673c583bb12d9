//! What measurements rely on.
#![expect(clippy::unwrap_used, reason = "a test may stop at what it does not expect")]

use std::collections::BTreeMap;

use afterimage_bench::Fleet;
use afterimage_bench::write_amis;
use afterimage_bench::write_images;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;

const FLEET: Fleet = Fleet { images: 3000, seed: 7 };

fn exports(fleet: Fleet) -> [Vec<u8>; 2] {
    let (mut images, mut amis) = (Vec::new(), Vec::new());
    write_images(&fleet, &mut images).unwrap();
    write_amis(&fleet, &mut amis).unwrap();
    [images, amis]
}

fn load(exports: &[Vec<u8>]) -> Inventory {
    let mut loader = Loader::new();
    for export in exports {
        loader.add("export", export.as_slice()).unwrap();
    }
    loader.finish()
}

#[test]
fn every_element_loads() {
    let inventory = load(&exports(FLEET));
    assert_eq!(inventory.skipped, []);
    assert_eq!(inventory.len(), 3000);
    let (amis, outputs) = (inventory.amis.len(), inventory.ami_outputs.ami.len());
    assert!((3900..5100).contains(&amis), "{amis} AMIs are far from 1.5 for each image");
    assert_eq!(amis, outputs, "every AMI belongs to one image");
    assert!(inventory.amis.described.contains(&false));
}

#[test]
fn a_seed_gives_the_same_bytes_everywhere() {
    let hash = |bytes: &[u8]| {
        bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, &byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let hashes = |fleet| exports(fleet).map(|export| hash(&export));
    assert_eq!(
        hashes(FLEET),
        [14_698_557_260_936_688_116, 15_404_915_283_311_026_132],
        "raise `VERSION` with this"
    );
    assert_ne!(hashes(Fleet { seed: 8, ..FLEET }), hashes(FLEET));
}

#[test]
fn a_larger_fleet_has_the_same_mixture() {
    let mixture = |images| {
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for number in 0..images {
            *counts.entry(Fleet { images, seed: 7 }.image(number).status).or_default() += 1;
        }
        counts.into_iter().map(move |(status, count)| (status, count as f64 / images as f64))
    };
    for ((status, small), (_, large)) in mixture(30_000).zip(mixture(90_000)) {
        assert!((small - large).abs() < 0.02, "{status}: {small} and {large}");
    }
}
