//! Layers: an operator's defaults and bounds for all users or for a cohort. A later layer is further inside.

mod layered;
mod memo;
mod resolution;

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::cohorts::{Cohort, Cohorts};
use super::setting::{SettingIndex, ValueIndex};
pub(super) use layered::Layered;
pub(super) use memo::Memo;
pub(super) use resolution::{Applied, Rule, own_or_inherited, resolve};

/// The maximum number of cohorts of a catalogue.
pub const MOST_COHORTS: usize = 64;
/// The maximum number of layers of a catalogue.
pub const MOST_LAYERS: usize = 64;

/// The position of a layer in its catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LayerIndex(u8);

impl LayerIndex {
    /// The layer at that position; `None` beyond the maximum.
    pub fn new(position: usize) -> Option<Self> {
        let position = u8::try_from(position).ok().map(Self);
        position.filter(|it| usize::from(it.0) < MOST_LAYERS)
    }

    pub const fn get(self) -> usize {
        self.0 as usize
    }
}

/// Some layers of one catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct LayerSet(u64);

impl LayerSet {
    fn insert(&mut self, layer: LayerIndex) {
        self.0 |= 1 << layer.0;
    }

    const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn contains(self, layer: LayerIndex) -> bool {
        self.0 >> layer.0 & 1 == 1
    }

    /// A number that spreads sets over a table.
    pub const fn spread(self) -> u64 {
        self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }
}

/// A layer.
#[derive(Debug)]
pub(super) struct Layer {
    pub name: String,
    /// Its cohort; `None` for all users.
    pub cohort: Option<String>,
    pub note: Option<String>,
    pub settings: BTreeMap<SettingIndex, Rule<ValueIndex>>,
    /// By key.
    pub preferences: BTreeMap<String, Rule<Value>>,
}

impl Layer {
    /// The note for users who choose a value that the layer forbids.
    fn refusal(&self) -> String {
        let note = self.note.clone();
        note.unwrap_or_else(|| format!("Not allowed by {}.", self.name))
    }
}

/// Every cohort and layer of a catalogue.
#[derive(Debug, Default)]
pub(super) struct Layers {
    cohorts: Vec<Cohort>,
    all: Vec<Layer>,
    for_everybody: LayerSet,
    for_cohorts: HashMap<String, LayerSet>,
    name_preferences: bool,
}

impl Layers {
    pub fn new(cohorts: Vec<Cohort>, layers: Vec<Layer>) -> Self {
        let mut for_everybody = LayerSet::default();
        let mut for_cohorts: HashMap<String, LayerSet> = HashMap::new();
        for (index, layer) in indexed(&layers) {
            let set = match &layer.cohort {
                None => &mut for_everybody,
                Some(cohort) => for_cohorts.entry(cohort.clone()).or_default(),
            };
            set.insert(index);
        }
        Self {
            name_preferences: layers.iter().any(|it| !it.preferences.is_empty()),
            cohorts,
            all: layers,
            for_everybody,
            for_cohorts,
        }
    }

    pub fn cohorts(&self) -> &[Cohort] {
        &self.cohorts
    }

    pub fn all(&self) -> &[Layer] {
        &self.all
    }

    pub fn get(&self, layer: LayerIndex) -> Option<&Layer> {
        self.all.get(layer.get())
    }

    /// The layers of users without cohorts.
    pub const fn for_everybody(&self) -> LayerSet {
        self.for_everybody
    }

    /// The layers of users with these cohorts.
    pub fn of(&self, cohorts: &Cohorts) -> LayerSet {
        let own = cohorts.iter().filter_map(|it| self.for_cohorts.get(it));
        own.fold(self.for_everybody, |all, own| all.union(*own))
    }

    /// The rules of these layers for a setting, from the outermost to the innermost.
    pub fn of_setting(&self, set: LayerSet, setting: SettingIndex) -> Vec<Applied<'_, ValueIndex>> {
        self.applied(set, |layer| layer.settings.get(&setting))
    }

    /// The same for a preference.
    pub fn of_preference(&self, set: LayerSet, key: &str) -> Vec<Applied<'_, Value>> {
        if !self.name_preferences {
            return Vec::new();
        }
        self.applied(set, |layer| layer.preferences.get(key))
    }

    fn applied<'a, T>(
        &'a self,
        set: LayerSet,
        rule: impl Fn(&'a Layer) -> Option<&'a Rule<T>>,
    ) -> Vec<Applied<'a, T>> {
        let in_set = indexed(&self.all).filter(|(index, _)| set.contains(*index));
        in_set
            .filter_map(|(layer, it)| {
                Some(Applied {
                    layer,
                    is_for_everybody: it.cohort.is_none(),
                    rule: rule(it)?,
                })
            })
            .collect()
    }

    /// The note of the innermost layer that forbids a value; `None` if all allow it.
    pub fn refusal<T: PartialEq>(&self, applied: &[Applied<'_, T>], value: &T) -> Option<String> {
        let forbids = |it: &&Applied<'_, T>| !it.rule.allows(value);
        let innermost = applied.iter().rev().find(forbids)?;
        self.get(innermost.layer).map(Layer::refusal)
    }
}

fn indexed(layers: &[Layer]) -> impl Iterator<Item = (LayerIndex, &Layer)> {
    let indices = (0..).map_while(LayerIndex::new);
    indices.zip(layers)
}
