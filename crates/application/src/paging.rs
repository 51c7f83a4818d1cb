//! Pages of lists: one item more than wanted is read, and tells whether another page follows.

/// Of what was found with room for one item more: what was asked for, and where the next page begins if there is one.
pub fn cut<T, P>(mut items: Vec<T>, limit: u32, position: impl Fn(&T) -> P) -> (Vec<T>, Option<P>) {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(position);
    (items, next)
}
