//! Pages of lists: one more item than requested is read, to know whether there is another page.

/// Splits items that were read with one more: the requested items, and the start of the next page if there is one.
pub fn cut<T, P>(mut items: Vec<T>, limit: u32, position: impl Fn(&T) -> P) -> (Vec<T>, Option<P>) {
    let limit = limit as usize;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| more).map(position);
    (items, next)
}
