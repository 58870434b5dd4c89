//! A value from a slow or fallible source, with how far it can be trusted.
//!
//! It is pending, current, stale or absent, the last two with the reason.

/// The last word of a source: a speed, the resolver's servers, the host name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Reading<T> {
    /// The source has not answered yet.
    #[default]
    Pending,
    /// What the source says now.
    Current(T),
    /// What the source said last; it cannot be read now, and why.
    Stale {
        /// The last value that could be read.
        value: T,
        /// Why there is none newer.
        reason: String,
    },
    /// The source says that there is no value, and why.
    Absent {
        /// Why there is none.
        reason: String,
    },
}

impl<T> Reading<T> {
    /// The value, current or stale; `None` while pending or absent.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Current(value) | Self::Stale { value, .. } => Some(value),
            Self::Pending | Self::Absent { .. } => None,
        }
    }

    /// Whether both are as good and for the same reason, with values of which
    /// `is_same` holds.
    pub fn says_the_same_as(&self, other: &Self, is_same: fn(&T, &T) -> bool) -> bool {
        match (self, other) {
            (Self::Pending, Self::Pending) => true,
            (Self::Current(one), Self::Current(two)) => is_same(one, two),
            (
                Self::Stale { value: one, reason },
                Self::Stale {
                    value: two,
                    reason: other,
                },
            ) => is_same(one, two) && reason == other,
            (Self::Absent { reason }, Self::Absent { reason: other }) => reason == other,
            _ => false,
        }
    }

    /// The reading after a failed attempt: the old value turns stale.
    #[must_use]
    pub fn failed(self, reason: String) -> Self {
        match self {
            Self::Current(value) | Self::Stale { value, .. } => Self::Stale { value, reason },
            Self::Pending | Self::Absent { .. } => Self::Absent { reason },
        }
    }
}
