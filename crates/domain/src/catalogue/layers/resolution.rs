//! Combines the rules of layers for one setting or preference.

use super::LayerIndex;

/// The rule of one layer for one setting.
#[derive(Debug, Clone)]
pub(crate) struct Rule<T> {
    pub default: Option<T>,
    /// The allowed values; `None` allows all.
    pub allowed: Option<Vec<T>>,
}

impl<T> Default for Rule<T> {
    fn default() -> Self {
        Self {
            default: None,
            allowed: None,
        }
    }
}

impl<T: PartialEq> Rule<T> {
    /// Whether the layer allows the value.
    pub fn allows(&self, value: &T) -> bool {
        let allowed = self.allowed.as_ref();
        allowed.is_none_or(|allowed| allowed.contains(value))
    }
}

/// A layer that applies to a user, and its rule for a setting.
#[derive(Debug)]
pub(crate) struct Applied<'a, T> {
    pub layer: LayerIndex,
    /// Whether it applies to all users.
    pub is_for_everybody: bool,
    pub rule: &'a Rule<T>,
}

/// A setting for a user without a choice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Resolved<'a, T> {
    pub default: &'a T,
    /// The layer of the default; `None` for the catalogue's own default.
    pub stands_in: Option<LayerIndex>,
    /// The innermost layer that bounds the setting.
    pub bounded_by: Option<LayerIndex>,
}

/// The default of the innermost layer that has a default which all layers allow; the catalogue's own default is the
/// outermost. If there is none, the default of the innermost layer that bounds the setting. `applied` is in order from the
/// outermost layer to the innermost.
pub(crate) fn resolve<'a, T: PartialEq>(own: &'a T, applied: &[Applied<'a, T>]) -> Resolved<'a, T> {
    let bounding = applied.iter().rposition(|it| it.rule.allowed.is_some());
    let candidates = applied
        .iter()
        .rev()
        .filter_map(default_of)
        .chain([(own, None)]);
    let mut allowed =
        candidates.filter(|(value, _)| applied.iter().all(|it| it.rule.allows(value)));
    let (default, stands_in) = allowed.next().unwrap_or_else(|| {
        let up_to_bounding = bounding.and_then(|last| applied.get(..=last));
        own_or_inherited(own, up_to_bounding.unwrap_or_default())
    });
    Resolved {
        default,
        stands_in,
        bounded_by: bounding
            .and_then(|last| applied.get(last))
            .map(|it| it.layer),
    }
}

/// The default of the last of these layers, or the one that it inherits from the layers for all users before it.
pub(crate) fn own_or_inherited<'a, T>(
    own: &'a T,
    applied: &[Applied<'a, T>],
) -> (&'a T, Option<LayerIndex>) {
    let mut inner_first = applied.iter().rev();
    let last = inner_first.next().and_then(default_of);
    let inherited = || {
        inner_first
            .filter(|it| it.is_for_everybody)
            .find_map(default_of)
    };
    last.or_else(inherited).unwrap_or((own, None))
}

fn default_of<'a, T>(applied: &Applied<'a, T>) -> Option<(&'a T, Option<LayerIndex>)> {
    let default = applied.rule.default.as_ref()?;
    Some((default, Some(applied.layer)))
}
