//! A length of time as people type it.

use std::{str::FromStr, time::Duration};

/// A length of time such as `90m`, `12h` or `30d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age(pub Duration);

/// The text is no length of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("write a whole number above zero and m, h or d, such as 12h or 30d")]
pub struct InvalidAge;

impl FromStr for Age {
    type Err = InvalidAge;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minutes_each = [('m', 1), ('h', 60), ('d', 24 * 60)];
        minutes_each
            .into_iter()
            .find_map(|(unit, minutes)| Some((text.strip_suffix(unit)?, minutes)))
            .filter(|(number, _minutes)| number.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|(number, minutes)| number.parse::<u32>().ok().map(|it| (it, minutes)))
            .filter(|(number, _minutes)| *number > 0)
            .map(|(number, minutes)| Self(Duration::from_secs(u64::from(number) * minutes * 60)))
            .ok_or(InvalidAge)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn minutes_hours_and_days_are_read() {
        assert_eq!("90m".parse(), Ok(Age(Duration::from_mins(90))));
        assert_eq!("12h".parse(), Ok(Age(Duration::from_hours(12))));
        assert_eq!("30d".parse(), Ok(Age(Duration::from_hours(720))));
    }

    #[test]
    fn everything_else_is_refused() {
        for text in ["", "d", "30", "0d", "-1d", "+1d", "1.5h", "30 d", "1w", "99999999999d", "1dd"]
        {
            assert_eq!(text.parse::<Age>(), Err(InvalidAge), "{text:?}");
        }
    }
}
