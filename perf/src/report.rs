//! What comes out: rows, one table, JSON, `perf/RESULTS.md`, and the budgets.

use crate::{machine::Machine, stats::Spread};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt::Write, path::Path};

/// One measure. Less is better in all of them.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Number of the goal in the list of goals, `–` for what only helps to read the others.
    pub goal: String,
    pub workload: String,
    pub metric: String,
    pub unit: String,
    pub measured: Option<f64>,
    /// What the kernel alone took for the same packets in the same run.
    pub floor: Option<f64>,
    /// What others took, by the list of goals; on another machine.
    pub peer: String,
    pub wanted: Option<f64>,
    pub note: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spread: Option<Spread>,
}

impl Row {
    pub fn new(goal: &str, workload: &str, metric: &str, unit: &str) -> Self {
        Self {
            goal: goal.to_owned(),
            workload: workload.to_owned(),
            metric: metric.to_owned(),
            unit: unit.to_owned(),
            measured: None,
            floor: None,
            peer: String::new(),
            wanted: None,
            note: String::new(),
            spread: None,
        }
    }

    pub fn measured(mut self, value: f64) -> Self {
        self.measured = Some(value).filter(|value| value.is_finite());
        self
    }

    /// A percentile of a sample, with the whole spread beside it.
    pub fn spread(mut self, spread: Option<Spread>, pick: fn(&Spread) -> f64) -> Self {
        self.measured = spread.as_ref().map(pick);
        self.spread = spread;
        self
    }

    pub fn floor(mut self, value: f64) -> Self {
        self.floor = Some(value).filter(|value| value.is_finite());
        self
    }

    pub fn peer(mut self, text: &str) -> Self {
        text.clone_into(&mut self.peer);
        self
    }

    pub fn wanted(mut self, value: f64) -> Self {
        self.wanted = Some(value);
        self
    }

    pub fn note(mut self, text: &str) -> Self {
        if !self.note.is_empty() {
            self.note.push_str("; ");
        }
        self.note.push_str(text);
        self
    }

    /// Name under which `budgets.toml` holds its limit.
    pub fn key(&self) -> String {
        let words = format!("{} {}", self.workload, self.metric).to_lowercase();
        let parts: Vec<&str> =
            words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
        parts.join("-")
    }

    /// How far from the goal: `met (0.80 of it)`, `1.3 × the goal`.
    pub fn distance(&self) -> String {
        match (self.measured, self.wanted) {
            (Some(_), Some(wanted)) if self.floor.is_some_and(|floor| floor > wanted) => {
                "not to be judged: the floor alone is above the goal".to_owned()
            }
            (Some(measured), Some(wanted)) if measured <= wanted => format!("met ({:.2} of it)", measured / wanted),
            (Some(measured), Some(wanted)) => format!("{:.2} × the goal", measured / wanted),
            (None, Some(_)) => "not measured".to_owned(),
            _ => String::new(),
        }
    }

    fn cells(&self) -> [String; 8] {
        let number = |value: Option<f64>| value.map(figure).unwrap_or_default();
        let beside = match (self.floor, self.measured) {
            (Some(floor), Some(measured)) => format!("floor {} (× {:.1})", figure(floor), measured / floor),
            (Some(floor), None) => format!("floor {}", figure(floor)),
            _ => String::new(),
        };
        let peer = [beside, self.peer.clone()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        [
            self.goal.clone(),
            self.workload.clone(),
            format!("{}, {}", self.metric, self.unit),
            self.measured.map_or_else(|| "–".to_owned(), figure),
            peer.join("; "),
            number(self.wanted),
            self.distance(),
            self.note.clone(),
        ]
    }
}

const HEAD: [&str; 8] =
    ["goal", "workload", "metric", "measured", "floor or peers", "wanted", "distance", "method, remarks"];

/// Three significant figures.
fn figure(value: f64) -> String {
    let digits = if value == 0.0 { 0 } else { (2 - value.abs().log10().floor() as i32).clamp(0, 6) };
    format!("{value:.*}", digits as usize)
}

/// The table for a terminal: the last column under its row, so that lines stay short.
pub fn print(rows: &[Row]) {
    let cells: Vec<[String; 8]> = rows.iter().map(Row::cells).collect();
    let mut widths = HEAD.map(|head| head.chars().count());
    for row in &cells {
        for (width, cell) in widths.iter_mut().zip(row).take(7) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    println!("{}", line(&HEAD.map(str::to_owned)[..7]));
    for row in &cells {
        println!("{}", line(&row[..7]));
        if !row[7].is_empty() {
            println!("      {}", row[7]);
        }
    }
}

pub fn json(machine: &Machine, rows: &[Row], missing: &[(String, String)]) -> Result<String> {
    let missing: Vec<_> = missing.iter().map(|(what, why)| serde_json::json!({ "what": what, "why": why })).collect();
    Ok(serde_json::to_string_pretty(&serde_json::json!({ "machine": machine, "rows": rows, "not_measured": missing }))?)
}

/// The text of `perf/RESULTS.md`.
pub fn markdown(machine: &Machine, rows: &[Row], missing: &[(String, String)]) -> Result<String> {
    let mut text = String::from(include_str!("../method.md"));
    writeln!(text, "\n## Machine\n")?;
    writeln!(text, "- {} × {}, {} GB, kernel {}", machine.cores, machine.cpu, machine.memory_gb, machine.kernel)?;
    writeln!(text, "- {}, {} build", machine.date, machine.build)?;
    writeln!(
        text,
        "- load average (1, 5, 15 minutes) before: {}; after: {}. A load above what the run itself makes means that \
         others used the machine: read ratios, not absolute figures.",
        machine.load_before, machine.load_after
    )?;
    writeln!(text, "\n## Measured\n\n| {} |", HEAD.join(" | "))?;
    writeln!(text, "|{}", "---|".repeat(HEAD.len()))?;
    for row in rows {
        writeln!(text, "| {} |", row.cells().map(|cell| cell.replace('|', "/")).join(" | "))?;
    }
    writeln!(text, "\n## Not measured\n")?;
    for (what, why) in missing {
        writeln!(text, "- {what}: {why}")?;
    }
    Ok(text)
}

/// `budgets.toml`: a number per hot path.
#[derive(Debug, Deserialize)]
struct Budgets {
    budget: BTreeMap<String, f64>,
}

/// Rows that are above their budget, in words.
pub fn over_budget(rows: &[Row], file: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))?;
    let budgets: Budgets = toml::from_str(&text).with_context(|| format!("{} is not as expected", file.display()))?;
    Ok(judge(rows, &budgets.budget))
}

fn judge(rows: &[Row], budgets: &BTreeMap<String, f64>) -> Vec<String> {
    let known = |key: &str| rows.iter().find(|row| row.key() == key);
    budgets
        .iter()
        .filter_map(|(key, limit)| match known(key).map(|row| row.measured) {
            Some(Some(measured)) if measured <= *limit => None,
            Some(Some(measured)) => {
                Some(format!("{key}: {} is above its budget of {}", figure(measured), figure(*limit)))
            }
            _ => Some(format!("{key}: has a budget and was not measured")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn row(measured: f64) -> Row {
        Row::new("2", "two-leg relay, 100 calls", "CPU per call-minute", "s").measured(measured).wanted(0.035)
    }

    #[test]
    fn the_distance_says_whether_the_goal_is_met() {
        assert_eq!(row(0.028).distance(), "met (0.80 of it)");
        assert_eq!(row(0.07).distance(), "2.00 × the goal");
        assert_eq!(row(f64::NAN).distance(), "not measured");
        assert!(row(0.05).floor(0.04).distance().starts_with("not to be judged"));
    }

    #[test]
    fn figures_have_three_digits_that_count() {
        assert_eq!([0.03456, 4.321, 123.4, 0.0].map(figure), ["0.0346", "4.32", "123", "0"]);
    }

    #[test]
    fn a_budget_is_broken_by_more_and_by_nothing() {
        let key = row(0.1).key();
        assert_eq!(key, "two-leg-relay-100-calls-cpu-per-call-minute");
        let budgets = BTreeMap::from([(key, 0.05)]);
        assert!(judge(&[row(0.04)], &budgets).is_empty());
        assert_eq!(judge(&[row(0.06)], &budgets).len(), 1);
        assert_eq!(judge(&[], &budgets).len(), 1);
    }

    #[test]
    fn the_budgets_of_the_house_can_be_read() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("budgets.toml");
        assert!(over_budget(&[], &file).unwrap().iter().all(|line| line.contains("was not measured")));
    }
}
