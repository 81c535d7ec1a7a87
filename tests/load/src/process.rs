//! The processor time of a process, and how long it takes until it rests.

use std::{fs, time::Duration};

use anyhow::{Context as _, Result};

/// A tick is ten milliseconds: Linux tells every program of a hundred a second.
const TICK: Duration = Duration::from_millis(10);
/// How often a process is looked at that should come to rest, and how often at most.
const LOOK: Duration = Duration::from_millis(100);
const LOOKS: u32 = 50;

/// The processor time that all threads of `pid` have used.
pub(crate) fn processor_time(pid: u32) -> Result<Duration> {
    let path = format!("/proc/{pid}/stat");
    let line = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let ticks = ticks(&line).with_context(|| format!("{path} was not understood"))?;
    Ok(TICK.saturating_mul(ticks))
}

/// User and system time of a line of `/proc/PID/stat`: fields 14 and 15, counted after the
/// name, which may hold anything.
fn ticks(line: &str) -> Option<u32> {
    let (_, fields) = line.rsplit_once(')')?;
    let mut times = fields.split_whitespace().skip(11);
    let user: u32 = times.next()?.parse().ok()?;
    let system: u32 = times.next()?.parse().ok()?;
    user.checked_add(system)
}

/// Waits until `pid` has nothing to do, five seconds at most: work that an earlier turn left
/// behind does not belong to the next one.
pub(crate) async fn rest(pid: u32) -> Result<()> {
    let mut before = processor_time(pid)?;
    let mut interval = tokio::time::interval(LOOK);
    interval.tick().await;
    for _look in 0..LOOKS {
        interval.tick().await;
        let now = processor_time(pid)?;
        if now.saturating_sub(before) <= TICK {
            break;
        }
        before = now;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_stand_behind_a_name_that_may_hold_anything() {
        let line = "4242 (a) b (c)) S 1 2 3 0 -1 4194560 100 0 0 0 150 75 0 0 20 0 4 0 99";

        assert_eq!(ticks(line), Some(225));
        assert_eq!(ticks("4242 (x) S 1"), None);
    }

    #[test]
    fn a_process_can_ask_for_its_own() {
        assert!(processor_time(std::process::id()).is_ok());
    }
}
