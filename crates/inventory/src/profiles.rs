//! What the AMIs of an inventory have in common.

use hashbrown::HashMap;

use crate::columns::AmiOutputs;
use crate::columns::Amis;
use crate::text::Text;

/// What a policy can ask of an AMI apart from its tags and its last launch. There are far fewer of these than
/// AMIs, so an answer is worked out once for each.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AmiProfile {
    /// As the image lists it; empty when the export does not say.
    pub region: Text,
    pub public: bool,
    pub protected: bool,
    /// Accounts with launch permission.
    pub shared: Vec<Text>,
}

/// The distinct profiles, and which one each output has.
pub(crate) fn profiles(outputs: &AmiOutputs, amis: &Amis) -> (Vec<AmiProfile>, Vec<u32>) {
    type Key<'a> = (Text, bool, bool, &'a [Text]);
    let mut known: HashMap<Key<'_>, u32> = HashMap::new();
    let mut profiles = Vec::new();
    let of_outputs = outputs.ami.iter().zip(&outputs.region).map(|(&ami, &region)| {
        let row = ami.0 as usize;
        let is = |column: &[bool]| column.get(row) == Some(&true);
        let key = (region, is(&amis.public), is(&amis.protected), amis.shared(ami));
        *known.entry(key).or_insert_with(|| {
            let (region, public, protected, shared) = key;
            profiles.push(AmiProfile { region, public, protected, shared: shared.to_vec() });
            profiles.len().saturating_sub(1) as u32
        })
    });
    let of_outputs = of_outputs.collect();
    (profiles, of_outputs)
}
