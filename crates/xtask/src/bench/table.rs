//! The table of the bench: every endpoint against its limit, round by round.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde::Deserialize;

use crate::bench::facts::verdict;

/// Above this part of its core the generator is what is measured.
const GENERATOR_LIMIT: f64 = 0.93;

/// What was measured of one endpoint on one database.
#[derive(Debug, Deserialize)]
pub(crate) struct Row {
    endpoint: String,
    database: String,
    samples: Vec<Sample>,
}

/// What one round measured.
#[derive(Debug, Clone, Copy, Deserialize)]
struct Sample {
    per_second: f64,
    cpu_us: f64,
    generator_busy: f64,
}

#[derive(Deserialize)]
struct Report {
    rows: Vec<Row>,
}

/// What an endpoint is compared with, and the least that is wanted of it.
const TARGETS: [(&str, &str, Option<f64>); 8] = [
    ("client_credentials JWT", "L2", Some(0.70)),
    ("client_credentials opaque", ALONE, Some(20.0)),
    ("introspect opaque", "L1", Some(0.50)),
    ("introspect JWT", "L1", Some(0.40)),
    ("refresh with rotation", "L2", Some(0.30)),
    ("code flow", "L2", Some(0.18)),
    ("jwks", "L0", None),
    ("L2", "L1", None),
];
/// The same on one connection: one commit a request. Its target is one of SQLite alone.
const ALONE: &str = "client_credentials opaque, alone";

/// Reads what the generator printed.
pub(crate) fn rows(json: &[u8]) -> Result<Vec<Row>> {
    let report: Report =
        serde_json::from_slice(json).context("the load generator's answer was not understood")?;
    Ok(report.rows)
}

/// The table as text.
pub(crate) fn print(rows: &[Row]) -> String {
    let mut text = String::new();
    let mut line = |cells: [&str; 8]| {
        let [endpoint, database, rate, range, cpu, ratio, cpu_ratio, target] = cells;
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{endpoint:<33} {database:<10} {rate:>8} {range:>17} {cpu:>7} {ratio:>11} {cpu_ratio:>9}  {target}",
        );
    };
    line(["endpoint", "database", "req/s", "min - max", "CPU us", "ratio", "CPU ratio", "target"]);
    for row in rows {
        let rates = sorted(row.samples.iter().map(|it| it.per_second));
        let least = rates.first().copied().unwrap_or_default();
        let most = rates.last().copied().unwrap_or_default();
        let full = row.samples.iter().any(|it| it.generator_busy > GENERATOR_LIMIT);
        let mark = if full { "*" } else { "" };
        let (ratio, cpu_ratio, target) = compared(row, rows);
        line([
            &row.endpoint,
            if row.database.is_empty() { "-" } else { &row.database },
            &format!("{:.0}{mark}", middle(&rates)),
            &format!("{least:.0} - {most:.0}"),
            &format!("{:.1}", middle(&sorted(row.samples.iter().map(|it| it.cpu_us)))),
            &ratio,
            &cpu_ratio,
            &target,
        ]);
    }
    text.push_str("* the generator had no core left: the server could have done more\n");
    text
}

/// The ratio of throughput and of processor time to the limit, and what is wanted.
fn compared(row: &Row, rows: &[Row]) -> (String, String, String) {
    let nothing = || (String::new(), String::new(), String::new());
    let known = TARGETS.iter().find(|(endpoint, _, _)| *endpoint == row.endpoint);
    let Some((_, limit, least)) = known else { return nothing() };
    let beside = rows.iter().find(|it| {
        it.endpoint == *limit && (it.database.is_empty() || it.database == row.database)
    });
    let Some(beside) = beside else { return nothing() };
    let ratio = by_round(row, beside, |own, limit| own.per_second / limit.per_second);
    let cpu_ratio = by_round(row, beside, |own, limit| limit.cpu_us / own.cpu_us);
    let is_wanted = *limit != ALONE || row.database == "SQLite";
    let target = least
        .filter(|_| is_wanted)
        .map_or_else(String::new, |least| format!(">= {least:.2} {}", verdict(ratio >= least)));
    let name = if *limit == ALONE { "alone" } else { *limit };
    (format!("{ratio:.2} {name}"), format!("{cpu_ratio:.2}"), target)
}

/// The median over the rounds of what `compare` makes of both samples of a round.
fn by_round(row: &Row, limit: &Row, compare: impl Fn(&Sample, &Sample) -> f64) -> f64 {
    let pairs = row.samples.iter().zip(&limit.samples);
    middle(&sorted(pairs.map(|(own, limit)| compare(own, limit))))
}

fn sorted(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values
}

fn middle(sorted: &[f64]) -> f64 {
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(endpoint: &str, database: &str, rates: &[f64]) -> Row {
        let sample =
            |rate: &f64| Sample { per_second: *rate, cpu_us: 1e6 / rate, generator_busy: 0.5 };
        let samples = rates.iter().map(sample).collect();
        Row { endpoint: endpoint.to_owned(), database: database.to_owned(), samples }
    }

    #[test]
    fn a_ratio_is_the_median_of_the_rounds_and_not_of_the_run() {
        // The machine halved its speed in the last two rounds.
        let rows = [
            row("L2", "", &[100.0, 100.0, 100.0, 50.0, 50.0]),
            row("client_credentials JWT", "SQLite", &[80.0, 80.0, 80.0, 40.0, 40.0]),
        ];

        let (ratio, cpu_ratio, target) = compared(&rows[1], &rows);

        assert_eq!((ratio.as_str(), cpu_ratio.as_str()), ("0.80 L2", "0.80"));
        assert_eq!(target, ">= 0.70 reached");
    }

    #[test]
    fn group_commit_is_compared_with_one_connection_on_the_same_database() {
        let rows = [
            row("client_credentials opaque", "SQLite", &[9000.0]),
            row("client_credentials opaque, alone", "SQLite", &[300.0]),
            row("client_credentials opaque", "PostgreSQL", &[900.0]),
            row("client_credentials opaque, alone", "PostgreSQL", &[300.0]),
        ];

        assert_eq!(compared(&rows[0], &rows).0, "30.00 alone");
        assert_eq!(compared(&rows[0], &rows).2, ">= 20.00 reached");
        assert_eq!(compared(&rows[2], &rows).2, "");
    }

    #[test]
    fn a_full_generator_is_marked() {
        let mut rows = [row("L1", "", &[100.0])];
        rows[0].samples[0].generator_busy = 0.99;

        assert!(print(&rows).contains("100*"));
    }
}
