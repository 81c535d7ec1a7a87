//! What happened in the last hours.

use std::time::Duration;

use domain::{Timestamp, audit::Action};
use store::{Read, StoreError, repo::activity};

use super::{Activity, ActivityHour};

const HOUR_MILLIS: i64 = 3_600_000;

/// What counts as refused.
const REFUSED: [Action; 5] = [
    Action::TokenRefused,
    Action::AuthorizationRefused,
    Action::LoginRefused,
    Action::CodeReplayed,
    Action::RefreshReplayed,
];

/// The last `hours` up to `now`, in whole hours; the running one is the last.
pub(super) async fn last(
    db: &impl Read,
    now: Timestamp,
    hours: u32,
) -> Result<Activity, StoreError> {
    let this_hour = now.as_millis().div_euclid(HOUR_MILLIS) * HOUR_MILLIS;
    let start = Timestamp::from_millis(this_hour - (i64::from(hours) - 1) * HOUR_MILLIS);
    let mut actions = vec![Action::LoginSucceeded, Action::CodeRedeemed, Action::TokenRefreshed];
    actions.extend(REFUSED);
    let counts = activity::by_hour(db, &actions, start).await?;
    Ok(add_up(&counts, start, hours))
}

fn add_up(counts: &[activity::HourCount], start: Timestamp, hours: u32) -> Activity {
    let starts_at = |hour: u32| start.plus(Duration::from_hours(u64::from(hour)));
    let mut day = Activity {
        hours: (0..hours)
            .map(|hour| ActivityHour { starts_at: starts_at(hour), ..ActivityHour::default() })
            .collect(),
        ..Activity::default()
    };
    for it in counts {
        let hour = usize::try_from(it.hour).ok().and_then(|at| day.hours.get_mut(at));
        let Some(hour) = hour else { continue };
        if it.action == Action::LoginSucceeded {
            day.sign_ins += it.count;
        } else if it.action == Action::CodeRedeemed {
            hour.codes_redeemed += it.count;
            day.issued += it.count;
        } else if it.action == Action::TokenRefreshed {
            hour.tokens_refreshed += it.count;
            day.issued += it.count;
        } else {
            hour.refused += it.count;
            day.refused += it.count;
        }
    }
    day
}

#[cfg(test)]
mod tests {
    use store::repo::activity::HourCount;

    use super::*;

    #[test]
    fn counts_land_in_their_hour_and_in_the_sum() {
        let start = Timestamp::from_millis(HOUR_MILLIS * 1000);
        let count = |action, hour, count| HourCount { action, hour, count };

        let day = add_up(
            &[
                count(Action::LoginSucceeded, 0, 3),
                count(Action::CodeRedeemed, 0, 2),
                count(Action::TokenRefreshed, 23, 5),
                count(Action::TokenRefused, 23, 1),
                count(Action::LoginRefused, 23, 1),
                count(Action::CodeRedeemed, 24, 9),
            ],
            start,
            24,
        );

        assert_eq!((day.sign_ins, day.issued, day.refused), (3, 7, 2));
        assert_eq!(day.hours.len(), 24);
        assert_eq!(day.hours[0].codes_redeemed, 2);
        assert_eq!(day.hours[23].tokens_refreshed, 5);
        assert_eq!(day.hours[23].refused, 2);
        assert_eq!(day.hours[23].starts_at, start.plus(Duration::from_hours(23)));
    }
}
