//! Pages of a list.

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest<K> {
    /// The most items to return.
    pub limit: u64,
    /// Where to go on: the key of the last item seen, and the direction.
    pub from: Option<(K, Direction)>,
}

/// Which way a list is read from a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// What comes after the key.
    After,
    /// What comes before the key.
    Before,
}

/// Part of a list, in the order of the list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Whether there are items before the first.
    pub has_previous: bool,
    /// Whether there are items after the last.
    pub has_next: bool,
}

impl<K> PageRequest<K> {
    /// Whether the list has to be read backwards.
    #[must_use]
    pub fn is_backwards(&self) -> bool {
        matches!(self.from, Some((_, Direction::Before)))
    }

    /// Makes a page of `rows`, which were read in the direction asked for and
    /// hold one more than the limit when there are more.
    #[must_use]
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        match self.from {
            Some((_, Direction::Before)) => {
                rows.reverse();
                Page { items: rows, has_previous: more, has_next: true }
            }
            Some((_, Direction::After)) => Page { items: rows, has_previous: true, has_next: more },
            None => Page { items: rows, has_previous: false, has_next: more },
        }
    }
}
