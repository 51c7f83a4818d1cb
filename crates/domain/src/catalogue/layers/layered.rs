//! A combined set of layers, for all settings of the catalogue.

use super::super::effective::EffectiveSettings;
use super::super::setting::{Setting, SettingIndex, ValueIndex};
use super::{LayerIndex, LayerSet, Layers, resolve};

/// A setting under these layers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LayeredSetting {
    /// The value in force without a choice.
    pub default: ValueIndex,
    /// The layer of this value; `None` for the catalogue's own default.
    pub stands_in: Option<LayerIndex>,
    /// The innermost layer that bounds the setting.
    pub bounded_by: Option<LayerIndex>,
    /// The values that all layers allow, one bit each.
    allowed: u128,
}

impl LayeredSetting {
    /// Whether all layers allow the value.
    pub fn allows(&self, value: ValueIndex) -> bool {
        bit(value).is_some_and(|bit| self.allowed & bit != 0)
    }
}

/// The settings under one set of layers.
#[derive(Debug, Clone)]
pub(crate) struct Layered {
    pub set: LayerSet,
    /// The values in force without choices.
    pub defaults: EffectiveSettings,
    /// By the settings' indices.
    settings: Box<[LayeredSetting]>,
}

impl Layered {
    pub fn compute(settings: &[Setting], layers: &Layers, set: LayerSet) -> Self {
        let of = |(index, setting)| layered(setting, layers, set, index);
        let layered: Box<[_]> = (0..).map(SettingIndex::new).zip(settings).map(of).collect();
        let values = settings.iter().zip(&layered);
        let values = values.map(|(setting, layered)| setting.effective(layered.default));
        Self {
            set,
            defaults: EffectiveSettings::new(values.collect()),
            settings: layered,
        }
    }

    /// A setting; `None` for an index of another catalogue.
    pub fn get(&self, setting: SettingIndex) -> Option<LayeredSetting> {
        self.settings.get(setting.get()).copied()
    }
}

fn layered(
    setting: &Setting,
    layers: &Layers,
    set: LayerSet,
    index: SettingIndex,
) -> LayeredSetting {
    let applied = layers.of_setting(set, index);
    let resolved = resolve(&setting.default, &applied);
    let values = (0..setting.values.len()).filter_map(ValueIndex::new);
    let allowed = values.filter(|value| applied.iter().all(|it| it.rule.allows(value)));
    LayeredSetting {
        default: *resolved.default,
        stands_in: resolved.stands_in,
        bounded_by: resolved.bounded_by,
        allowed: allowed.filter_map(bit).fold(0, |all, bit| all | bit),
    }
}

/// `None` for a position that no setting has.
fn bit(value: ValueIndex) -> Option<u128> {
    let place = u32::try_from(value.get()).ok()?;
    1_u128.checked_shl(place)
}
