//! Tokens issued and requests refused by the hour, as lines.

use std::fmt::Write as _;

use domain::Timestamp;
use serde::Serialize;
use service::overview::ActivityHour;
use time::{OffsetDateTime, macros::format_description};

/// Where the drawing area begins and ends.
const LEFT: f64 = 40.0;
const RIGHT: f64 = 640.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 150.0;

/// The chart: geometry for the template, and the same as a table.
#[derive(Debug, Serialize)]
pub(super) struct Chart {
    issued: String,
    area: String,
    refused: String,
    grid: Vec<Grid>,
    ticks: Vec<Tick>,
    description: String,
    rows: Vec<HourRow>,
}

/// A horizontal line and its value.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Grid {
    y: u32,
    text_y: u32,
    label: String,
}

/// A moment below the chart.
#[derive(Debug, Serialize)]
struct Tick {
    x: String,
    label: String,
}

/// An hour of the table.
#[derive(Debug, Serialize)]
struct HourRow {
    starts_at: Timestamp,
    codes: u64,
    refreshes: u64,
    refused: u64,
}

impl Chart {
    pub(super) fn of(hours: &[ActivityHour]) -> Self {
        let issued: Vec<u64> =
            hours.iter().map(|it| it.codes_redeemed + it.tokens_refreshed).collect();
        let refused: Vec<u64> = hours.iter().map(|it| it.refused).collect();
        let highest = issued.iter().chain(&refused).copied().max().unwrap_or_default();
        let top = round_top(highest);
        let line = path(&issued, top);
        let area = if line.is_empty() {
            String::new()
        } else {
            format!("{line}L{RIGHT} {BOTTOM}L{LEFT} {BOTTOM}Z")
        };
        Self {
            area,
            issued: line,
            refused: path(&refused, top),
            grid: grid(top),
            ticks: ticks(hours),
            description: format!(
                "In {} hours, {}, at most {} in one hour; {}, at most {} in one hour. Times are UTC.",
                hours.len(),
                crate::words::count(issued.iter().sum(), "token was issued", "tokens were issued"),
                issued.iter().max().copied().unwrap_or_default(),
                crate::words::count(
                    refused.iter().sum(),
                    "request was refused",
                    "requests were refused"
                ),
                refused.iter().max().copied().unwrap_or_default(),
            ),
            rows: hours
                .iter()
                .rev()
                .map(|it| HourRow {
                    starts_at: it.starts_at,
                    codes: it.codes_redeemed,
                    refreshes: it.tokens_refreshed,
                    refused: it.refused,
                })
                .collect(),
        }
    }
}

/// The top of the chart: the next number that three lines divide evenly.
fn round_top(highest: u64) -> u64 {
    let mut step = 3_u64;
    loop {
        for factor in [1, 2, 3, 5] {
            let top = step.saturating_mul(factor);
            if top >= highest {
                return top;
            }
        }
        step = step.saturating_mul(10);
    }
}

fn grid(top: u64) -> Vec<Grid> {
    [(30, 3), (70, 2), (110, 1), (150, 0)]
        .into_iter()
        .map(|(y, thirds)| Grid { y, text_y: y + 4, label: short(top / 3 * thirds) })
        .collect()
}

/// `900`, `1.5k`, `30k`.
fn short(number: u64) -> String {
    match number {
        0..1000 => number.to_string(),
        1000..10_000 if !number.is_multiple_of(1000) => {
            format!("{}.{}k", number / 1000, number % 1000 / 100)
        }
        1000..1_000_000 => format!("{}k", number / 1000),
        _ => format!("{}M", number / 1_000_000),
    }
}

fn ticks(hours: &[ActivityHour]) -> Vec<Tick> {
    let is_week = hours.len() > 48;
    let step = if is_week { 24 } else { 6 };
    hours
        .iter()
        .enumerate()
        .step_by(step)
        .map(|(at, hour)| Tick {
            x: format!("{:.1}", x(at, hours.len())),
            label: if is_week { day(hour.starts_at) } else { clock(hour.starts_at) },
        })
        .collect()
}

/// `21 Nov`, in UTC.
fn day(at: Timestamp) -> String {
    OffsetDateTime::from_unix_timestamp(at.as_seconds())
        .ok()
        .and_then(|it| it.format(format_description!("[day padding:none] [month repr:short]")).ok())
        .unwrap_or_default()
}

/// `14:00`, in UTC.
fn clock(at: Timestamp) -> String {
    let minutes = at.as_seconds().div_euclid(60);
    format!("{:02}:{:02}", minutes.div_euclid(60).rem_euclid(24), minutes.rem_euclid(60))
}

fn path(values: &[u64], top: u64) -> String {
    let mut path = String::new();
    for (at, value) in values.iter().enumerate() {
        let letter = if at == 0 { 'M' } else { 'L' };
        let y = BOTTOM - (BOTTOM - TOP) * float(*value) / float(top.max(1));
        // Writing to a String cannot fail.
        let _ = write!(path, "{letter}{:.1} {y:.1}", x(at, values.len()));
    }
    path
}

fn x(at: usize, of: usize) -> f64 {
    let last = u64::try_from(of.saturating_sub(1).max(1)).unwrap_or(1);
    let at = u64::try_from(at).unwrap_or_default();
    LEFT + (RIGHT - LEFT) * float(at) / float(last)
}

/// Exact up to four thousand million, more than a pixel can show.
fn float(number: u64) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hour(at: i64, codes: u64, refused: u64) -> ActivityHour {
        ActivityHour {
            starts_at: Timestamp::from_millis(at * 3_600_000),
            codes_redeemed: codes,
            tokens_refreshed: 0,
            refused,
        }
    }

    #[test]
    fn the_top_is_the_next_number_that_three_lines_divide() {
        for (highest, top) in [(0, 3), (3, 3), (4, 6), (10, 15), (16, 30), (1501, 3000)] {
            assert_eq!(round_top(highest), top, "{highest}");
            assert_eq!(round_top(highest) % 3, 0);
        }
    }

    #[test]
    fn lines_run_from_edge_to_edge_and_stay_inside() {
        let chart = Chart::of(&[hour(0, 0, 3), hour(1, 6, 0), hour(2, 3, 0)]);

        assert_eq!(chart.issued, "M40.0 150.0L340.0 30.0L640.0 90.0");
        assert_eq!(chart.refused, "M40.0 90.0L340.0 150.0L640.0 150.0");
        assert_eq!(chart.grid[0].label, "6");
        assert_eq!(chart.ticks[0].label, "00:00");
        assert!(
            chart.description.contains("9 tokens were issued, at most 6"),
            "{}",
            chart.description
        );
    }

    #[test]
    fn a_week_is_told_by_days() {
        let hours: Vec<ActivityHour> = (0..168).map(|at| hour(at, 0, 0)).collect();

        let chart = Chart::of(&hours);

        let labels: Vec<&str> = chart.ticks.iter().map(|it| it.label.as_str()).collect();
        assert_eq!(labels, ["1 Jan", "2 Jan", "3 Jan", "4 Jan", "5 Jan", "6 Jan", "7 Jan"]);
    }

    #[test]
    fn no_hours_are_no_chart_and_no_failure() {
        let chart = Chart::of(&[]);

        assert_eq!((chart.issued.as_str(), chart.area.as_str()), ("", ""));
    }

    #[test]
    fn numbers_beside_the_chart_are_short() {
        for (number, expected) in
            [(999, "999"), (1500, "1.5k"), (3000, "3k"), (30_000, "30k"), (3_000_000, "3M")]
        {
            assert_eq!(short(number), expected);
        }
    }
}
